"""Scoring a fitted classifier on one's own labelled texts, with what was expected beside what was measured."""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import torch

from fewtext.classify.encoded import CHUNK, encoded_texts
from fewtext.classify.multi_label import MultiLabelClassifier
from fewtext.classify.predict import check_one_label_only
from fewtext.classify.selective import CONFIDENCE
from fewtext.classify.single_label import SingleLabelClassifier
from fewtext.contracts.encoder import Progress
from fewtext.contracts.labels import normal_form
from fewtext.errors import FewtextError, FewtextWarning, listed
from fewtext.evaluation.report import encoder_facts, versions
from fewtext.evaluation.score_label_sets import score_label_sets
from fewtext.evaluation.score_labels import score_labels
from fewtext.evaluation.score_report import ScoreReport


def score(
    model: SingleLabelClassifier | MultiLabelClassifier,
    texts: Sequence[Any],
    labels: Sequence[Any],
    *,
    precision: float | None = None,
    confidence: float = CONFIDENCE,
    ood_keep: float | None = None,
    oos_label: str | None = None,
    transductive: bool = False,
    progress: Progress | None = None,
) -> ScoreReport:
    """Measure a fitted classifier on texts that it has not seen, given their labels.

    ``precision``, the ``confidence`` that it is kept, and ``ood_keep`` are what ``classify`` takes: what is expected of
    them is compared with what is measured. Texts whose label is ``oos_label`` (by default the classifier's own) are out
    of scope: they tell what ``ood_keep`` sets apart, and count for the accuracy only where the classifier has learned
    that label. A label without an example counts as wrong; a text that is one of the examples makes the accuracy too
    high. A warning says how many there are.
    """
    if not texts:
        raise FewtextError("no labelled texts to score", hint="give some texts with their labels")
    parts = list(encoded_texts(model, texts, CHUNK, progress))
    rows = [number * CHUNK + row for number, part in enumerate(parts) for row in part.rows]
    if not rows:
        raise FewtextError("none of the texts can be answered", hint="give texts that are not blank")
    features = torch.cat([part.features for part in parts])
    answered, true = [texts[row] for row in rows], [labels[row] for row in rows]
    if isinstance(model, MultiLabelClassifier):
        check_one_label_only(ood_keep=ood_keep, transductive=transductive, oos_label=oos_label)
        report = score_label_sets(model, features, answered, true, precision, confidence)
    else:
        report = score_labels(
            model, features, answered, true, precision=precision, oos_label=oos_label, ood_keep=ood_keep,
            confidence=confidence, transductive=transductive,
        )  # fmt: skip
    seen = len({str(text) for text in answered} & {str(text) for text in model.support_texts_[: model.n_examples_]})
    if seen:
        what = "is an example" if seen == 1 else "are examples"
        message = f"{seen} of these texts {what} of the classifier: on new texts the accuracy is likely lower"
        warnings.warn(message, FewtextWarning, stacklevel=2)
    if model.left_out_ is not None:
        message = "whether these texts are among the examples cannot be seen: the examples' texts were left out"
        warnings.warn(message, FewtextWarning, stacklevel=2)
    if oos_label is not None and model.oos_label is None and normal_form(oos_label) not in map(normal_form, true):
        message = f"no text has the label {oos_label} of parameter 'oos_label': all are taken to be in scope"
        warnings.warn(message, FewtextWarning, stacklevel=2)
    if report.unknown_labels:
        message = f"labels without an example, whose texts are always answered wrong: {listed(report.unknown_labels)}"
        warnings.warn(message, FewtextWarning, stacklevel=2)
    return replace(
        report,
        wrong=[replace(wrong, row=rows[wrong.row]) for wrong in report.wrong],
        confused_pairs=[replace(pair, rows=[rows[row] for row in pair.rows]) for pair in report.confused_pairs],
        unanswered=len(texts) - len(rows),
        seen_texts=seen,
        described=_described(model, transductive),
    )


def _described(model: SingleLabelClassifier | MultiLabelClassifier, transductive: bool) -> dict[str, Any]:
    return {
        "learner": model.learner_.name,
        "options": dict(model.options or {}),
        "examples": model.n_examples_,
        "label_names": model.n_examples_ < len(model.support_texts_),
        **encoder_facts(model.encoder_),
        "transductive": transductive,
        "versions": versions(),
    }
