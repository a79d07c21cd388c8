"""MAML and its first-order form (Finn et al., 2017): an initialisation from which a few gradient steps suffice."""

from collections.abc import Iterable

from fewtext.api import GradientLearner, Learner, Recipe, hookimpl


class Maml(GradientLearner):
    """MAML (Finn et al., 2017): an initialisation from which a few gradient steps suffice, trained through all of them.

    The backbone and a head at zero take ``steps`` gradient steps.
    """

    name = "maml"
    recipes = {"text": Recipe(backbone="linear:gain=5.5", tasks=8, steps=400, schedule="constant", patience=6)}


class Fomaml(Maml):
    """First-order MAML (Finn et al., 2017): the gradient where the steps end is applied to the initialisation."""

    name = "fomaml"
    first_order = True


@hookimpl
def learners() -> Iterable[type[Learner]]:
    """Offer the learners."""
    return [Maml, Fomaml]
