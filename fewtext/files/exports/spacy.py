"""spaCy: texts with ``cats``, an object of a number for each label."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, TextIO

from fewtext.files.exports.record import UNLABELLED, Export, Record, ToWrite, broken, counted
from fewtext.files.exports.rows import Rows
from fewtext.files.json_text import to_json

NAME = "spaCy"
_CATS = "cats"


def fits(rows: Rows) -> bool:
    """Whether there is a column ``cats`` of objects, and none that is called label."""
    if _CATS not in rows.columns or {"label", "labels", "answer"} & set(rows.columns):
        return False
    return any(isinstance(row[_CATS], dict) or _is_scores(row[_CATS]) for _, row in rows.first())


def read(rows: Rows, named: Sequence[str]) -> Export:
    """Read the labels of 0.5 and more; where that is one in each row, a text has one label."""
    records, between = [], 0
    for line, row in rows.all():
        cats = row.pop(_CATS)
        labels = None if cats in (None, {}, []) else above_half(rows.path, line, cats)
        values = cats.values() if isinstance(cats, dict) else []
        between += any(value not in (0, 1) for value in values)
        records.append(Record(line, row, {_CATS: labels}, UNLABELLED if labels is None else ""))
    several = any(len(record.labels[_CATS] or ()) != 1 for record in records if not record.aside)
    return Export(
        NAME,
        records,
        "text",
        frozenset({_CATS} if several else ()),
        ["labels are those of 0.5 and more"] if between else [],
    )


def above_half(path: str, line: int, cats: Any) -> tuple[str, ...]:
    """Return the labels of 0.5 and more; raise ``InputError`` where a value is no number from 0 to 1."""
    if _is_scores(cats):
        cats = {own["label"]: own["value"] for own in cats}
    if isinstance(cats, list) and all(isinstance(pair, tuple) for pair in cats):  # a map of parquet
        cats = dict(cats)
    if not isinstance(cats, dict):
        raise broken(path, line, "cats is no object of numbers")
    for label, value in cats.items():
        if value is not None and not (isinstance(value, (bool, int, float)) and 0 <= value <= 1):
            raise broken(path, line, f"cats has {str(value)[:40]!r} for {label!r} instead of a number from 0 to 1")
    return tuple(label for label, value in cats.items() if value is not None and value >= 0.5)


def _is_scores(cats: Any) -> bool:
    """Whether this is the older form: a list of ``{"label": ..., "value": ...}``."""
    return (
        isinstance(cats, list) and bool(cats) and all(isinstance(o, dict) and {"label", "value"} <= {*o} for o in cats)
    )


def write(content: ToWrite, stream: TextIO) -> list[str]:
    """Write a text a line with all labels, 1.0 for its own."""
    labels, unlabelled = content.all_labels, 0
    for one in content.examples:
        cats = {label: float(label in one.labels) for label in labels} if one.labels is not None else {}
        unlabelled += one.labels is None
        stream.write(to_json({"text": one.text, _CATS: cats, **({"meta": one.other} if one.other else {})}) + "\n")
    return [f"{counted(unlabelled, 'text')} without a label: empty cats"] if unlabelled else []
