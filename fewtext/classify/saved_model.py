"""A saved model in memory: its settings and tensors, and the checks that they fit together."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import torch
from torch import Tensor

from fewtext.files.answer_log import Answer

Label = str | bool | int | float


@dataclass(frozen=True)
class Expected:
    """A measure, ``accuracy`` or ``F1``, and its value on this many held-out examples."""

    measure: str
    value: float
    examples: int


@dataclass(frozen=True)
class Provenance:
    """The day of the fit (empty where it is not known), versions by distribution, and what to expect of answers."""

    date: str
    versions: dict[str, str]
    expected: Expected | None


@dataclass(frozen=True)
class LeftOut:
    """What stands for the texts that were left out: the languages they are in, by ISO 639 code, and their scripts."""

    languages: list[str]
    scripts: list[str]


@dataclass(frozen=True)
class Settings:
    """The settings in the JSON file of a saved model.

    ``examples`` is the number of texts of the support that are examples; the others are label names. A new fit starts
    from ``prior``, the learner's own temperature, and ``name_weight``, the weight of label names. ``oos_label`` marks
    out-of-scope examples, ``tuner`` fine-tuned the encoder, and ``label_names`` says whether names count as texts.
    ``text_column`` and ``label_column`` are how the user's tables call their columns, where the names are not the usual
    ones, and ``matrix_columns`` the labels of the indicator matrix that it was fitted to. ``additions`` is what
    ``remove`` has to keep where it undoes ``add``; a file without it has none. ``left_out`` stands for the texts of
    examples where they were left out, so that all of them are empty.
    """

    learner: str
    options: dict[str, Any]
    backbone: str
    trained: bool
    encoder: str
    fingerprint: str
    shares: list[float] | None
    max_length: int | None
    labels: list[Label]
    examples: int
    temperature: float
    prior: float
    oos_label: Label | None
    name_weight: float
    tuner: str | None
    label_names: bool
    text_column: str | None
    label_column: str | list[str] | None
    matrix_columns: list[Label] | None
    made: Provenance
    additions: dict[str, list[str]] = field(default_factory=dict)
    left_out: LeftOut | None = None

    def fault(self) -> str:
        """Return what is wrong with labels or numbers of the right types; empty where nothing is."""
        if len({isinstance(label, str) for label in self.labels}) != 1:
            return "the labels are not all strings or all numbers"
        if any(isinstance(label, str) and not label.strip() for label in self.labels):
            return "a label is empty"
        if len(set(self.labels)) != len(self.labels):
            return "a label is repeated"
        for name in ("temperature", "prior", "name_weight"):
            if not 0 < getattr(self, name) < math.inf:
                return f"field {name!r} is {getattr(self, name)}, not a positive number"
        if self.matrix_columns is not None and not set(self.labels) <= set(self.matrix_columns):
            return "a label has no column in the indicator matrix"
        return ""


@dataclass(frozen=True)
class Marked:
    """Answers that were marked right or wrong, and what is learned from them.

    ``x`` ``[n, *shape]`` are the features of their texts, each once, in the order of the answers. ``weight``
    ``[n, ways]`` is how much each text counts as an example of each class; where a text may have several labels it is
    1 for one that the text has, -1 for one that it does not have, and 0 where that is not known.
    """

    answers: Sequence[Answer]
    x: Tensor
    weight: Tensor

    @property
    def right(self) -> int:
        """How many answers were right."""
        return sum(own.right for own in self.answers)

    @property
    def shown(self) -> str:
        """How many answers there are, in words."""
        count = len(self.answers)
        return f"{count:,} marked answer{'s' * (count != 1)}, {self.right:,} right and {count - self.right:,} wrong"


@dataclass(frozen=True)
class SavedHead:
    """The tensors of a fitted head and the code of the learner that they belong to; ``fault`` says what is wrong."""

    tensors: dict[str, Tensor]
    code: str
    fault: str = ""


@dataclass(frozen=True)
class SavedModel:
    """A saved model: settings, the support ``x, y, weight`` with its texts, and the learner's weights.

    ``y`` ``[n]`` are classes. Where a text may have several labels, ``y`` is ``[n, labels]``, true for the labels that
    it has, and each label has an offset and a threshold. A fine-tuned encoder adds its trained weights, and
    ``held_out``: logits of the examples held out from fine-tuning, and their rows. ``out_of_scope`` ``[m, *shape]`` are
    the features of out-of-scope examples. ``head`` is what the fit gave, where that can be kept, and ``marked`` are
    answers that it has learned from.
    """

    settings: Settings
    x: Tensor
    y: Tensor
    weight: Tensor
    texts: list[str]
    learner_state: dict[str, Tensor]
    encoder_weights: dict[str, Tensor] = field(default_factory=dict)
    held_out: tuple[Tensor, Tensor] | None = None
    offsets: Tensor | None = None
    thresholds: Tensor | None = None
    out_of_scope: Tensor | None = None
    out_of_scope_texts: Sequence[str] = ()
    head: SavedHead | None = None
    marked: Marked | None = None

    @property
    def multi_label(self) -> bool:
        """True where a text may have several labels."""
        return self.y.dim() == 2

    def rows(self) -> list[tuple[str, Any]]:
        """Return each text with its label or list of labels, out-of-scope examples last."""
        labels = self.settings.labels
        if self.multi_label:
            shown: list[Any] = [[] for _ in self.y]
            for row, column in self.y.nonzero().tolist():
                shown[row].append(labels[column])
        else:
            shown = [labels[number] for number in self.y.tolist()]
        pairs = list(zip(self.texts, shown, strict=True))
        return pairs + [(text, self.settings.oos_label) for text in self.out_of_scope_texts]

    def fault(self) -> str:
        """Return which tensors do not fit together; empty where all do."""
        if not (_support_fits(self) and _labels_fit(self) and _out_of_scope_fits(self) and _marked_fit(self)):
            return "features, classes, weights and texts do not fit together"
        if self.held_out is not None:
            logits, rows = self.held_out
            if logits.shape != (len(rows), len(self.settings.labels)) or not ((rows >= 0) & (rows < len(self.y))).all():
                return "the logits of held-out examples do not fit the support"
        return ""


def _support_fits(saved: SavedModel) -> bool:
    x, y, weight = saved.x, saved.y, saved.weight
    as_many = len(x) == len(y) == len(weight) == len(saved.texts) >= saved.settings.examples >= 0 < len(x)
    return as_many and weight.dim() == 1 and bool((weight >= 0).all()) and _is_finite(x) and _is_finite(weight)


def _labels_fit(saved: SavedModel) -> bool:
    y, ways = saved.y, len(saved.settings.labels)
    if not saved.multi_label:
        return y.dtype == torch.int64 and y.dim() == 1 and set(y.tolist()) == set(range(ways))
    if saved.offsets is None or saved.thresholds is None:
        return False
    if not saved.offsets.shape == saved.thresholds.shape == (ways,):
        return False
    finite = _is_finite(saved.offsets, torch.float64) and _is_finite(saved.thresholds, torch.float64)
    probable = finite and bool(((saved.thresholds >= 0) & (saved.thresholds <= 1)).all())
    return probable and y.dtype == torch.bool and y.shape[1] == ways and bool(y.any(0).all())


def _out_of_scope_fits(saved: SavedModel) -> bool:
    oos_label, x = saved.settings.oos_label, saved.out_of_scope
    if x is None:
        return oos_label is None and not saved.out_of_scope_texts
    fits = x.shape == (len(saved.out_of_scope_texts), *saved.x.shape[1:]) and _is_finite(x)
    return fits and not saved.multi_label and oos_label is not None and oos_label not in saved.settings.labels


def _marked_fit(saved: SavedModel) -> bool:
    marked, ways = saved.marked, len(saved.settings.labels)
    if marked is None:
        return True
    if not {own.label for own in marked.answers} <= set(saved.settings.labels):
        return False
    x, weight = marked.x, marked.weight
    fits = x.shape[1:] == saved.x.shape[1:] and weight.shape == (len(x), ways) and _is_finite(x) and _is_finite(weight)
    texts = len({own.text for own in marked.answers}) if saved.settings.left_out is None else len(x)
    return fits and 0 < texts == len(x) <= len(marked.answers) and bool((weight >= -int(saved.multi_label)).all())


def _is_finite(part: Tensor, dtype: torch.dtype = torch.float32) -> bool:
    return part.dtype == dtype and bool(part.isfinite().all())
