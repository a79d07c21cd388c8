"""A part of a large support, evenly chosen, for what need not be decided by all of it."""

from __future__ import annotations

import torch

from fewtext.contracts.learner import Support
from fewtext.metrics.calibration import evenly, rank_in_class

MOST_ROWS = 20_000  # examples
MOST_CELLS = 10_000_000  # examples times classes
WAYS = 500
SHOTS = 5_000  # of all classes together


def is_large(support: Support, examples: int) -> bool:
    """Tell whether fits to the whole support are too slow to compare several of them."""
    return examples > MOST_ROWS or examples * support.ways > MOST_CELLS


def fewer(support: Support, examples: int) -> tuple[Support, int]:
    """Return a support of some classes and examples, and how many of its rows, the first, are examples.

    Classes are evenly spaced, with their names, and so are the examples of each: no more than an even share of
    ``SHOTS``.
    """
    kept = evenly(torch.arange(support.ways), WAYS)
    place = torch.full((support.ways,), -1)
    place[kept] = torch.arange(len(kept))
    y = place[support.y]
    own = (y >= 0) & (torch.arange(len(y)) < examples)
    rank, count = rank_in_class(support.y, own, support.ways), torch.bincount(support.y[own], minlength=support.ways)
    count = count[support.y].clamp(min=1)
    most = count.clamp(max=max(2, SHOTS // len(kept)))
    spaced = (rank + 1) * most // count > rank * most // count
    rows = ((y >= 0) & (~own | spaced)).nonzero()[:, 0]
    return Support(support.x[rows], y[rows], len(kept), support.weight[rows]), int((rows < examples).sum())
