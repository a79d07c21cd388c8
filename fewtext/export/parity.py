"""Parity: an exported classifier answers the texts of its support as the classifier does, or is not written."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import torch
from torch import Tensor

from fewtext.classify.changed_answers import MOST_CHANGED, changed_answers, too_many
from fewtext.classify.multi_label import MultiLabelClassifier
from fewtext.classify.single_label import SingleLabelClassifier
from fewtext.encoders.encode import encode
from fewtext.errors import FewtextError

ALIKE = 1e-3  # of a probability: float32 products in another order differ by a hundredth of it
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
    changed, examples = changed_answers(model, torch.from_numpy(features), torch.from_numpy(rough), _given(model))
    if too_many(changed, examples):
        message = f"8 bits change {changed} of {examples} answers, more than {MOST_CHANGED:.1%} of them"
        raise FewtextError(f"{message}; nothing was written", hint="export without 8 bits")
    return replace(parity, held_out=examples, changed=changed)


def _given(model: AnyClassifier) -> Callable[[Tensor], Tensor] | None:
    """Return what tells from logits which labels a text is given, where it may have several."""
    if not isinstance(model, MultiLabelClassifier):
        return None
    return lambda logits: model.calibration_.probabilities(logits) >= model.thresholds_
