"""Calibration of probabilities by a temperature, fitted on held-out examples of the support."""

from __future__ import annotations

import math

import torch
from torch import Tensor
from torch.nn.functional import cross_entropy

from fewtext.contracts.learner import Learner, Support, checked_logits

FOLDS = 5
SHOTS_TO_HOLD_OUT = 3  # with fewer, the rest of a class is too small to represent it
PRIOR_SPREAD = 0.5  # of the temperature's logarithm: a factor of 1.6 is one standard deviation
COARSE = 10  # steps of the grid
CELLS = 2**22  # logits that are compared at once
MOST_LOGITS = 2**25  # of held-out examples, which are kept: 128 MiB
GRID = torch.logspace(-4, 3, 141, base=10.0)  # times the prior temperature, in steps of 12 %


def held_out_logits(
    learner: Learner, support: Support, holdable: Tensor, parts: int = FOLDS, used: int | None = None
) -> tuple[Tensor, Tensor]:
    """Return cross-validated logits of the ``holdable`` ``[n]`` examples, and their rows: of all parts, or some.

    An example is held out by giving it weight 0. Where these would be more than ``MOST_LOGITS``, as many parts are left
    out as give that many, and of their examples some are answered, evenly spaced.
    """
    folds = held_out_folds(support, holdable, parts)[:used]
    if not len(folds):
        return torch.zeros(0, support.ways), torch.zeros(0, dtype=torch.int64)
    folds, rows = within_memory(folds, support.ways)
    with torch.no_grad():
        classifiers = learner.fit_without(support, folds)
        logits = [
            checked_logits(classify(support.x[own]), len(own), support.ways)
            for classify, own in zip(classifiers, rows, strict=True)
        ]
    return torch.cat(logits), torch.cat(rows)


def within_memory(folds: Tensor, ways: int) -> tuple[Tensor, list[Tensor]]:
    """Return the folds ``[folds, n]`` to leave out, and the rows of each to answer: ``MOST_LOGITS`` answers at most.

    Where all would be more, the first folds that give half as many are enough: a fit costs more than an answer says.
    """
    most = max(1, MOST_LOGITS // ways)
    counts = folds.sum(1)
    if counts.sum() > most:
        folds = folds[(counts.cumsum(0) - counts) * 2 < most]
    return folds, [evenly(out.nonzero()[:, 0], math.ceil(most / len(folds))) for out in folds]


def evenly(rows: Tensor, most: int) -> Tensor:
    """Return at most so many of ``rows`` ``[n]``, evenly spaced."""
    n = len(rows)
    return rows if n <= most else rows[torch.arange(most) * n // most]


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
    """Return ``[n]``: the chosen examples of each class numbered 0, 1, 2, …; -1 for the others."""
    rank, rows = torch.full_like(y, -1), chosen.nonzero()[:, 0]
    own, order = y[rows].sort(stable=True)
    counts = torch.bincount(own, minlength=ways)
    rank[rows[order]] = torch.arange(len(rows), device=y.device) - (counts.cumsum(0) - counts)[own]
    return rank


def fit_temperature(logits: Tensor, target: Tensor, prior: float) -> float:
    """Return the temperature of highest posterior: held-out likelihood times a log-normal prior around ``prior``.

    ``logits`` ``[n, ways]``, ``target`` ``[n]``. Without examples it is the prior; a few examples change it little.
    Many logits are compared at every tenth temperature of the grid first, and then around the best of these.
    """
    grid = GRID * prior
    penalty = (grid / prior).log().square() / (2 * PRIOR_SPREAD**2)

    def best(places: range) -> int:
        losses = [_log_loss(logits, target, grid[place]) + penalty[place] for place in places]
        return places[int(torch.stack(losses).argmin())]

    if logits.numel() <= CELLS:
        return float(grid[best(range(len(grid)))])
    near = best(range(0, len(grid), COARSE))
    return float(grid[best(range(max(0, near - COARSE), min(len(grid), near + COARSE + 1)))])


def _log_loss(logits: Tensor, target: Tensor, temperature: Tensor) -> Tensor:
    """Return the total cross-entropy, in blocks of rows."""
    rows = max(1, CELLS // max(1, logits.shape[1]))
    parts = zip(torch.split(logits, rows), torch.split(target, rows), strict=True)
    losses = [cross_entropy(part / temperature, own, reduction="sum") for part, own in parts]
    return torch.stack(losses).sum()
