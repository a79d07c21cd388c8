"""Selective classification: abstain below the probability that held-out examples recommend for a precision."""

from __future__ import annotations

import math
from dataclasses import dataclass

import torch
from torch import Tensor

from fewtext.errors import FewtextError
from fewtext.metrics.intervals import wilson

DIGITS = 6  # of a probability, as answers are written
LEAST = 10  # held-out examples: from fewer nothing can be estimated
MORE_EXAMPLES = "give at least three examples of a label, of as many labels as possible"


@dataclass(frozen=True)
class Threshold:
    """The probability from which on to answer, and what to expect of that, estimated on ``examples`` held out.

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
        precision, coverage = (
            f"{value:.0%} [{low:.0%}, {high:.0%}]"
            for value, (low, high) in (
                (self.precision, self.precision_interval),
                (self.coverage, self.coverage_interval),
            )
        )
        how = (
            f"answering from a probability of {self.probability:.1%} on" if self.probability else "answering every text"
        )
        expected = f"expected precision {precision}, coverage {coverage}"
        return f"{how}: {expected}, estimated on {self.examples} held-out examples"


@dataclass(frozen=True)
class LabelThreshold:
    """The probability from which on to give any label; ``recall`` is the share of all true labels that get given."""

    pooled: Threshold
    recall: float

    @property
    def probability(self) -> float:
        """The threshold, the same for all labels."""
        return self.pooled.probability

    def __str__(self) -> str:
        low, high = self.pooled.precision_interval
        how = (
            f"giving labels from a probability of {self.probability:.1%} on"
            if self.probability
            else "giving labels by their own thresholds alone"
        )
        return (
            f"{how}: expected precision {self.pooled.precision:.0%} [{low:.0%}, {high:.0%}], recall {self.recall:.0%}, "
            "estimated on held-out examples"
        )


def check_share(name: str, value: float) -> None:
    """Raise ``FewtextError`` where a parameter is not a fraction to ask for."""
    if not 0 < value <= 1:
        raise FewtextError(f"parameter '{name}' is {value}", hint="give a fraction above 0 and up to 1")


def threshold_for(
    confidence: Tensor, right: Tensor, *, precision: float | None = None, coverage: float | None = None
) -> Threshold:
    """Return the threshold that gives the most answers of at least this precision, or this share of answers.

    ``confidence`` ``[n]`` and ``right`` ``[n]`` are of examples that a classifier answered without having seen them.
    Raises ``FewtextError`` where there are too few, or no threshold reaches the precision.
    """
    n = len(confidence)
    if n < LEAST:
        raise FewtextError(f"only {n} examples can be held out, too few to estimate a threshold", hint=MORE_EXAMPLES)
    ranked, order = confidence.sort(descending=True, stable=True)
    shares = right[order].double().cumsum(0) / torch.arange(1, n + 1)
    last = torch.cat([ranked[1:] < ranked[:-1], torch.tensor([True])])  # of those with the same confidence
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
