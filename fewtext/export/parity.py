"""Parity: an exported classifier answers the texts of its support as the classifier does, or is not written."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import Any

import torch
from torch import Tensor

from fewtext.classify.multi_label import MultiLabelClassifier
from fewtext.classify.multi_label_calibration import folds_of
from fewtext.classify.single_label import SingleLabelClassifier
from fewtext.encoders.encode import encode
from fewtext.errors import FewtextError
from fewtext.metrics.calibration import held_out_folds, within_memory

ALIKE = 1e-3  # of a probability: float32 products in another order differ by a hundredth of it
MOST_CHANGED = 0.005  # of the held-out answers, rounded up: at least one may change
AnyClassifier = SingleLabelClassifier | MultiLabelClassifier


@dataclass(frozen=True)
class Parity:
    """How far exported probabilities are from the classifier's, and how many held-out answers 8 bits change."""

    texts: int
    difference: float
    held_out: int | None = None
    changed: int | None = None

    def __str__(self) -> str:
        said = f"float32 answers {self.texts:,} texts of the support alike, probabilities within {self.difference:.1e}"
        return said if self.held_out is None else f"{said}; int8 changes {self.changed} of {self.held_out:,} answers"


def check_parity(model: AnyClassifier, exported: Any, in_int8: Any | None) -> Parity:
    """Compare classifiers of ``fewtext.export.classify`` with ours; raise ``FewtextError`` where they differ."""
    texts = model.support_texts_
    x = encode(model.encoder_, texts)
    ours = model.probabilities(x)
    found, features = exported.run(texts, ["probabilities", "features"])
    difference = float((torch.from_numpy(found) - ours).abs().max())
    if not difference <= ALIKE:
        message = f"the exported classifier differs from this one: a probability by {difference:.2g}"
        raise FewtextError(f"{message}, where {ALIKE} is allowed; nothing was written")
    parity = Parity(len(texts), difference)
    if in_int8 is None:
        return parity
    (rough,) = in_int8.run(texts, ["features"])
    changed, examples = _changed(model, torch.from_numpy(features), torch.from_numpy(rough))
    if changed > math.ceil(MOST_CHANGED * examples):
        message = f"8 bits change {changed} of {examples} answers, more than {MOST_CHANGED:.1%} of them"
        raise FewtextError(f"{message}; nothing was written", hint="export without 8 bits")
    return replace(parity, held_out=examples, changed=changed)


def _changed(model: AnyClassifier, exact: Tensor, rough: Tensor) -> tuple[int, int]:
    """Return how many answers to examples, held out where they can be, differ by their features, and of how many."""
    n = model.n_examples_
    if isinstance(model, MultiLabelClassifier):
        folds, ways = folds_of(model.support_.label_matrix, n), len(model.classes_)
    else:
        folds, ways = held_out_folds(model.support_, torch.arange(len(exact)) < n), model.support_.ways
    with torch.no_grad():
        if not len(folds):
            classifiers, rows = [model.classifier_], [torch.arange(len(exact))]
        elif isinstance(model, MultiLabelClassifier):
            folds, rows = within_memory(folds, ways)
            classifiers = model.learner_.fit_labels(model.support_, folds)
        else:
            folds, rows = within_memory(folds, ways)
            classifiers = model.learner_.fit_without(model.support_, folds)
        changed = 0
        for classify, own in zip(classifiers, rows, strict=True):
            answers = [_answers(model, classify(x[own])) for x in (exact, rough)]
            changed += int((answers[0] != answers[1]).any(1).sum())
    return changed, sum(map(len, rows))


def _answers(model: AnyClassifier, logits: Tensor) -> Tensor:
    """Return what tells answers apart: the class, or which labels are given, ``[n, 1]`` or ``[n, labels]``."""
    if isinstance(model, MultiLabelClassifier):
        return model.calibration_.probabilities(logits) >= model.thresholds_
    return logits.argmax(-1, keepdim=True)
