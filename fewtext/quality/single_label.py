"""A check-up of a support: how good a classifier it makes, what more labels would bring, and which labels look wrong.

All of it is from the support alone: each example is answered by a classifier that has not seen it.
"""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from fewtext.classify.single_label import FewShotClassifier
from fewtext.errors import FewtextError
from fewtext.metrics.intervals import wilson
from fewtext.quality.duplicates import TextCheckup, found_in_texts

ODDS = 25.0  # another label this many times as likely as the given one: the given one is doubted
SLOPE, SLOPE_SPREAD = 0.33, 0.12  # how the error falls with the examples, examples ** -slope: mean and sd of corpora
SOURCE_SPREAD = 0.08  # of the error's logarithm, between texts of one source and of another much like it
TOGETHER = 20  # examples: so few, judged by classifiers that have most of them in common, say half as much each
LISTED = 10


@dataclass(frozen=True)
class Share:
    """A share with its 95 % interval."""

    value: float
    low: float
    high: float


@dataclass(frozen=True)
class Accuracy:
    """What to expect on new texts: with these examples, and with twice as many; ``held_out`` is what was seen."""

    expected: Share
    doubled: float
    held_out: Share
    examples: int


@dataclass(frozen=True)
class LabelReport:
    """One label: its examples, and the share of them that was answered right, where they could be held out."""

    label: str
    examples: int
    accuracy: Share | None


@dataclass(frozen=True)
class Doubt:
    """An example whose label looks wrong: by place in the support, with the label that is ``odds`` times as likely."""

    place: int
    text: str
    label: str
    likelier: str
    odds: float


@dataclass(frozen=True)
class Overlap:
    """Two labels that are taken for each other: how many examples, and some of them by place."""

    first: str
    second: str
    confused: int
    places: list[int]


@dataclass(frozen=True)
class Checkup(TextCheckup):
    """What was found. Places count examples from 0; ``noticed`` is the share of wrong labels that would be doubted."""

    accuracy: Accuracy | None
    labels: list[LabelReport]
    doubts: list[Doubt]
    noticed: float | None
    overlaps: list[Overlap]

    @property
    def promised(self) -> float | None:
        """The accuracy to expect, where it can be told."""
        return self.accuracy.expected.value if self.accuracy else None


def check_up(model: FewShotClassifier) -> Checkup:
    """Examine the support of a fitted classifier; raise ``FewtextError`` where its encoder was tuned on it."""
    if model.encoder_.weights:
        message = "how accuracy grows is known of encoders as they are, not of one that was tuned on the examples"
        raise FewtextError(message, hint="check the support without tuning")
    n, y = model.n_examples_, model.support_.y
    labels = [str(label) for label in model.classes_.tolist()]
    texts = model.support_texts_[:n]
    probabilities, rows = model.held_out()
    target = y[rows]
    answer = probabilities.argmax(-1)
    right = answer == target
    counts = torch.bincount(y[:n], minlength=len(labels)).tolist()
    by_label = []
    for number, label in enumerate(labels):
        own = right[target == number]
        by_label.append(LabelReport(label, counts[number], _share(own) if len(own) else None))
    odds = _log_odds(probabilities, target)
    likelier = _without(probabilities, target).argmax(-1) if len(rows) else target
    order = [i for i in odds.argsort(descending=True, stable=True).tolist() if odds[i] > math.log(ODDS)]
    doubts = [
        Doubt(int(rows[i]), texts[int(rows[i])], labels[int(target[i])], labels[int(likelier[i])], odds[i].exp().item())
        for i in order
    ]
    return Checkup(
        accuracy=_accuracy(model, right) if len(rows) else None,
        labels=by_label,
        doubts=doubts,
        noticed=_noticed(probabilities) if len(rows) else None,
        overlaps=_overlaps(rows, target, answer, labels),
        **found_in_texts(model),
    )


def _share(right: Tensor) -> Share:
    return Share(right.double().mean().item(), *wilson(int(right.sum()), len(right)))


def _accuracy(model: FewShotClassifier, right: Tensor) -> Accuracy:
    """Carry the error on to all examples, and to twice as many, along a power of their number.

    Held-out fits have four fifths of the examples; fits with half of them say how fast the error falls, and what held
    on other corpora says it where they are too few to. How fast is not known exactly, and texts to come are seldom a
    sample of the very same source: the interval is that of as many fewer examples as would leave as much in doubt.
    """
    seen = _share(right)
    probabilities, rows = model.held_out(parts=2)
    halved = (probabilities.argmax(-1) != model.support_.y[rows]).double().mean().item()
    n, ratio = len(right), math.log(1.6)  # four fifths to a half
    errors = [min(max(error, 0.5 / n), 1 - 0.5 / n) for error in (1 - seen.value, halved)]
    spread = math.sqrt(sum((1 - e) / (e * n) for e in errors)) / ratio
    trust = SLOPE_SPREAD**2 / (SLOPE_SPREAD**2 + spread**2)
    slope = max(0.0, trust * math.log(errors[1] / errors[0]) / ratio + (1 - trust) * SLOPE)

    slope_sd = 1 / math.sqrt(SLOPE_SPREAD**-2 + spread**-2)
    chance = (1 - errors[0]) / errors[0] / n  # variance of the logarithm of the error
    doubt = chance * (1 + TOGETHER / n) + (math.log(1.25) * slope_sd) ** 2 + SOURCE_SPREAD**2
    message = n * chance / doubt

    def at(share: float, times: float) -> float:
        return float(1 - (1 - share) * (1.25 * times) ** -slope)

    expected = Share(*(at(share, 1) for share in (seen.value, *wilson(seen.value * message, message))))
    return Accuracy(expected, at(seen.value, 2), seen, n)


def _without(probabilities: Tensor, target: Tensor) -> Tensor:
    return probabilities.scatter(1, target[:, None], -1.0)


def _log_odds(probabilities: Tensor, target: Tensor) -> Tensor:
    """Return how much likelier the best other label is than the given one: ``[n]``, natural logarithms."""
    if not len(target):
        return torch.zeros(0, dtype=torch.float64)
    given = probabilities.gather(1, target[:, None])[:, 0]
    return (_without(probabilities, target).max(-1).values.clamp(min=1e-12) / given.clamp(min=1e-12)).log()


def _noticed(probabilities: Tensor) -> float:
    """Return in what share of cases a random wrong label would be doubted, were it on these examples."""
    best, answer = probabilities.max(-1)
    doubted = best[:, None] > ODDS * probabilities
    wrong = doubted.sum(1).double() / (probabilities.shape[1] - 1)
    return float(wrong.mean())


def _overlaps(rows: Tensor, target: Tensor, answer: Tensor, labels: Sequence[str]) -> list[Overlap]:
    pairs: dict[tuple[int, int], list[int]] = defaultdict(list)
    for row, one, other in zip(rows.tolist(), target.tolist(), answer.tolist(), strict=True):
        if one != other:
            pairs[min(one, other), max(one, other)].append(row)
    ordered = sorted(pairs.items(), key=lambda pair: (-len(pair[1]), pair[0]))
    found = [Overlap(labels[a], labels[b], len(places), sorted(places)) for (a, b), places in ordered]
    return [overlap for overlap in found if overlap.confused > 1][:LISTED]
