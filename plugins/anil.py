"""ANIL (Raghu et al., 2020): almost no inner loop, since only the head adapts."""

from collections.abc import Iterable

from fewtext.api import GradientLearner, Learner, Recipe, Weights, hookimpl


class Anil(GradientLearner):
    """ANIL (Raghu et al., 2020): MAML whose inner steps move the head alone, on features that the outer loop learns."""

    name = "anil"
    embeds_first = True
    recipes = {"text": Recipe(backbone="linear:gain=7.8", tasks=8, steps=400, schedule="constant", patience=6)}

    def fast(self) -> Weights:
        """Return nothing: only the head adapts."""
        return {}


@hookimpl
def learners() -> Iterable[type[Learner]]:
    """Offer the learner."""
    return [Anil]
