"""A check-up of a support whose texts may have several labels: how good it is, which labels look wrong or missing.

All of it is from the support alone: each example is answered by a classifier that has not seen it.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor

from fewtext.classify.multi_label import MultiLabelClassifier, calibrate, folds_of
from fewtext.metrics.multi_label import SetMetrics, f1_of_labels, measure_sets
from fewtext.quality.duplicates import TextCheckup, found_in_texts

WRONG = 200.0  # odds against a label that a text has, from which it is doubted
MISSING = 9.0  # odds for one that it has not, from which that is


@dataclass(frozen=True)
class SetLabel:
    """One label: its examples, and its F1 on examples held out, None where there are none that have it."""

    label: str
    examples: int
    f1: float | None


@dataclass(frozen=True)
class SetDoubt:
    """An example, by place in the support, that has a label it should not have, or that lacks one (``missing``)."""

    place: int
    text: str
    label: str
    missing: bool
    odds: float


@dataclass(frozen=True)
class MultiLabelCheckup(TextCheckup):
    """What was found. Places count examples from 0.

    ``noticed_wrong`` is the share of labels, were they wrong, that would be doubted; ``noticed_missing`` that of labels
    left out.
    """

    held_out: SetMetrics | None
    held_out_examples: int
    labels: list[SetLabel]
    doubts: list[SetDoubt]
    noticed_wrong: float | None
    noticed_missing: float | None

    @property
    def promised(self) -> float | None:
        """The F1 of examples held out, all labels together, where there are any."""
        return self.held_out.micro_f1 if self.held_out else None


def check_up_sets(model: MultiLabelClassifier) -> MultiLabelCheckup:
    """Examine the support of a fitted classifier."""
    n = model.n_examples_
    label_matrix, texts = model.support_.label_matrix[:n], model.support_texts_[:n]
    labels = [str(label) for label in model.classes_.tolist()]
    chances = model.calibration_.probabilities(model.held_out_logits_[:n])
    known = chances.isfinite()  # what is not known is neither given nor counted as had
    truth, given = label_matrix & known, _given(model)[:n]
    f1, rows = f1_of_labels(truth, given), known.any(1)
    return MultiLabelCheckup(
        held_out=measure_sets(truth[rows], given[rows]) if truth.any() else None,
        held_out_examples=int(rows.sum()),
        labels=[
            SetLabel(label, int(label_matrix[:, k].sum()), float(f1[k]) if truth[:, k].any() else None)
            for k, label in enumerate(labels)
        ],
        doubts=_doubts(chances, label_matrix, texts, labels),
        noticed_wrong=_share(_against(chances[known & ~label_matrix]) > WRONG),
        noticed_missing=_share(1 / _against(chances[known & label_matrix]) > MISSING),
        **found_in_texts(model),
    )


def _given(model: MultiLabelClassifier) -> Tensor:
    """Return which labels examples held out are given, bool ``[n, labels]``, by thresholds that have not seen them."""
    logits, support = model.held_out_logits_, model.support_
    given = torch.zeros_like(support.label_matrix)
    for out in folds_of(support.label_matrix, model.n_examples_):
        rest = logits.masked_fill(out[:, None], torch.nan)
        found = calibrate(rest, support, model.n_examples_, model.learner_.temperature)
        given[out] = found.probabilities(logits[out]) >= found.thresholds
    return given


def _doubts(chances: Tensor, label_matrix: Tensor, texts: list[str], labels: list[str]) -> list[SetDoubt]:
    """Return labels that look wrong, then labels that look missing, each the likeliest first."""
    odds = torch.where(label_matrix, _against(chances), 1 / _against(chances))
    doubted = odds > torch.where(label_matrix, WRONG, MISSING)
    found = [
        SetDoubt(i, texts[i], labels[k], not bool(label_matrix[i, k]), float(odds[i, k]))
        for i, k in doubted.nonzero().tolist()
    ]
    return sorted(found, key=lambda doubt: (doubt.missing, -doubt.odds))


def _share(doubted: Tensor) -> float | None:
    return float(doubted.double().mean()) if len(doubted) else None


def _against(chances: Tensor) -> Tensor:
    """Return the odds against what has these probabilities."""
    return (1 - chances).clamp(min=1e-12) / chances.clamp(min=1e-12)
