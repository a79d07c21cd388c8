"""Abstention: from which probability on to answer, for a wanted precision or coverage, by examples held out."""

from __future__ import annotations

import math
from dataclasses import dataclass

import torch
from torch import Tensor

from fewtext.errors import FewtextError
from fewtext.metrics.intervals import wilson

DIGITS = 6  # answers are written with as many
LEAST = 10  # held-out examples: fewer say nothing


@dataclass(frozen=True)
class Threshold:
    """Answers of this probability or above are given; what that is expected to mean, from ``examples`` held out.

    ``precision`` is the share of given answers that are right, ``coverage`` the share of queries that get one, each
    with its 95 % interval (Wilson).
    """

    probability: float
    precision: float
    precision_interval: tuple[float, float]
    coverage: float
    coverage_interval: tuple[float, float]
    examples: int

    def __str__(self) -> str:
        shown = [
            f"{value:.0%} [{low:.0%}, {high:.0%}]"
            for value, (low, high) in (
                (self.precision, self.precision_interval),
                (self.coverage, self.coverage_interval),
            )
        ]
        return (
            f"answers from a probability of {self.probability:.1%} on; by {self.examples} examples held out, "
            f"{shown[0]} of them will be right and {shown[1]} of the texts get one"
        )


def check_share(wanted: float | None) -> None:
    """Raise ``FewtextError`` for what is no share to ask for."""
    if wanted is None or not 0 < wanted <= 1:
        raise FewtextError(f"{wanted} is no share", hint="above 0 and up to 1")


def threshold_for(
    confidence: Tensor, right: Tensor, *, precision: float | None = None, coverage: float | None = None
) -> Threshold:
    """Return the threshold that gives the most answers of at least this precision, or this share of answers.

    ``confidence`` ``[n]`` and ``right`` ``[n]`` are of examples that a classifier answered without having seen them.
    Raises ``FewtextError`` where there are too few, or no threshold reaches the precision.
    """
    n = len(confidence)
    if n < LEAST:
        raise FewtextError(
            f"{n} examples could be held out, too few to set a threshold by",
            hint="give at least three examples of a label, of as many labels as you can",
        )
    ranked, order = confidence.sort(descending=True, stable=True)
    shares = right[order].double().cumsum(0) / torch.arange(1, n + 1)
    last = torch.cat([ranked[1:] < ranked[:-1], torch.tensor([True])])  # of those that are equally sure
    if precision is not None:
        enough = ((shares >= precision) & last).nonzero()
        if not len(enough):
            best = f"{float(shares[last].max()):.0%}"
            raise FewtextError(
                f"no threshold reaches a precision of {precision:.0%}: the best on {n} held-out examples is {best}",
                hint="ask for less, or give more examples",
            )
        given = int(enough[-1]) + 1
    else:
        assert coverage is not None
        cuts = last.nonzero()[:, 0] + 1
        given = int(cuts[(cuts - coverage * n).abs().argmin()])
    correct = int(right[order[:given]].sum())
    return Threshold(
        probability=math.floor(10**DIGITS * float(ranked[given - 1])) / 10**DIGITS if given < n else 0.0,
        precision=correct / given,
        precision_interval=wilson(correct, given),
        coverage=given / n,
        coverage_interval=wilson(given, n),
        examples=n,
    )
