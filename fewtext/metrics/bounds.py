"""What a number of right answers shows with a stated confidence: exact binomial bounds, tested in a fixed sequence."""

from __future__ import annotations

import math

import torch
from torch import Tensor

HALVINGS = 50  # of an interval of length 1


def binomial_tail(right: int, n: int, share: float) -> float:
    """Return the probability of at least ``right`` of ``n`` where each is right with probability ``share``."""
    if right <= 0 or share >= 1:
        return 1.0
    if share <= 0:
        return 0.0
    k = torch.arange(right, n + 1, dtype=torch.float64)
    whole = torch.tensor(float(n + 1), dtype=torch.float64)
    ways = whole.lgamma() - (k + 1).lgamma() - (n - k + 1).lgamma()
    return min(1.0, float((ways + k * math.log(share) + (n - k) * math.log1p(-share)).logsumexp(0).exp()))


def lower_bound(right: int, n: int, confidence: float) -> float:
    """Return the share that ``right`` of ``n`` show with this confidence (Clopper and Pearson, 1934, one-sided)."""
    low, high = 0.0, 1.0
    for _ in range(HALVINGS):
        middle = (low + high) / 2
        low, high = (middle, high) if binomial_tail(right, n, middle) <= 1 - confidence else (low, middle)
    return low


def passing(right: Tensor, cuts: Tensor, precision: float, confidence: float, counted: Tensor | None = None) -> int:
    """Return how many answers, the most confident first, show at least this precision; 0 where none do.

    ``right`` ``[n]`` is by falling confidence, ``cuts`` the numbers of answers to choose from, ascending. They are
    tested in this order, from the first at which the test can pass, until one fails: a fixed sequence, which needs no
    correction for the number of tests (Angelopoulos et al., 2021, learn then test). ``counted`` ``[n]`` is as how many
    independent answers the first 1, 2, … of them count, where they are not.
    """
    numbers = torch.arange(1, len(right) + 1)
    counted = numbers if counted is None else counted
    least = math.ceil(math.log1p(-confidence) / math.log(precision) - 1e-9) if precision < 1 else math.inf
    hits, passed = right.long().cumsum(0) * counted // numbers, 0
    for n in cuts.tolist():
        independent = int(counted[n - 1])
        if independent < least:
            continue
        if binomial_tail(int(hits[n - 1]), independent, precision) > 1 - confidence:
            break
        passed = n
    return passed
