"""Rows of a labelled file that may not be meant as they stand: rejected by an annotator, or with an odd label."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from typing import Any

from fewtext.files.columns import Troubles, as_text

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


def verdicts(columns: Sequence[str], taken: Iterable[int]) -> list[int]:
    """Return where columns are in which tools for annotation keep whether a row was accepted; none of those taken."""
    known = _VERDICTS | _FLAGS | {f"is_{name}" for name in _FLAGS}
    return [at for at, name in enumerate(columns) if name.strip().casefold() in known and at not in taken]


def rejection(columns: Sequence[str], cells: Sequence[Any], at: Sequence[int]) -> str:
    """Return why a row is no example, or an empty string, by its cells in the columns of verdicts."""
    for place in at:
        name, verdict = columns[place].strip(), as_text(cells[place]).casefold()
        if name.casefold() in _VERDICTS and verdict in _REJECTED:
            return f"marked {verdict} in column {name!r}"
        if name.casefold() not in _VERDICTS and verdict in ("true", "1", "yes"):
            return f"marked in column {name!r}"
    return ""


def note_odd_labels(troubles: Troubles, labels: Sequence[Any], lines: Sequence[int]) -> None:
    """Add the rows whose label looks like a missing value, or like several of the file's other labels in one."""
    label_sets = [own if isinstance(own, tuple) else (own,) for own in labels]
    known = {label for own in label_sets for label in own}
    missing = _MISSING if {_UNLABELLED} < known <= {_UNLABELLED, "0", "1"} else {*_MISSING, _UNLABELLED}
    reasons = {}
    for label in known:
        parts = [part.strip() for part in _JOINTS.split(label)]
        if label in missing:
            reasons[label] = f"label {label!r} looks like a missing value"
        elif len(parts) > 1 and set(parts) <= known:
            reasons[label] = f"label {label!r} looks like {', '.join(parts)} in one; write {'|'.join(parts)}"
    for own, line in zip(label_sets, lines, strict=True):
        for label in own:
            if label in reasons:
                troubles.add(reasons[label], line)
