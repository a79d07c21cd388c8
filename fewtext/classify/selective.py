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
LEAST_STATED, MOST_STATED = 0.5, 0.99
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
        low, high = self.coverage_interval
        start = f"answering from a probability of {self.probability:.1%} on" if self.probability else "every text"
        return self._stated("answer", f"{start}, expected coverage {self.coverage:.0%} [{low:.0%}, {high:.0%}]")

    def _stated(self, what: str, how: str) -> str:
        """Return the statement about answers, or whatever else is given, and ``how`` it is kept."""
        asked = f"{self.asked:.{_places(self.asked)}%}"
        stated = f"with {self.confidence:.0%} confidence at least {asked} of the given {what}s are right"
        if self.probability < NOTHING:
            return f"{stated}: {how}; {self.rests_on}"
        refused = f"no {what} is given: that {stated} cannot be promised; {self.rests_on}"
        if self.best is None:
            return f"{refused}; nor can any other precision"
        return (
            f"{refused}; the highest precision that can be is {self.best[0]:.2f}, at a coverage of {self.best[1]:.0%}"
        )


def _places(share: float) -> int:
    return len(f"{100 * share:.10g}".partition(".")[2])


@dataclass(frozen=True)
class LabelPromise(Promise):
    """A promise about the labels of texts that may have several: the probability from which on to give any label.

    ``coverage`` is the share that is still given of the labels given without a promise, ``recall`` the share of all
    true labels that are.
    """

    recall: float = 0.0

    def __str__(self) -> str:
        start = f"from a probability of {self.probability:.1%} on" if self.probability else "by their own thresholds"
        return self._stated("label", f"{start}, expected recall {self.recall:.0%}")


def check_share(name: str, value: float) -> None:
    """Raise ``FewtextError`` where a parameter is not a fraction to ask for."""
    if not 0 < value <= 1:
        raise FewtextError(f"parameter '{name}' is {value}", hint="give a fraction above 0 and up to 1")


def check_stated(confidence: float) -> None:
    """Raise ``FewtextError`` where a promise cannot be made with this confidence."""
    if not LEAST_STATED <= confidence <= MOST_STATED:
        hint = f"give a fraction from {LEAST_STATED} to {MOST_STATED}"
        raise FewtextError(f"parameter 'confidence' is {confidence}", hint=hint)


def covering(confidence: Tensor, right: Tensor, coverage: float) -> Threshold:
    """Return the threshold that gives this share of answers, or the nearest share that one gives.

    ``confidence`` ``[n]`` and ``right`` ``[n]`` are of examples that a classifier answered without having seen them.
    Raises ``FewtextError`` where there are too few.
    """
    n = len(confidence)
    if n < LEAST:
        raise FewtextError(f"only {n} examples can be held out, too few to estimate a threshold", hint=MORE_EXAMPLES)
    ranked, order = confidence.sort(descending=True, stable=True)
    cuts = cuts_of(ranked)
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
    texts: Tensor | None = None,
) -> Promise:
    """Return the threshold with the most answers at which a precision holds with the ``stated`` confidence.

    ``confidence`` ``[n]`` and ``right`` ``[n]`` are of held-out examples. With a ``prior`` and the ``facts`` of the
    task, the precision has a posterior distribution; without, an exact binomial test of the held-out answers decides.
    Thresholds are tried from the strictest on, until one fails. Where one of the ``texts`` ``[n]`` has several answers,
    they may be right or wrong together, and the test counts it once.
    """
    n = len(confidence)
    if n < LEAST:
        what = "examples can be held out" if texts is None else "labels are given to held-out examples"
        raise FewtextError(f"only {n} {what}, too few to promise a precision", hint=MORE_EXAMPLES)
    ranked, order = confidence.double().sort(descending=True, stable=True)
    hits, cuts = right[order], cuts_of(ranked)
    counted = None if texts is None else _distinct(texts[order])
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
        if counted is not None:
            rests_on = f"by {n} labels of {int(counted[-1])} held-out examples alone"
        given = passing(hits, cuts, precision, stated, counted)
        if not given:
            found = (
                (asked, passing(hits, cuts, asked, stated, counted)) for asked in STEPS[STEPS < precision].tolist()
            )
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


def _distinct(texts: Tensor) -> Tensor:
    """Return how many different ones are among the first 1, 2, … of ``texts`` ``[n]``."""
    rows = list(enumerate(texts.tolist()))
    first = {row: i for i, row in reversed(rows)}
    return torch.tensor([first[row] == i for i, row in rows]).cumsum(0)


def cuts_of(ranked: Tensor) -> Tensor:
    """Return after how many of the confidences ``[n]``, in falling order, a threshold can lie: not between equals."""
    last = torch.cat([ranked[1:] < ranked[:-1], torch.tensor([True])])
    return last.nonzero()[:, 0] + 1


def _floor(ranked: Tensor, given: int) -> float:
    """Return the threshold that gives so many of the answers, as probabilities are written; 0 where it gives all."""
    return math.floor(10**DIGITS * float(ranked[given - 1])) / 10**DIGITS if given < len(ranked) else 0.0
