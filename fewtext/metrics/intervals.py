"""Confidence intervals of means, shares and ratios, paired differences, and correction for multiple comparisons."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from statistics import NormalDist

import numpy as np
from numpy.typing import NDArray

RESAMPLES = 10_000
RATIOS = 2_000  # resamples of a ratio
LEVEL = 0.95

Values = NDArray[np.float64]


def half_width(values: Sequence[float] | Values, few: bool = False) -> float:
    """Return half the width of the 95 % interval of a mean: 1.96 sd / sqrt(n), or of ``few`` values by Student's t."""
    n = len(values)
    if n < 2:
        return math.nan
    error = float(np.std(values, ddof=1)) / math.sqrt(n)
    if not few:
        return 1.96 * error
    from scipy.stats import t

    return float(t.ppf((1 + LEVEL) / 2, n - 1)) * error


def wilson(right: float, n: float) -> tuple[float, float]:
    """Return the 95 % interval of a share, ``right`` of ``n`` (Wilson, 1927)."""
    z, p = 1.96, right / n
    middle = (p + z * z / (2 * n)) / (1 + z * z / n)
    half: float = z / (1 + z * z / n) * (p * (1 - p) / n + z * z / (4 * n * n)) ** 0.5
    return max(0.0, middle - half), min(1.0, middle + half)  # rounding errors can lead beyond both


def lowest_to_expect(values: Sequence[float] | Values, share: float) -> float:
    """Return what this share of further values like these reach, if they are normal: a bound by Student's t.

    The quantile of t is expanded around the normal one, which is exact to a hundredth from six values on.
    """
    n, z = len(values), NormalDist().inv_cdf(share)
    v = n - 1
    t = z + (z**3 + z) / (4 * v) + (5 * z**5 + 16 * z**3 + 3 * z) / (96 * v**2)
    t += (3 * z**7 + 19 * z**5 + 17 * z**3 - 15 * z) / (384 * v**3)
    return float(np.mean(values)) - t * float(np.std(values, ddof=1)) * math.sqrt(1 + 1 / n)


@dataclass(frozen=True)
class Difference:
    """A mean difference, its 95 % interval and its two-sided p-value."""

    mean: float
    low: float
    high: float
    p: float


def paired_bootstrap(differences: Sequence[Values], seed: int = 0) -> Difference:
    """Resample paired differences ``[units, m]`` of one or of several groups, and return their mean with its interval.

    With several groups (class folds, whose tasks share classes) groups are drawn with replacement, then units within
    each. Rows of a group are tasks or supports. Where all supports are tested on the same ``m`` queries, rows and
    columns are both drawn (Owen, 2007), since another support and other queries would both give another difference;
    where each row has queries of its own, pass their means, ``[units, 1]``.
    """
    generator = np.random.default_rng(seed)
    means = np.zeros(RESAMPLES)
    drawn = [_resampled_means(group, generator) for group in differences]
    if len(drawn) == 1:
        means = drawn[0]
    else:
        chosen = generator.integers(len(drawn), size=(RESAMPLES, len(drawn)))
        means = np.stack(drawn, axis=1)[np.arange(RESAMPLES)[:, None], chosen].mean(1)
    low, high = np.quantile(means, [(1 - LEVEL) / 2, (1 + LEVEL) / 2])
    tail = min((means <= 0).mean(), (means >= 0).mean())
    p = min(1.0, 2 * (tail * RESAMPLES + 1) / (RESAMPLES + 1))
    return Difference(float(np.mean([group.mean() for group in differences])), float(low), float(high), p)


def _resampled_means(group: Values, generator: np.random.Generator) -> Values:
    units, queries = group.shape
    means: Values = np.empty(RESAMPLES)
    for start in range(0, RESAMPLES, 500):
        rows = generator.multinomial(units, [1 / units] * units, size=500) / units
        part = rows @ group
        if queries > 1:
            columns = generator.multinomial(queries, [1 / queries] * queries, size=500) / queries
            means[start : start + 500] = (part * columns).sum(1)
        else:
            means[start : start + 500] = part[:, 0]
    return means


def ratio_interval(over: Values, under: Values, seed: int = 0) -> tuple[float, float]:
    """Return the 95 % bootstrap interval of sum(over) / sum(under), both ``[n]`` and of the same units.

    Resamples with a divisor of zero are not counted; without any other the interval is (0, 1).
    """
    if not under.any():
        return 0.0, 1.0
    generator, n = np.random.default_rng(seed), len(over)
    ratios = np.zeros(RATIOS)
    for place in range(RATIOS):
        times = np.bincount(generator.integers(n, size=n), minlength=n)
        below = float(times @ under)
        ratios[place] = float(times @ over) / below if below else math.nan
    low, high = np.nanquantile(ratios, [(1 - LEVEL) / 2, (1 + LEVEL) / 2])
    return float(low), float(high)


def holm(p: Sequence[float]) -> list[float]:
    """Return p-values adjusted for multiple comparisons (Holm, 1979)."""
    adjusted, worst = [0.0] * len(p), 0.0
    for rank, place in enumerate(sorted(range(len(p)), key=p.__getitem__)):
        worst = max(worst, min(1.0, (len(p) - rank) * p[place]))
        adjusted[place] = worst
    return adjusted
