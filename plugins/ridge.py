"""R2-D2 (Bertinetto et al., 2019): ridge regression onto the labels, solved in closed form and learned through."""

import math
from collections.abc import Iterable

import torch
from torch import Tensor, nn

from fewtext.api import Backbone, Classifier, Learner, Recipe, Support, hookimpl


class Ridge(Learner):
    """R2-D2 (Bertinetto et al., 2019): ridge regression onto the labels, solved in closed form and learned through.

    Logits are ``scale * qW + bias`` with W = (X'X + lambda I)^-1 X'Y on embeddings X and one-hot labels Y. With fewer
    examples than dimensions the same W is X'(XX' + lambda I)^-1 Y, a smaller system. ``scale``, ``bias`` and the
    logarithm of lambda are learned from the options on. An example of weight w enters as sqrt(w) times its row of X and
    of Y, which is the example w times.
    """

    name = "ridge"
    recipes = {"text": Recipe(rate=2e-4, steps=400, patience=6)}

    def __init__(self, backbone: Backbone, *, penalty: float = 1.0, scale: float = 20.0) -> None:
        super().__init__(backbone)
        if penalty <= 0 or scale <= 0:
            raise ValueError(f"penalty={penalty} and scale={scale} must be above 0")
        self.log_penalty = nn.Parameter(torch.tensor(math.log(penalty)))
        self.scale = nn.Parameter(torch.tensor(scale))
        self.bias = nn.Parameter(torch.tensor(0.0))

    def fit(self, support: Support) -> Classifier:
        """Solve for W ``[d, ways]``."""
        root = support.weight.sqrt()[:, None]
        x = root * self.backbone(support.x)
        y = root * (support.membership > 0)
        n, d = x.shape
        ridge = self.log_penalty.exp() * torch.eye(min(n, d), dtype=x.dtype, device=x.device)
        w: Tensor
        if n < d:
            w = x.T @ torch.linalg.solve(x @ x.T + ridge, y)
        else:
            w = torch.linalg.solve(x.T @ x + ridge, x.T @ y)

        def classify(query: Tensor) -> Tensor:
            logits: Tensor = self.scale * (self.backbone(query) @ w) + self.bias
            return logits

        return classify


@hookimpl
def learners() -> Iterable[type[Learner]]:
    """Offer the learner."""
    return [Ridge]
