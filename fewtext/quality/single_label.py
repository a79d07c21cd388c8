"""Data quality where a text has one label: the accuracy to expect, and labels that look wrong or are confused.

All of it is estimated on the support alone: each example is answered by a classifier that has not seen it.
"""

from __future__ import annotations

import math
import warnings
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from fewtext.classify.single_label import SingleLabelClassifier
from fewtext.errors import FewtextError, FewtextWarning
from fewtext.metrics.calibration import held_out_folds
from fewtext.metrics.intervals import wilson
from fewtext.quality.duplicates import text_findings
from fewtext.quality.label_errors import SUSPECT, HeldOut, error_probabilities, likelier
from fewtext.quality.report import Estimate, QualityReport
from fewtext.registry.failures import plugin_errors

SLOPE, SLOPE_SPREAD = 0.33, 0.12  # of the error, as examples ** -slope: mean and standard deviation over corpora
SOURCE_SPREAD = 0.08  # standard deviation of the error's logarithm between two samples of one source
SHARED = 20  # held-out answers come from classifiers that share examples: below this many, each counts half or less
LISTED = 10
IMAGES = 64  # in a backbone at once


@dataclass(frozen=True)
class Accuracy:
    """Accuracy to expect on new texts, with these examples and ``doubled``; ``held_out`` is what was measured."""

    expected: Estimate
    doubled: float
    held_out: Estimate
    examples: int


@dataclass(frozen=True)
class LabelAccuracy:
    """One label: its examples, and the accuracy on those of them that could be held out."""

    label: str
    examples: int
    accuracy: Estimate | None


@dataclass(frozen=True)
class SuspectedError:
    """An example whose label looks wrong, by its place in the support.

    ``suggested_label`` is ``likelihood_ratio`` times as likely as its own. ``error_probability`` is that of an error,
    were one label in ten wrong.
    """

    place: int
    text: str
    label: str
    suggested_label: str
    likelihood_ratio: float
    error_probability: float


@dataclass(frozen=True)
class ConfusedLabels:
    """Two labels that are predicted for each other: for how many examples, and their places."""

    first: str
    second: str
    confused: int
    places: list[int]


@dataclass(frozen=True)
class SingleLabelReport(QualityReport):
    """What was found. ``detection_rate`` is the share of wrong labels, were there any, that would be suspected."""

    measure = "accuracy"

    accuracy: Accuracy | None
    labels: list[LabelAccuracy]
    suspected_errors: list[SuspectedError]
    detection_rate: float | None
    confused_pairs: list[ConfusedLabels]

    @property
    def expected(self) -> float | None:
        """The accuracy to expect on new texts; None where no example could be held out."""
        return self.accuracy.expected.value if self.accuracy else None


def report_single_label(model: SingleLabelClassifier) -> SingleLabelReport:
    """Examine the support of a fitted classifier; raise ``FewtextError`` where its encoder was fine-tuned on it."""
    if model.encoder_.weights:
        message = "the accuracy to expect is unknown for an encoder that was fine-tuned on the examples"
        raise FewtextError(message, hint="check the examples without parameter 'tuner'")
    n, y = model.n_examples_, model.support_.y
    labels = [str(label) for label in model.classes_.tolist()]
    texts = model.support_texts_[:n]
    probabilities, rows = model.held_out()
    _warn_of_others(model, len(rows))
    target = y[rows]
    answer = probabilities.argmax(-1)
    right = answer == target
    counts = torch.bincount(y[:n], minlength=len(labels)).tolist()
    by_label = []
    for number, label in enumerate(labels):
        own = right[target == number]
        by_label.append(LabelAccuracy(label, counts[number], _share(own) if len(own) else None))
    errors, detection_rate = list[SuspectedError](), None
    if len(rows):
        error_probability = error_probabilities(HeldOut(probabilities, rows, _vectors(model), y[:n]))
        errors = _suspected_errors(error_probability, probabilities, rows, target, texts, labels)
        detection_rate = _detection_rate(error_probability, target)
    return SingleLabelReport(
        accuracy=_accuracy(model, right) if len(rows) else None,
        labels=by_label,
        suspected_errors=errors,
        detection_rate=detection_rate,
        confused_pairs=_confused_pairs(rows, target, answer, labels),
        **text_findings(model),
    )


