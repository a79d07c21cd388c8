"""Scoring where each text has one label: accuracy, confused pairs, calibration, abstention."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import torch
from torch import Tensor

from fewtext.classify.predict import similarity_and_threshold
from fewtext.classify.shift import outside as outside_of
from fewtext.classify.single_label import SingleLabelClassifier
from fewtext.contracts.labels import normal_form, spelled_as
from fewtext.errors import FewtextError
from fewtext.evaluation.expectations import out_of_scope_check, precision_check
from fewtext.evaluation.score_report import ScoreReport, WrongAnswer
from fewtext.metrics.classification import calibration_error, reliability
from fewtext.metrics.intervals import wilson
from fewtext.metrics.per_class import class_metrics, confused_pairs, macro_f1


def score_labels(
    model: SingleLabelClassifier,
    features: Tensor,
    texts: Sequence[Any],
    labels: Sequence[Any],
    *,
    precision: float | None,
    confidence: float,
    ood_keep: float | None,
    oos_label: str | None,
    transductive: bool,
) -> ScoreReport:
    """Measure answers to encoded texts ``[n, *shape]``, none of them blank."""
    jointly = model.transduce(features) if transductive else None
    probability, way = (jointly.probabilities if jointly else model.probabilities(features)).max(1)
    known, outside = model.classes_.tolist(), _oos_label(model, oos_label)
    learned = model.out_of_scope_ is not None  # the classifier answers with the label of out-of-scope texts itself
    every = known if outside is None else [*known, outside]
    spelling = spelled_as(every, labels)
    target = [spelling[label] for label in labels]
    is_outside = torch.tensor([outside is not None and normal_form(label) == normal_form(outside) for label in target])
    similarity, lowest = similarity_and_threshold(model, ood_keep)
    apart = similarity(features) < lowest
    refused = (
        apart if precision is None else apart | outside_of(model, texts, features, ood_keep is None and not learned)
    )
    answer = [outside if learned and below else known[k] for below, k in zip(apart.tolist(), way.tolist(), strict=True)]

    kept = [row for row, out in enumerate(is_outside.tolist()) if learned or not out]
    if not kept:
        raise FewtextError("all texts are out of scope", hint="give some with a label that the classifier knows")
    true, given = [target[row] for row in kept], [answer[row] for row in kept]
    right = torch.tensor([own == found for own, found in zip(true, given, strict=True)])
    confident, aside = probability[kept], apart[kept]
    sure = ~aside if learned else torch.ones_like(aside)  # the label of out-of-scope texts has no probability
    bins = reliability(confident[sure], right[sure])
    macro, interval = macro_f1(true, given)
    limit = (
        model.threshold(precision=precision, among=jointly, confidence=confidence) if precision is not None else None
    )
    return ScoreReport(
        texts=len(kept),
        accuracy=float(right.double().mean()),
        accuracy_interval=wilson(int(right.sum()), len(kept)),
        macro_f1=macro,
        macro_f1_interval=interval,
        classes=class_metrics(true, given),
        wrong=[
            WrongAnswer(
                row, str(texts[row]), str(target[row]), str(answer[row]), float(probability[row]) if has_one else None
            )
            for row, hit, has_one in zip(kept, right.tolist(), sure.tolist(), strict=True)
            if not hit
        ],
        unknown_labels=sorted({str(label) for label in true if label not in every}),
        confused_pairs=[
            replace(pair, rows=[kept[place] for place in pair.rows]) for pair in confused_pairs(true, given)
        ],
        mean_confidence=float(confident[sure].mean()) if bins else None,
        calibration_error=calibration_error(bins) if bins else None,
        reliability=bins,
        precision=precision_check(precision, limit, confident, right, refused[kept])
        if limit and precision is not None
        else None,
        out_of_scope=out_of_scope_check(ood_keep, apart, is_outside)
        if ood_keep is not None or is_outside.any()
        else None,
    )


def _oos_label(model: SingleLabelClassifier, asked: Any) -> Any:
    """Return the label that marks out-of-scope texts: the classifier's own, or the one asked for."""
    own = model.oos_label
    if asked is None or normal_form(asked) == normal_form(own):
        return own
    if own is not None:
        message = f"the classifier's label of out-of-scope examples is {own}, not {asked}"
        raise FewtextError(message, hint="leave out parameter 'oos_label'")
    if normal_form(asked) in map(normal_form, model.classes_.tolist()):
        message = f"{asked} is a label that the classifier answers with, so its texts are not out of scope"
        raise FewtextError(message, hint="give another label as parameter 'oos_label', or leave it out")
    return asked
