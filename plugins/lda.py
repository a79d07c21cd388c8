"""Shrinkage linear discriminant analysis (Friedman, 1989): the nearest class mean, measured by a pooled covariance."""

import math
from collections.abc import Iterable

import torch
from torch import Tensor, nn

from fewtext.api import Backbone, Classifier, Learner, Recipe, Support, hookimpl

SMALLEST = 1e-12  # variance, so that distances are finite where all examples are alike


class Lda(Learner):
    """Shrinkage discriminant analysis (Friedman, 1989): the nearest class mean by the Mahalanobis distance.

    Logits are minus the squared distance of a query to the weighted mean of each class. The covariance is S + a v I: S
    is the pooled covariance within classes, v the mean variance of a coordinate of the support about its own mean, and
    a = shrinkage / (1 - shrinkage). The distance is taken in units of v, times ``scale``, so with one example a class,
    where S = 0, logits are those of prototypes times scale / a. Classes have equal priors. Departure: scale and
    shrinkage start at the options and are learned in training.
    """

    name = "lda"
    recipes = {"text": Recipe(steps=400, patience=6)}

    def __init__(self, backbone: Backbone, *, shrinkage: float = 0.7, scale: float = 25.0) -> None:
        super().__init__(backbone)
        if not 0 < shrinkage < 1 or scale <= 0:
            raise ValueError(f"shrinkage={shrinkage} must be between 0 and 1, scale={scale} above 0")
        self.log_ratio = nn.Parameter(torch.tensor(math.log(shrinkage / (1 - shrinkage))))
        self.log_scale = nn.Parameter(torch.tensor(math.log(scale)))

    def fit(self, support: Support) -> Classifier:
        """Solve for the inverse covariance times the class means, ``[ways, d]``."""
        x, membership, share = self.backbone(support.x), support.membership, support.weight / support.weight.sum()
        means = (membership / membership.sum(0)).T @ x
        centre = share @ x
        variance = (share @ (x - centre).square()).mean().clamp_min(SMALLEST)
        own = (membership > 0).to(x.dtype) @ means
        deviation = share.sqrt()[:, None] * (x - own) / variance.sqrt()  # S / v = deviation' deviation
        n, d = x.shape
        ratio = self.log_ratio.exp()
        ridge = ratio * torch.eye(min(n, d), dtype=x.dtype, device=x.device)
        offset = means - centre
        keys: Tensor
        if n < d:  # Woodbury: the same inverse by a system of n equations
            inner = torch.linalg.solve(deviation @ deviation.T + ridge, deviation @ offset.T)
            keys = (offset - inner.T @ deviation) / ratio
        else:
            keys = torch.linalg.solve(deviation.T @ deviation + ridge, offset.T).T
        keys = self.log_scale.exp() * keys
        threshold = (offset * keys).sum(-1)

        def classify(query: Tensor) -> Tensor:
            logits: Tensor = 2 * (self.backbone(query) - centre) @ keys.T - threshold
            return logits

        return classify


@hookimpl
def learners() -> Iterable[type[Learner]]:
    """Offer the learner."""
    return [Lda]
