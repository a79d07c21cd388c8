"""Labels in a table: one a text, or several, in one cell (``a|b``, a list) or in a column for each label."""

from __future__ import annotations

import ast
import math
import re
import warnings
from collections.abc import Callable, Sequence
from typing import Any

from fewtext.errors import FewtextWarning, InputError, listed
from fewtext.files.json_text import from_json, without_lone_surrogates

LABEL, LABELS, BETWEEN, BETWEEN_COLUMNS = "label", "labels", "|", ","
_NUMBERED = re.compile(r"label[ _-]?\d+", re.IGNORECASE)
_NUMBERS = re.compile(r"\[[\d.\s]+\]")
_NO, _YES = ("", "0", "0.0", "false", "no"), ("1", "1.0", "true", "yes", "x")


def label_columns(header: Sequence[str], given: str | None) -> list[str]:
    """Return the names of the label columns: those given, separated by commas, or the usual ones."""
    if given is not None:
        single = given in header or BETWEEN_COLUMNS not in given
        return [given] if single else list(dict.fromkeys(name.strip() for name in given.split(BETWEEN_COLUMNS)))
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
    """Return the label of each row, or a tuple of its labels where a row may have ``several``; None for no label.

    A row is its place in a file and the cells of the columns with these ``names``. A text has several labels where
    there are several columns, a list, an object of numbers (whose keys with 0.5 and more are labels), or a ``|`` in any
    cell. Lists of 0 and 1 of equal length are indicator vectors. Columns of 0 and 1 say whether a text has the label in
    the column's name; in that case, or by an empty list, a text may have no label. Raises ``InputError`` for other
    values among 0 and 1.
    """
    rows = [cells for _, cells in placed]
    if len(names) == 1:
        rows = [[cell] for cell in _as_lists([row[0] for row in rows], placed)]
    if several is None:
        several = len(names) > 1 or any(isinstance(row[0], (list, dict)) or BETWEEN in text_of(row[0]) for row in rows)
    if not several:
        return [_label_in(row[0], text_of) for row in rows]
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
            raise InputError(f"{text!r} in column {name!r}, which has 0 and 1", where=place, hint="write 0 or 1")
    return [_labels_in(row, text_of) for row in rows]


def warn_of_several(labels: Sequence[str], path: str | None) -> None:
    """Warn of labels that look like several in one, and are read as one label each."""
    if joint := [label for label in labels if BETWEEN in label or _structure(label) is not None]:
        message = f"{path}: read as one label, as the classifier gives one a text: {listed(joint, 1)}"
        warnings.warn(message, FewtextWarning, stacklevel=3)


def _as_lists(cells: Sequence[Any], placed: Sequence[tuple[str, Sequence[Any]]]) -> list[Any]:
    """Return cells with indicator vectors and objects of numbers replaced by lists of labels."""
    structures = [_structure(cell) for cell in cells]
    values = [value for own in structures if isinstance(own, dict) for value in own.values()]
    if any(value not in (0, 1, None) for value in values if _is_share(value)):
        message = f"{placed[0][0]}: the keys of objects with numbers of 0.5 and more are read as labels"
        warnings.warn(message, FewtextWarning, stacklevel=5)
    lists = [own for own in structures if isinstance(own, list)]
    if lists and len(lists) == len([cell for cell in cells if cell not in (None, "")]) and _are_indicators(lists):
        message = f"{placed[0][0]}: lists of 0 and 1 are read as indicators of the labels 0 to {len(lists[0]) - 1}"
        warnings.warn(message, FewtextWarning, stacklevel=5)
        structures = [None if own is None else [str(i) for i, flag in enumerate(own) if flag] for own in structures]
    return [
        cell if own is None else _labels_of(own) if isinstance(own, dict) else own
        for cell, own in zip(cells, structures, strict=True)
    ]


def _are_indicators(lists: Sequence[list[Any]]) -> bool:
    """Whether all lists are indicator vectors: 0 and 1 only, of one length above 1."""
    length = len(lists[0])
    return length > 1 and all(len(own) == length and all(flag in (0, 1) for flag in own) for own in lists)


def _labels_of(own: dict[str, Any]) -> list[str] | dict[str, Any]:
    """Return the keys of an object whose numbers are 0.5 and more; an object of other values unchanged."""
    if not all(_is_share(value) for value in own.values()):
        return own
    return [key for key, value in own.items() if value is not None and value >= 0.5]


def _is_share(value: Any) -> bool:
    return value is None or (isinstance(value, (bool, int, float)) and 0 <= value <= 1)


def _labels_in(cells: Sequence[Any], text_of: Callable[[Any], str]) -> tuple[str, ...] | None:
    """Return the labels in all cells of a row; None where there are none, or a cell is not a label."""
    lists = [_structure(cell) for cell in cells]
    parts = [
        part for cell, own in zip(cells, lists, strict=True) for part in (own if isinstance(own, list) else [cell])
    ]
    nested = any(isinstance(part, (list, dict, tuple, bool)) for part in parts)
    if nested or any(isinstance(own, dict) or (own and (None in own or _are_measurements(own))) for own in lists):
        return None
    labels = (label.strip() for part in parts for label in text_of(part).split(BETWEEN))
    distinct = tuple(dict.fromkeys(label for label in labels if label))
    return distinct if distinct or any(own is not None for own in lists) else None


def _are_measurements(own: Sequence[Any]) -> bool:
    """Whether numbers are measurements instead of labels: fractions, or a number is repeated."""
    numbers = [item for item in own if isinstance(item, (int, float))]
    return len(set(numbers)) < len(numbers) or any(number != number // 1 for number in numbers)


def _structure(cell: Any) -> list[Any] | dict[str, Any] | None:
    """Return the list or object that a cell is, or that its text is in JSON or Python; None for another cell."""
    if isinstance(cell, str):
        return _read_structure(cell.strip())
    if isinstance(cell, list) and cell and all(isinstance(item, tuple) and len(item) == 2 for item in cell):
        return {str(key): value for key, value in cell}  # a map of parquet
    return cell if isinstance(cell, (list, dict)) else None


def _read_structure(text: str) -> list[Any] | dict[str, Any] | None:
    if text[:1] + text[-1:] not in ("[]", "{}"):
        return None
    for read in (from_json, _read_python):
        try:
            value = read(text)
        except (ValueError, SyntaxError, MemoryError, RecursionError):
            continue
        try:
            return without_lone_surrogates(value) if isinstance(value, (list, dict)) else None
        except (TypeError, ValueError):  # sets, bytes and other literals of Python that are not labels
            return [None]
    return None


def _read_python(text: str) -> Any:
    """Parse a literal of Python or an array as numpy prints it, without commas: Python would join 'a' 'b'."""
    between = r"(?<=[\d.])\s+(?=\d)" if _NUMBERS.fullmatch(text) else r"""(?<=['"])\s+(?=['"])"""
    return ast.literal_eval(re.sub(between, ", ", text))


def _label_in(cell: Any, text_of: Callable[[Any], str]) -> str | None:
    """Return the label in a cell or in a list of one; None for an empty cell, a longer list or another object."""
    own = _structure(cell)
    if own is not None:
        cell = own[0] if isinstance(own, list) and len(own) == 1 else None
    return None if isinstance(cell, (list, dict, tuple)) else text_of(cell) or None


def _is_number(text: str) -> bool:
    try:
        return math.isfinite(float(text))
    except ValueError:
        return False
