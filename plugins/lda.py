"""Shrinkage linear discriminant analysis (Friedman, 1989): the nearest class mean, measured by a pooled covariance."""

import math
from collections.abc import Iterable

import torch
from torch import Tensor, nn

from fewtext.api import Backbone, Classifier, LabelledSupport, Learner, LinearHead, Recipe, Support, hookimpl

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
    embeds_first = True
    recipes = {"text": Recipe(steps=400, patience=6)}

    def __init__(self, backbone: Backbone, *, shrinkage: float = 0.7, scale: float = 25.0) -> None:
        super().__init__(backbone)
        if not 0 < shrinkage < 1 or scale <= 0:
            raise ValueError(f"shrinkage={shrinkage} must be between 0 and 1, scale={scale} above 0")
        self.log_ratio = nn.Parameter(torch.tensor(math.log(shrinkage / (1 - shrinkage))))
        self.log_scale = nn.Parameter(torch.tensor(math.log(scale)))

    def fit(self, support: Support) -> Classifier:
        """Solve for the inverse covariance times the class means, ``[ways, d]``."""
        x = self.backbone(support.x)
        means = support.sums(x) / support.class_weight[:, None]
        share, centre, variance = _spread(x, support.weight)
        deviation = share.sqrt()[:, None] * (x - support.of_class(means)) / variance.sqrt()
        offset = means - centre
        keys = self.log_scale.exp() * self._whitened(deviation, offset)
        threshold = (offset * keys).sum(-1)
        return LinearHead(self.backbone, keys.T, -threshold, centre=centre, scale=2.0)

    def fit_labels(self, support: LabelledSupport, left_out: Tensor) -> list[Classifier]:
        """Solve for all labels at once.

        The covariance within the two classes of a label is that of all examples without the direction between the
        class means, so one inverse serves all labels (Sherman and Morrison, 1950).
        """
        x = self.backbone(support.x)

        def without(out: Tensor) -> Classifier:
            rest = support.without(out)
            share, centre, variance = _spread(x, rest.weight.to(x.dtype))
            own, others = rest.means(x)
            apart, part = own - others, share @ support.label_matrix.to(x.dtype)  # [labels, d], [labels]
            keys = self._whitened(share.sqrt()[:, None] * (x - centre) / variance.sqrt(), apart)
            between = part * (1 - part) / variance * (apart * keys).sum(-1)
            keys = self.log_scale.exp() * keys / (1 - between)[:, None]
            threshold = (1 - 2 * part) * (apart * keys).sum(-1)
            return LinearHead(self.backbone, keys.T, -threshold, centre=centre, scale=2.0)

        return [without(out) for out in left_out]

    def _whitened(self, deviation: Tensor, offset: Tensor) -> Tensor:
        """Return the inverse of deviation' deviation + a I, times each of ``offset`` ``[ways, d]``."""
        n, d = deviation.shape
        ratio = self.log_ratio.exp()
        ridge = ratio * torch.eye(min(n, d), dtype=deviation.dtype, device=deviation.device)
        keys: Tensor
        if n < d:  # Woodbury: the same inverse by a system of n equations
            inner = torch.linalg.solve(deviation @ deviation.T + ridge, deviation @ offset.T)
            keys = (offset - inner.T @ deviation) / ratio
        else:
            keys = torch.linalg.solve(deviation.T @ deviation + ridge, offset.T).T
        return keys


def _spread(x: Tensor, weight: Tensor) -> tuple[Tensor, Tensor, Tensor]:
    """Return the share of each example, their mean, and the mean variance of a coordinate."""
    share = weight / weight.sum()
    centre = share @ x
    return share, centre, (share @ (x - centre).square()).mean().clamp_min(SMALLEST)


@hookimpl
def learners() -> Iterable[type[Learner]]:
    """Offer the learner."""
    return [Lda]
