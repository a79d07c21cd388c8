"""R2-D2 (Bertinetto et al., 2019): ridge regression onto the labels, solved in closed form and learned through."""

import math
from collections.abc import Iterable

import torch
from torch import Tensor, nn

from fewtext.api import Backbone, Classifier, LabelledSupport, Learner, LinearHead, Recipe, Support, hookimpl


class Ridge(Learner):
    """R2-D2 (Bertinetto et al., 2019): ridge regression onto the labels, solved in closed form and learned through.

    Logits are ``scale * qW + bias`` with W = (X'X + lambda I)^-1 X'Y on embeddings X and one-hot labels Y. With fewer
    examples than dimensions the same W is X'(XX' + lambda I)^-1 Y, a smaller system. ``scale``, ``bias`` and the
    logarithm of lambda are learned from the options on. An example of weight w enters as sqrt(w) times its row of X and
    of Y, which is the example w times.
    """

    name = "ridge"
    embeds_first = True
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
        x = self.backbone(support.x)
        n, d = x.shape
        if n < d:
            w = self._few(x, support.weight, (support.membership > 0).to(x.dtype))
        else:
            w = self._many(x, support.weight, support.sums(x).T)
        return LinearHead(self.backbone, w, self.bias, scale=self.scale)

    def fit_labels(self, support: LabelledSupport, left_out: Tensor) -> list[Classifier]:
        """Solve for all labels at once: the log-odds are a regression onto 1 and -1."""
        x, has = self.backbone(support.x), support.label_matrix.to(support.x.dtype)
        n, d = x.shape

        def without(out: Tensor) -> Classifier:
            weight = support.weight.to(x.dtype) * ~out
            if n < d:
                w = self._few(x, weight, 2 * has - 1)
            else:
                w = self._many(x, weight, (2 * support.without(out).sums(x) - weight @ x).T)
            return LinearHead(self.backbone, w, scale=self.scale)

        return [without(out) for out in left_out]

    def _few(self, x: Tensor, weight: Tensor, y: Tensor) -> Tensor:
        """Return W for targets ``y`` ``[n, ways]`` by a system of n equations."""
        root = weight.sqrt()[:, None]
        x = root * x
        w: Tensor = x.T @ torch.linalg.solve(x @ x.T + self._ridge(x, len(x)), root * y)
        return w

    def _many(self, x: Tensor, weight: Tensor, products: Tensor) -> Tensor:
        """Return W for products X'Y ``[d, ways]`` by a system of d equations."""
        x = weight.sqrt()[:, None] * x
        w: Tensor = torch.linalg.solve(x.T @ x + self._ridge(x, x.shape[1]), products)
        return w

    def _ridge(self, x: Tensor, size: int) -> Tensor:
        return self.log_penalty.exp() * torch.eye(size, dtype=x.dtype, device=x.device)


@hookimpl
def learners() -> Iterable[type[Learner]]:
    """Offer the learner."""
    return [Ridge]
