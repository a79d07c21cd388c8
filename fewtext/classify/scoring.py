"""Accuracy of a fitted classifier: the share of texts whose label, or whole set of labels, is right."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from fewtext.classify.blank import Filled
from fewtext.classify.input_validation import checked_label_sets, checked_labels, checked_pairs
from fewtext.classify.multi_label import MultiLabelClassifier
from fewtext.classify.single_label import SingleLabelClassifier
from fewtext.contracts.labels import spelled_as
from fewtext.errors import FewtextError

if TYPE_CHECKING:
    from numpy.typing import NDArray


def accuracy(
    model: SingleLabelClassifier | MultiLabelClassifier, texts: Sequence[Any], labels: Any, sample_weight: Any = None
) -> float:
    """Return the accuracy on labelled texts, a fraction; of several labels a text scikit-learn's subset accuracy.

    Labels that the classifier does not know count as wrong. With ``sample_weight`` ``[n]`` a text counts that much.
    """
    known, right = model.classes_.tolist(), []
    if isinstance(model, MultiLabelClassifier):
        texts, label_sets = checked_pairs(texts, labels, checked_label_sets)
        _check_any(texts)
        spelling = spelled_as(known, [label for own in label_sets for label in own])
        filled = Filled(texts)
        answers = filled.label_sets(model.predict(filled.texts))
        for own, answer in zip(label_sets, answers, strict=True):
            right.append({spelling[label] for label in own} == set(answer))
    else:
        if model.out_of_scope_ is not None:
            known.append(model.oos_label)
        texts, labels = checked_pairs(texts, labels, checked_labels)
        _check_any(texts)
        spelling = spelled_as(known, labels)
        filled = Filled(texts)
        given = filled.labels(model.predict(filled.texts), known).tolist()
        right = [spelling[label] == answer for label, answer in zip(labels, given, strict=True)]
    return float(np.average(right, weights=_weights(sample_weight, len(right))))


def _check_any(texts: Sequence[Any]) -> None:
    if not texts:
        raise FewtextError("no texts to score", hint="give some, with their labels")


def _weights(sample_weight: Any, count: int) -> NDArray[np.float64] | None:
    if sample_weight is None:
        return None
    try:
        weights = np.asarray(sample_weight, dtype=np.float64)
    except (TypeError, ValueError):
        raise FewtextError("parameter 'sample_weight' is not of numbers") from None
    if weights.shape != (count,):
        shape = " x ".join(map(str, weights.shape)) or "one"
        raise FewtextError(f"parameter 'sample_weight' has {shape} numbers for {count} texts")
    if not np.isfinite(weights).all() or (weights < 0).any() or not weights.sum() > 0:
        raise FewtextError("parameter 'sample_weight' is not of finite numbers from 0 on, some of them above 0")
    return weights
