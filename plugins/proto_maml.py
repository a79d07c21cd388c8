"""Proto-MAML (Triantafillou et al., 2020): a linear head that starts at the prototypes, then adapts."""

from collections.abc import Iterable
from dataclasses import replace

from torch import Tensor

from fewtext.api import Backbone, GradientLearner, Learner, Recipe, Support, Weights, hookimpl, prototype_head


class ProtoMaml(GradientLearner):
    """Proto-MAML (Triantafillou et al., 2020): MAML whose head starts as a prototypical network.

    W = 2c and b = -||c||^2 with c the class means, through which gradients flow.
    """

    name = "proto-maml"
    needs_training = False  # before its first step it is a prototypical network
    recipes = {
        "text": Recipe(backbone="linear:gain=3.5", tasks=8, steps=400, schedule="constant", patience=6),
        "image": replace(GradientLearner.recipe_for("image"), backbone="conv4"),
    }
    temperature = 0.08

    def __init__(self, backbone: Backbone, *, steps: int = 5, rate: float = 0.05, gram: bool = True) -> None:
        super().__init__(backbone, steps=steps, rate=rate, gram=gram)

    def head(self, embedding: Tensor, support: Support) -> Weights:
        """Start at the weighted class means."""
        return prototype_head(embedding, support)


@hookimpl
def learners() -> Iterable[type[Learner]]:
    """Offer the learner."""
    return [ProtoMaml]
