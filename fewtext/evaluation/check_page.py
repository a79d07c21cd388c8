"""The page of examples that ``fewtext check`` writes: each with what a classifier made of it that had not seen it."""

from __future__ import annotations

import math
from collections.abc import Sequence

import torch

from fewtext.classify.multi_label import MultiLabelClassifier
from fewtext.classify.prediction import Neighbour, Neighbours
from fewtext.classify.single_label import SingleLabelClassifier
from fewtext.evaluation.browse_page import BrowseRow, Column, browse_page
from fewtext.files.label_columns import BETWEEN
from fewtext.quality.doubts import Doubt
from fewtext.quality.multi_label import MultiLabelReport
from fewtext.quality.single_label import SingleLabelReport

NEAREST = 3
COLUMNS = [
    Column("row", "number"),
    Column("text"),
    Column("label"),
    Column("label's probability", "percent"),
    Column("suggested label"),
    Column("in doubt"),
]


def check_page(
    title: str,
    model: SingleLabelClassifier | MultiLabelClassifier,
    report: SingleLabelReport | MultiLabelReport,
    labels: Sequence[str | tuple[str, ...]],
    doubts: Sequence[Doubt],
    numbers: Sequence[int],
) -> str:
    """Return the page; ``labels`` and ``numbers`` are the label, or labels, and the row's number of each example.

    A label's probability is by a classifier that has not seen the example; of several labels it is the smallest.
    """
    n, in_doubt = model.n_examples_, {own.place: own for own in doubts}
    probabilities = _of_given_labels(model)
    near = Neighbours(model, NEAREST + 1).of(model.support_.x[:n])
    rows = []
    for place, (text, own) in enumerate(zip(model.support_texts_[:n], labels, strict=True)):
        several = own if isinstance(own, tuple) else (own,)
        doubt = in_doubt.get(place)
        cells = [
            numbers[place], text, BETWEEN.join(several), probabilities[place],
            doubt.suggested_label if doubt else "", doubt.reason if doubt else "",
        ]  # fmt: skip
        details = []
        if doubt and doubt.likelihood_ratio is not None:
            details.append(f"likelihood ratio against the label: {doubt.likelihood_ratio:.3g}")
        if doubt and doubt.error_probability is not None:
            details.append(f"probability that it is wrong, if one label in ten is: {doubt.error_probability:.0%}")
        others = _without_itself(near[place], text, BETWEEN.join(several))
        rows.append(BrowseRow(cells, list(several), probabilities[place], details, others))
    expected = f"expected {report.measure}: {'unknown' if report.expected is None else f'{report.expected:.0%}'}"
    facts = [f"{n:,} examples", f"{len(in_doubt):,} in doubt", expected]
    return browse_page(title, facts, COLUMNS, rows, "probability")


def _of_given_labels(model: SingleLabelClassifier | MultiLabelClassifier) -> list[float | None]:
    """Return the held-out probability of each example's label; None where it could not be held out."""
    n = model.n_examples_
    if isinstance(model, MultiLabelClassifier):
        probabilities = model.calibration_.probabilities(model.held_out_logits_[:n])
        of_given = probabilities.masked_fill(~model.support_.label_matrix[:n], 1.0).amin(1)
        return [round(value, 4) if math.isfinite(value) else None for value in of_given.tolist()]
    found: list[float | None] = [None] * n
    probabilities, rows = model.held_out()
    values = probabilities[torch.arange(len(rows)), model.support_.y[rows]]
    for row, value in zip(rows.tolist(), values.tolist(), strict=True):
        found[row] = round(value, 4)
    return found


def _without_itself(near: Sequence[Neighbour], text: str, label: str) -> list[Neighbour]:
    own = next((i for i, one in enumerate(near) if one.text == text and not one.is_name and one.label == label), None)
    return [one for i, one in enumerate(near) if i != own][:NEAREST]
