"""Selective classification: abstain below the probability that held-out examples recommend for a precision."""

from __future__ import annotations

import math
from dataclasses import dataclass

import torch
from torch import Tensor

from fewtext.classify.precision_prior import PrecisionPrior, TaskFacts, bayes_passing
from fewtext.errors import FewtextError
from fewtext.metrics.bounds import passing
from fewtext.metrics.intervals import wilson

DIGITS = 6  # of a probability, as answers are written
LEAST = 10  # held-out examples: from fewer nothing can be estimated
NOTHING = 2.0  # a probability that no answer has
CONFIDENCE = 0.9  # that a promised precision is kept
STEPS = torch.arange(99, 0, -1, dtype=torch.float64) / 100  # precisions to look for one that can be promised
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
class Promise(Threshold):
    """A threshold from which on at least ``asked`` of the given answers are right, with a stated ``confidence``.

    ``precision`` is what the answers above it are expected to reach (``precision_interval``: the share of right ones
    among those held out). Where nothing can be promised, ``probability`` is above 1, so that no answer is given, and
    ``best`` has the highest precision that could be, with its coverage. ``rests_on`` says what the statement rests on.
    """

    asked: float
    confidence: float
    rests_on: str
    best: tuple[float, float] | None = None

    def __str__(self) -> str:
        asked = f"{self.asked:.{_places(self.asked)}%}"
        stated = f"with {self.confidence:.0%} confidence at least {asked} of the given answers are right"
        if self.probability < NOTHING:
            low, high = self.coverage_interval
            covered = f"expected coverage {self.coverage:.0%} [{low:.0%}, {high:.0%}]"
            start = f"answering from a probability of {self.probability:.1%} on" if self.probability else "every text"
            return f"{stated}: {start}, {covered}; {self.rests_on}"
        refused = f"no answer is given: that {stated} cannot be promised; {self.rests_on}"
        if self.best is None:
            return f"{refused}; nor can any other precision"
        return (
            f"{refused}; the highest precision that can be is {self.best[0]:.2f}, at a coverage of {self.best[1]:.0%}"
        )


def _places(share: float) -> int:
    return len(f"{100 * share:.10g}".partition(".")[2])


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
    cuts = cuts_of(ranked)
    if precision is not None:
        last = torch.isin(torch.arange(1, n + 1), cuts)
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
        given = int(cuts[(cuts - coverage * n).abs().argmin()])
    correct = int(right[order[:given]].sum())
    return Threshold(
        probability=_floor(ranked, given),
        precision=correct / given,
        precision_interval=wilson(correct, given),
        coverage=given / n,
        coverage_interval=wilson(given, n),
        examples=n,
    )


def promise(
    confidence: Tensor,
    right: Tensor,
    precision: float,
    *,
    stated: float = CONFIDENCE,
    prior: PrecisionPrior | None = None,
    facts: TaskFacts | None = None,
) -> Promise:
    """Return the threshold with the most answers at which a precision holds with the ``stated`` confidence.

    ``confidence`` ``[n]`` and ``right`` ``[n]`` are of held-out examples. With a ``prior`` and the ``facts`` of the
    task, the precision has a posterior distribution; without, an exact binomial test of the held-out answers decides.
    Thresholds are tried from the strictest on, until one fails.
    """
    n = len(confidence)
    if n < LEAST:
        raise FewtextError(f"only {n} examples can be held out, too few to promise a precision", hint=MORE_EXAMPLES)
    ranked, order = confidence.double().sort(descending=True, stable=True)
    hits, cuts = right[order], cuts_of(ranked)
    best: tuple[float, float] | None = None
    if prior is not None and facts is not None:
        rests_on = f"by {n} held-out examples and a prior measured on other tasks"
        expected = prior.precisions(facts, ranked, hits)
        given, bounds = bayes_passing(expected, cuts, precision, prior.level(stated))
        if not given:
            highest = math.floor(100 * float(bounds.max())) / 100
            best = (highest, int(cuts[(bounds >= highest).nonzero()[-1, 0]]) / n) if highest > 0 else None
        reached = float(expected[:, given - 1].mean()) if given else 0.0
    else:
        rests_on = f"by {n} held-out examples alone, since no prior was measured with these settings"
        given = passing(hits, cuts, precision, stated)
        if not given:
            found = ((asked, passing(hits, cuts, asked, stated)) for asked in STEPS[STEPS < precision].tolist())
            best = next(((asked, count / n) for asked, count in found if count), None)
        reached = int(hits[:given].sum()) / given if given else 0.0
    return Promise(
        probability=_floor(ranked, given) if given else NOTHING,
        precision=reached,
        precision_interval=wilson(int(hits[:given].sum()), given) if given else (0.0, 1.0),
        coverage=given / n,
        coverage_interval=wilson(given, n),
        examples=n,
        asked=precision,
        confidence=stated,
        rests_on=rests_on,
        best=best,
    )


def cuts_of(ranked: Tensor) -> Tensor:
    """Return after how many of the confidences ``[n]``, in falling order, a threshold can lie: not between equals."""
    last = torch.cat([ranked[1:] < ranked[:-1], torch.tensor([True])])
    return last.nonzero()[:, 0] + 1


def _floor(ranked: Tensor, given: int) -> float:
    """Return the threshold that gives so many of the answers, as probabilities are written; 0 where it gives all."""
    return math.floor(10**DIGITS * float(ranked[given - 1])) / 10**DIGITS if given < len(ranked) else 0.0
