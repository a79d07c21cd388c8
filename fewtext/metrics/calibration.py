"""Calibration of probabilities by a temperature, fitted on held-out examples of the support."""

from __future__ import annotations

import torch
from torch import Tensor

from fewtext.contracts.learner import Learner, Support

FOLDS = 5
SHOTS_TO_HOLD_OUT = 3  # with fewer, the rest of a class is too small to represent it
PRIOR_SPREAD = 0.5  # of the temperature's logarithm: a factor of 1.6 is one standard deviation
_GRID = torch.logspace(-4, 3, 141, base=10.0)  # times the prior temperature, in steps of 12 %


def held_out_logits(
    learner: Learner, support: Support, holdable: Tensor, parts: int = FOLDS, used: int | None = None
) -> tuple[Tensor, Tensor]:
    """Return cross-validated logits of the ``holdable`` ``[n]`` examples, and their rows: of all parts, or some.

    An example is held out by giving it weight 0.
    """
    folds = held_out_folds(support, holdable, parts)[:used]
    if not len(folds):
        return torch.zeros(0, support.ways), torch.zeros(0, dtype=torch.int64)
    with torch.no_grad():
        classifiers = learner.fit_without(support, folds)
        logits = [classify(support.x[out]) for classify, out in zip(classifiers, folds, strict=True)]
    return torch.cat(logits), torch.cat([out.nonzero()[:, 0] for out in folds])


def held_out_folds(support: Support, holdable: Tensor, parts: int = FOLDS, least: int = SHOTS_TO_HOLD_OUT) -> Tensor:
    """Return which of the ``holdable`` ``[n]`` examples are held out together: ``[folds, n]``, none of them empty.

    Each class with at least ``least`` of them is divided evenly into ``parts``; of other classes nothing is held out.
    """
    counts = torch.bincount(support.y[holdable], minlength=support.ways)
    chosen = holdable & (counts >= least)[support.y]
    rank = rank_in_class(support.y, chosen, support.ways)
    folds = torch.stack([chosen & (rank % parts == fold) for fold in range(parts)])
    return folds[folds.any(1)]


def rank_in_class(y: Tensor, chosen: Tensor, ways: int) -> Tensor:
    """Return ``[n]``: the chosen examples of each class numbered 0, 1, 2, …."""
    own = torch.nn.functional.one_hot(y, ways) * chosen[:, None]
    return (own.cumsum(0) * own).sum(1) - 1


def fit_temperature(logits: Tensor, target: Tensor, prior: float) -> float:
    """Return the temperature of highest posterior: held-out likelihood times a log-normal prior around ``prior``.

    ``logits`` ``[n, ways]``, ``target`` ``[n]``. Without examples it is the prior; a few examples change it little.
    """
    grid = _GRID * prior
    penalty = (grid / prior).log().square() / (2 * PRIOR_SPREAD**2)
    loss = torch.stack([torch.nn.functional.cross_entropy(logits / t, target, reduction="sum") for t in grid])
    return float(grid[int((loss + penalty).argmin())])
