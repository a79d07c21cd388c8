"""Scoring where a text may have several labels: F1 of all labels together and of each, and texts wholly right."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from torch import Tensor

from fewtext.classify.multi_label import MultiLabelClassifier
from fewtext.classify.selective import LabelPromise
from fewtext.classify.shift import outside
from fewtext.contracts.labels import spelled_as
from fewtext.evaluation.expectations import PrecisionCheck, Share
from fewtext.evaluation.score_report import ScoreReport, WrongAnswer
from fewtext.files.label_columns import BETWEEN
from fewtext.metrics.intervals import wilson
from fewtext.metrics.per_class import ClassMetrics

LabelSets = Sequence[frozenset[Any]]


def score_label_sets(
    model: MultiLabelClassifier,
    features: Tensor,
    texts: Sequence[Any],
    labels: Sequence[Sequence[Any]],
    precision: float | None,
    confidence: float,
) -> ScoreReport:
    """Measure the labels given to encoded texts ``[n, *shape]``, none of them blank."""
    probabilities, known = model.probabilities(features), model.classes_.tolist()
    spelling = spelled_as(known, [label for own in labels for label in own])
    target = [frozenset(spelling[label] for label in own) for own in labels]
    promised = None
    if precision is not None:
        answerable = probabilities.masked_fill(outside(model, texts, features)[:, None], 0.0)
        promised = _precision_check(model, model.threshold(precision, confidence), answerable, target)
    columns = model.given(probabilities)
    answer = [frozenset(known[k] for k in row) for row in columns]
    right = [own == found for own, found in zip(target, answer, strict=True)]
    present = sorted({label for own in target for label in own}, key=str)
    sets = model.measure(probabilities, labels)
    return ScoreReport(
        texts=len(texts),
        accuracy=sum(right) / len(right),
        accuracy_interval=wilson(sum(right), len(right)),
        macro_f1=sets.macro_f1,
        macro_f1_interval=None,
        classes=[_of_one_label(label, target, answer) for label in present],
        wrong=[
            WrongAnswer(
                row,
                str(texts[row]),
                _joined(target[row]),
                _joined(answer[row]),
                float(probabilities[row, columns[row]].min()) if columns[row] else float(1 - probabilities[row].max()),
            )
            for row, hit in enumerate(right)
            if not hit
        ],
        unknown_labels=sorted(str(label) for label in present if label not in known),
        precision=promised,
        label_sets=sets,
    )


def _of_one_label(label: Any, target: LabelSets, answer: LabelSets) -> ClassMetrics:
    true, given = (sum(label in own for own in sets) for sets in (target, answer))
    both = sum(label in own and label in found for own, found in zip(target, answer, strict=True))
    return ClassMetrics(str(label), true, both / given if given else 0.0, both / true, 2 * both / (true + given))


def _precision_check(
    model: MultiLabelClassifier, limit: LabelPromise, probabilities: Tensor, target: LabelSets
) -> PrecisionCheck:
    known = model.classes_.tolist()
    given = [(row, known[k]) for row, own in enumerate(model.given(probabilities, limit.probability)) for k in own]
    measured = Share.of(sum(label in target[row] for row, label in given), len(given))
    return PrecisionCheck(
        limit.asked, limit.probability, limit.precision, limit.precision_interval, None, measured, None, str(limit)
    )


def _joined(labels: frozenset[Any]) -> str:
    return BETWEEN.join(sorted(map(str, labels)))
