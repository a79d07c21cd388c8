"""Labels as they stand in a table: one a text, or several, in one cell (``a|b``, a list) or in columns of their own."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from typing import Any

LABEL, LABELS, BETWEEN = "label", "labels", "|"
_NUMBERED = re.compile(r"label[ _-]?\d+", re.IGNORECASE)
_FLAGS = {"": False, "0": False, "1": True, "0.0": False, "1.0": True, "false": False, "true": True}


def label_columns(header: Sequence[str], given: str | None) -> list[str]:
    """Return the columns that hold labels: those given, commas between them, or by their names."""
    if given is not None:
        whole = given in header or BETWEEN in given or "," not in given
        return [given] if whole else [name.strip() for name in given.split(",")]
    folded = [name.strip().casefold() for name in header]
    numbered = [name for name in header if _NUMBERED.fullmatch(name.strip())]
    if LABEL in folded or not (LABELS in folded or len(numbered) > 1):
        return [LABEL]
    return [LABELS] if LABELS in folded else numbered


def read_labels(
    rows: Sequence[Sequence[Any]], names: Sequence[str], text_of: Callable[[Any], str], several: bool | None
) -> list[Any]:
    """Return the label of each row, or a tuple of its labels where a row may have ``several``; None for no answer.

    A row holds the cells of the columns with these ``names``. There are several labels a text where there are several
    columns, a list, or a ``|`` in any cell. Columns of 0 and 1 say whether a text has the label that they are named
    after; then, and by an empty list, a text may have none.
    """
    if several is None:
        several = len(names) > 1 or any(isinstance(cell, list) or BETWEEN in text_of(cell) for (cell,) in rows)
    if not several:
        return [text_of(row[0]) or None for row in rows]
    texts = [[text_of(cell) for cell in row] for row in rows]
    if len(names) > 1 and all(text.casefold() in _FLAGS for row in texts for text in row):
        return [tuple(n for n, text in zip(names, row, strict=True) if _FLAGS[text.casefold()]) for row in texts]
    return [_together(row, text_of) for row in rows]


def _together(cells: Sequence[Any], text_of: Callable[[Any], str]) -> tuple[str, ...] | None:
    parts = [part for cell in cells for part in (cell if isinstance(cell, list) else text_of(cell).split(BETWEEN))]
    found = tuple(dict.fromkeys(label for label in map(text_of, parts) if label))
    return found if found or any(isinstance(cell, list) for cell in cells) else None
