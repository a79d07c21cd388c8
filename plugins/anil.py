"""ANIL (Raghu et al., 2020): almost no inner loop, only the head adapts."""

from collections.abc import Iterable

from fewtext.api import GradientLearner, Learner, Recipe, Weights, hookimpl


class Anil(GradientLearner):
    """MAML whose inner steps move the head alone; the backbone learns features in the outer loop."""

    name = "anil"
    recipes = {"text": Recipe(backbone="linear:gain=7.8", tasks=8, steps=400, schedule="constant", patience=6)}

    def fast(self) -> Weights:
        """Nothing but the head adapts."""
        return {}


@hookimpl
def learners() -> Iterable[type[Learner]]:
    """Offer the learner."""
    return [Anil]
