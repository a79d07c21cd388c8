"""Labels as they stand in a table: one a text, or several, in one cell (``a|b``, a list) or in columns of their own."""

from __future__ import annotations

import ast
import json
import math
import re
import warnings
from collections.abc import Callable, Sequence
from typing import Any

from fewtext.errors import FewtextWarning, InputError
from fewtext.tables import without_halves

LABEL, LABELS, BETWEEN = "label", "labels", "|"
_NUMBERED = re.compile(r"label[ _-]?\d+", re.IGNORECASE)
_NO, _YES = ("", "0", "0.0", "false", "no"), ("1", "1.0", "true", "yes", "x")


def label_columns(header: Sequence[str], given: str | None) -> list[str]:
    """Return the columns that hold labels: those given, commas between them, or by their names."""
    if given is not None:
        whole = given in header or "," not in given
        return [given] if whole else list(dict.fromkeys(name.strip() for name in given.split(",")))
    folded = [name.strip().casefold() for name in header]
    numbered = [name for name in header if _NUMBERED.fullmatch(name.strip())]
    if LABEL in folded or not (LABELS in folded or len(numbered) > 1):
        return [LABEL]
    return [LABELS] if LABELS in folded else numbered


def read_labels(
    placed: Sequence[tuple[str, Sequence[Any]]],
    names: Sequence[str],
    text_of: Callable[[Any], str],
    several: bool | None,
) -> list[Any]:
    """Return the label of each row, or a tuple of its labels where a row may have ``several``; None for no answer.

    A row is its place in a file and the cells of the columns with these ``names``. There are several labels a text
    where there are several columns, a list, or a ``|`` in any cell. Columns of 0 and 1 say whether a text has the label
    that they are named after; then, and by an empty list, a text may have none. Raises ``InputError`` for other numbers
    there, and other cells among 0 and 1.
    """
    rows = [cells for _, cells in placed]
    if several is None:
        several = len(names) > 1 or any(_listed(row[0]) is not None or BETWEEN in text_of(row[0]) for row in rows)
    if not several:
        return [text_of(_alone(row[0])) or None for row in rows]
    texts = [[text_of(cell).casefold() for cell in row] for row in rows]
    cells = [text for row in texts for text in row if text]
    flags = sum(text in _YES + _NO for text in cells)
    numbers = bool(cells) and all(text in _YES + _NO or _is_number(text) for text in cells)
    named = not any(_NUMBERED.fullmatch(name) or name.casefold() in (LABEL, LABELS) for name in names)
    if named and (flags or numbers) and (len(names) > 1 or flags == len(cells)):
        odd = [
            (place, name, text)
            for (place, _), row in zip(placed, texts, strict=True)
            for name, text in zip(names, row, strict=True)
            if text not in _NO + _YES
        ]
        if not odd:
            return [tuple(n for n, text in zip(names, row, strict=True) if text in _YES) for row in texts]
        if len(odd) < flags or numbers:
            place, name, text = odd[0]
            raise InputError(f"{text!r} in column {name!r}, which has 0 and 1", where=place, cure="write 0 or 1")
    return [_together(row, text_of) for row in rows]


def warn_of_several(labels: Sequence[str], path: str | None) -> None:
    """Warn of labels that look like several in one, where they are taken whole."""
    if found := [label for label in labels if BETWEEN in label or _listed(label) is not None]:
        more = f" (and {len(found) - 1} more like it)" if len(found) > 1 else ""
        told = f"{path}: {found[0]}{more} is taken for one label, as the classifier gives one a text"
        warnings.warn(told, FewtextWarning, stacklevel=3)


def _together(cells: Sequence[Any], text_of: Callable[[Any], str]) -> tuple[str, ...] | None:
    """Return the labels in all cells of a row; None where there is no cell, or one that holds no label."""
    lists = [_listed(cell) for cell in cells]
    parts = [part for cell, own in zip(cells, lists, strict=True) for part in ([cell] if own is None else own)]
    if any(isinstance(part, (list, dict, bool)) for part in parts) or any(None in own for own in lists if own):
        return None
    labels = (label.strip() for part in parts for label in text_of(part).split(BETWEEN))
    found = tuple(dict.fromkeys(label for label in labels if label))
    return found if found or any(own is not None for own in lists) else None


def _listed(cell: Any) -> list[Any] | None:
    """Return a list that a cell is, or that it spells as JSON and Python do."""
    if isinstance(cell, list):
        return cell
    if not (isinstance(cell, str) and cell.strip().startswith("[") and cell.strip().endswith("]")):
        return None
    for read in (json.loads, ast.literal_eval):
        try:
            found = read(cell.strip())
        except (ValueError, SyntaxError, MemoryError, RecursionError):
            continue
        return without_halves(found) if isinstance(found, list) else None
    return None


def _alone(cell: Any) -> Any:
    """Return the one thing in a list of one, and what is no such list as it is."""
    own = _listed(cell)
    return own[0] if own and len(own) == 1 else cell


def _is_number(text: str) -> bool:
    try:
        return math.isfinite(float(text))
    except ValueError:
        return False
