"""Meta-SGD (Li et al., 2017): MAML that also learns a rate for every parameter."""

from collections.abc import Iterable
from dataclasses import replace

import torch
from torch import Tensor, nn

from fewtext.api import Backbone, GradientLearner, Learner, Recipe, hookimpl

LEAST, MOST = 0.005, 0.1  # rates start uniformly between these


class MetaSgd(GradientLearner):
    """Meta-SGD (Li et al., 2017): theta' = theta - alpha * gradient, with alpha of theta's shape and learned too.

    Rates may become negative. The head, which is not a parameter, has one rate for each embedding coordinate and one
    for the bias, the same for all classes. ``init`` above 0 starts every rate there.
    """

    name = "meta-sgd"
    recipes = {
        "text": Recipe(backbone="linear:gain=14", tasks=8, steps=400, rate=1e-3, schedule="constant", patience=6),
        "image": replace(GradientLearner.recipe_for("image"), options={"steps": 2, "init": 0.001}, rate=2e-4),
    }

    def __init__(self, backbone: Backbone, *, steps: int = 3, init: float = 0.0) -> None:
        super().__init__(backbone, steps=steps, rate=init or MOST, gram=False)  # the Gram form takes one rate a layer
        shapes = {f"backbone.{name}": value.shape for name, value in backbone.named_parameters()}
        shapes |= {"head.weight": torch.Size([backbone.features]), "head.bias": torch.Size([])}
        low, high = (init, init) if init else (LEAST, MOST)
        self.alpha = nn.ParameterDict(
            {_key(name): nn.Parameter(torch.empty(shape).uniform_(low, high)) for name, shape in shapes.items()}
        )

    def step_size(self, step: int, name: str) -> Tensor | float:
        """Return the learned rates, of the weights' shape or broadcast over classes."""
        alpha: Tensor = self.alpha[_key(name)]
        return alpha


def _key(name: str) -> str:
    return name.replace(".", "_")  # the keys of a ParameterDict hold no dots


@hookimpl
def learners() -> Iterable[type[Learner]]:
    """Offer the learner."""
    return [MetaSgd]
