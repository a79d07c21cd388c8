"""Metrics of each class: precision, recall and F1, their mean with its interval, and which classes are confused."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from fewtext.metrics.intervals import LEVEL

RESAMPLES = 2_000
Counts = NDArray[np.float64]


@dataclass(frozen=True)
class ClassMetrics:
    """How the texts of one class were answered; ``support`` counts them. What is 0 of 0 counts as 0."""

    label: str
    support: int
    precision: float
    recall: float
    f1: float


@dataclass(frozen=True)
class ConfusedPair:
    """Texts of ``label`` that were answered as ``answer``, by their ``rows``."""

    label: str
    answer: str
    rows: list[int]


def class_metrics(target: Sequence[Any], answer: Sequence[Any]) -> list[ClassMetrics]:
    """Return the metrics of each class that a text has, in order of its label."""
    found = []
    for label in sorted(set(target), key=str):
        true = sum(right == label for right in target)
        given = sum(own == label for own in answer)
        both = sum(right == own == label for right, own in zip(target, answer, strict=True))
        found.append(
            ClassMetrics(str(label), true, both / given if given else 0.0, both / true, 2 * both / (true + given))
        )
    return found


def macro_f1(target: Sequence[Any], answer: Sequence[Any], seed: int = 0) -> tuple[float, tuple[float, float]]:
    """Return the mean F1 of the classes that texts have, and its 95 % interval, texts resampled (percentile bootstrap).

    A resample's mean is over the classes that are in it.
    """
    pairs, counts = np.unique(_numbered(target, answer), axis=0, return_counts=True)
    classes = int(pairs.max()) + 1
    generator = np.random.default_rng(seed)
    resampled = generator.multinomial(counts.sum(), counts / counts.sum(), size=RESAMPLES).astype(float)
    means = _macro_f1(pairs, resampled, classes)
    low, high = np.quantile(means, [(1 - LEVEL) / 2, (1 + LEVEL) / 2])
    return float(_macro_f1(pairs, counts[None].astype(float), classes)[0]), (float(low), float(high))


def _numbered(target: Sequence[Any], answer: Sequence[Any]) -> NDArray[np.int64]:
    """Return the numbers of both labels of each text: ``[n, 2]``."""
    number = {label: place for place, label in enumerate(dict.fromkeys([*target, *answer]))}
    return np.array([[number[right], number[own]] for right, own in zip(target, answer, strict=True)])


def _macro_f1(pairs: NDArray[np.int64], counts: Counts, classes: int) -> Counts:
    """Return the macro F1 of each row of ``counts`` ``[m, pairs]``: how often a pair of labels occurs."""
    sums = np.zeros((3, len(counts), classes))  # true, given, both
    for place, (right, own) in enumerate(pairs.tolist()):
        sums[0, :, right] += counts[:, place]
        sums[1, :, own] += counts[:, place]
        if right == own:
            sums[2, :, right] += counts[:, place]
    true, given, both = sums
    f1 = np.divide(2 * both, true + given, out=np.zeros_like(both), where=true + given > 0)
    means: Counts = (f1 * (true > 0)).sum(1) / (true > 0).sum(1)
    return means


def confused_pairs(target: Sequence[Any], answer: Sequence[Any]) -> list[ConfusedPair]:
    """Return the pairs of labels that were taken for each other, the most frequent first."""
    rows: dict[tuple[str, str], list[int]] = defaultdict(list)
    for row, (right, own) in enumerate(zip(target, answer, strict=True)):
        if right != own:
            rows[str(right), str(own)].append(row)
    ordered = sorted(rows.items(), key=lambda pair: (-len(pair[1]), pair[0]))
    return [ConfusedPair(*labels, places) for labels, places in ordered]