def _warn_of_others(model: SingleLabelClassifier, looked_at: int) -> None:
    """Warn where a large support has more examples to hold out than are answered."""
    count = int(held_out_folds(model.support_, torch.arange(len(model.support_.y)) < model.n_examples_).sum())
    if looked_at < count:
        message = f"of {count:,} examples that can be held out {looked_at:,} were, evenly spaced"
        hint = "accuracy is estimated, and wrong labels are looked for, on these alone"
        warnings.warn(f"{message}: {hint}", FewtextWarning, stacklevel=4)


def _share(right: Tensor) -> Estimate:
    return Estimate(right.double().mean().item(), *wilson(int(right.sum()), len(right)))


def _accuracy(model: SingleLabelClassifier, right: Tensor) -> Accuracy:
    """Extrapolate the error to all examples, and to twice as many, along a power of their number.

    Held-out fits have four fifths of the examples. Fits with half of them show how fast the error falls; where they are
    too few to, the slope of other corpora stands in. The slope is uncertain, and new texts are seldom a sample of the
    very same source: the interval is that of as many fewer examples as would give the same uncertainty.
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
    sampling = (1 - errors[0]) / errors[0] / n  # variance of the logarithm of the error
    variance = sampling * (1 + SHARED / n) + (math.log(1.25) * slope_sd) ** 2 + SOURCE_SPREAD**2
    effective = n * sampling / variance

    def at(share: float, times: float) -> float:
        return float(1 - (1 - share) * (1.25 * times) ** -slope)

    expected = Estimate(*(at(share, 1) for share in (seen.value, *wilson(seen.value * effective, effective))))
    return Accuracy(expected, at(seen.value, 2), seen, n)


def _suspected_errors(
    error_probability: Tensor,
    probabilities: Tensor,
    rows: Tensor,
    target: Tensor,
    texts: Sequence[str],
    labels: Sequence[str],
) -> list[SuspectedError]:
    """Return the held-out examples whose label is probably wrong, the most probable first."""
    own = error_probability.gather(1, target[:, None])[:, 0]
    suspected = (own >= SUSPECT).nonzero()[:, 0]
    suspected = suspected[own[suspected].argsort(descending=True, stable=True)]
    ratio, other = (found.gather(1, target[suspected][:, None])[:, 0] for found in likelier(probabilities[suspected]))
    columns = rows[suspected], target[suspected], other, ratio.exp(), own[suspected]
    return [
        SuspectedError(place, texts[place], labels[given], labels[suggested], *sure)
        for place, given, suggested, *sure in zip(*(column.tolist() for column in columns), strict=True)
    ]


def _detection_rate(error_probability: Tensor, target: Tensor) -> float:
    """Return the share of random wrong labels that would be suspected, were they on these examples."""
    suspected = (error_probability >= SUSPECT).scatter(1, target[:, None], False)
    return float(suspected.double().mean() * suspected.shape[1] / (suspected.shape[1] - 1))


def _vectors(model: SingleLabelClassifier) -> Tensor:
    """Return a vector for each example: the encoder's, as what judges them learned from, and an image's embedding."""
    x = model.support_.x[: model.n_examples_]
    if x.dim() == 2:
        return x
    backbone = model.learner_.backbone
    with torch.no_grad(), plugin_errors("backbone", backbone.name, backbone):
        return torch.cat([backbone(some) for some in torch.split(x, IMAGES)])


def _confused_pairs(rows: Tensor, target: Tensor, answer: Tensor, labels: Sequence[str]) -> list[ConfusedLabels]:
    pairs: dict[tuple[int, int], list[int]] = defaultdict(list)
    for row, one, other in zip(rows.tolist(), target.tolist(), answer.tolist(), strict=True):
        if one != other:
            pairs[min(one, other), max(one, other)].append(row)
    ordered = sorted(pairs.items(), key=lambda pair: (-len(pair[1]), pair[0]))
    frequent = [(pair, places) for pair, places in ordered if len(places) > 1][:LISTED]
    return [ConfusedLabels(labels[a], labels[b], len(places), sorted(places)) for (a, b), places in frequent]
