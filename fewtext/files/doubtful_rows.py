"""Doubtful rows of a labelled file: rejected by an annotator, or with an odd label."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from typing import Any

from fewtext.files.columns import RowProblems, as_text

_VERDICTS = {"answer", "status", "state", "decision", "annotation_status", "record_status", "review_status"}
_REJECTED = {"reject", "rejected", "ignore", "ignored", "discard", "discarded", "skip", "skipped"}
_FLAGS = _REJECTED - {"reject", "ignore", "discard", "skip"} | {"was_cancelled"}
_MISSING = {
    r"\N",
    "None",
    "nan",
    "NaN",
    "NAN",
    "NULL",
    "Null",
    "null",
    "NA",
    "N/A",
    "n/a",
    "#N/A",
    "<NA>",
    "NaT",
    "inf",
}
_UNLABELLED = "-1"
_JOINTS = re.compile(r"[#;,]")


def verdict_columns(columns: Sequence[str], in_use: Iterable[int]) -> list[int]:
    """Return the positions of columns where annotation tools mark rows as rejected, except those in use."""
    names = _VERDICTS | _FLAGS | {f"is_{name}" for name in _FLAGS}
    return [at for at, name in enumerate(columns) if name.strip().casefold() in names and at not in in_use]


def rejection(columns: Sequence[str], cells: Sequence[Any], at: Sequence[int]) -> str:
    """Return how a row is marked as rejected in the verdict columns ``at``; empty where it is not."""
    for place in at:
        name, verdict = columns[place].strip(), as_text(cells[place]).casefold()
        if name.casefold() in _VERDICTS and verdict in _REJECTED:
            return f"marked {verdict} in column {name!r}"
        if name.casefold() not in _VERDICTS and verdict in ("true", "1", "yes"):
            return f"marked in column {name!r}"
    return ""


def note_odd_labels(problems: RowProblems, labels: Sequence[Any], lines: Sequence[int]) -> None:
    """Note the rows whose label looks like a missing value, or like several other labels of the file in one."""
    label_sets = [own if isinstance(own, tuple) else (own,) for own in labels]
    all_labels = {label for own in label_sets for label in own}
    missing = _MISSING if {_UNLABELLED} < all_labels <= {_UNLABELLED, "0", "1"} else {*_MISSING, _UNLABELLED}
    reasons = {}
    for label in all_labels:
        parts = [part.strip() for part in _JOINTS.split(label)]
        if label in missing:
            reasons[label] = f"label {label!r} looks like a missing value"
        elif len(parts) > 1 and set(parts) <= all_labels:
            reasons[label] = f"label {label!r} looks like {', '.join(parts)} in one; write {'|'.join(parts)}"
    for own, line in zip(label_sets, lines, strict=True):
        for label in own:
            if label in reasons:
                problems.add(reasons[label], line)
