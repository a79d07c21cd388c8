"""Data quality where a text may have several labels: the F1 to expect, labels that look wrong and labels missing.

All of it is estimated on the support alone: each example is answered by a classifier that has not seen it.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor

from fewtext.classify.multi_label import MultiLabelClassifier
from fewtext.metrics.multi_label import SetMetrics, f1_of_labels, measure_sets
from fewtext.quality.duplicates import text_findings
from fewtext.quality.report import QualityReport

WRONG = 200.0  # likelihood ratio against a label that a text has, from which on it is suspected to be wrong
MISSING = 9.0  # likelihood ratio for a label that a text lacks, from which on it is suspected to be missing


@dataclass(frozen=True)
class LabelF1:
    """One label: its examples, and its F1 on held-out examples, None where none of them has it."""

    label: str
    examples: int
    f1: float | None


@dataclass(frozen=True)
class SuspectedLabel:
    """An example, by its place in the support, with a label that it should not have, or that it lacks (``missing``).

    ``likelihood_ratio`` is how many times likelier the opposite is.
    """

    place: int
    text: str
    label: str
    missing: bool
    likelihood_ratio: float


@dataclass(frozen=True)
class MultiLabelReport(QualityReport):
    """What was found.

    ``detection_rate_wrong`` is the share of wrong labels, were there any, that would be suspected, and
    ``detection_rate_missing`` that of labels left out.
    """

    measure = "F1"

    held_out: SetMetrics | None
    held_out_examples: int
    labels: list[LabelF1]
    suspected_errors: list[SuspectedLabel]
    detection_rate_wrong: float | None
    detection_rate_missing: float | None

    @property
    def expected(self) -> float | None:
        """The F1 on held-out examples, all labels together; None where no label could be held out."""
        return self.held_out.micro_f1 if self.held_out else None


def report_multi_label(model: MultiLabelClassifier) -> MultiLabelReport:
    """Examine the support of a fitted classifier."""
    n = model.n_examples_
    label_matrix, texts = model.support_.label_matrix[:n], model.support_texts_[:n]
    labels = [str(label) for label in model.classes_.tolist()]
    probabilities = model.calibration_.probabilities(model.held_out_logits_[:n])
    known = probabilities.isfinite()  # an unknown one counts neither as given nor as true
    truth, given = label_matrix & known, model.held_out()[1][:n]
    f1, rows = f1_of_labels(truth, given), known.any(1)
    return MultiLabelReport(
        held_out=measure_sets(truth[rows], given[rows]) if truth.any() else None,
        held_out_examples=int(rows.sum()),
        labels=[
            LabelF1(label, int(label_matrix[:, k].sum()), float(f1[k]) if truth[:, k].any() else None)
            for k, label in enumerate(labels)
        ],
        suspected_errors=_suspected_errors(probabilities, label_matrix, texts, labels),
        detection_rate_wrong=_share(_ratio_against(probabilities[known & ~label_matrix]) > WRONG),
        detection_rate_missing=_share(1 / _ratio_against(probabilities[known & label_matrix]) > MISSING),
        **text_findings(model),
    )


def _suspected_errors(
    probabilities: Tensor, label_matrix: Tensor, texts: list[str], labels: list[str]
) -> list[SuspectedLabel]:
    """Return labels that look wrong, then labels that look missing, each by falling likelihood ratio."""
    ratio = torch.where(label_matrix, _ratio_against(probabilities), 1 / _ratio_against(probabilities))
    suspected = ratio > torch.where(label_matrix, WRONG, MISSING)
    errors = [
        SuspectedLabel(i, texts[i], labels[k], not bool(label_matrix[i, k]), float(ratio[i, k]))
        for i, k in suspected.nonzero().tolist()
    ]
    return sorted(errors, key=lambda error: (error.missing, -error.likelihood_ratio))


def _share(suspected: Tensor) -> float | None:
    return float(suspected.double().mean()) if len(suspected) else None


def _ratio_against(probabilities: Tensor) -> Tensor:
    """Return how many times likelier it is that a text does not have a label than that it has."""
    return (1 - probabilities).clamp(min=1e-12) / probabilities.clamp(min=1e-12)
