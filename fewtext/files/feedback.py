"""A file of corrections: the rows that ``check`` wrote, with a decision on each that is to be changed."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Any

from fewtext.errors import InputError
from fewtext.files.columns import as_label, as_text, with_columns
from fewtext.files.label_columns import BETWEEN, LABEL
from fewtext.files.tables import read_table

TEXT, DECISION, REMOVE = "text", "decision", "remove"
COLUMNS = TEXT, LABEL, DECISION


@dataclass(frozen=True)
class Correction:
    """A text with its given label, or tuple of labels, and the decided one; None removes the example.

    ``where`` is the place in the file, for messages.
    """

    where: str
    text: str
    label: Any
    decision: Any


def read_corrections(path: str, several: bool, labels: frozenset[str] = frozenset()) -> tuple[list[Correction], int]:
    """Return the corrections of a file, and how many rows it has in all; a row without a decision changes nothing.

    Where a text may have ``several`` labels, label and decision are ``a|b``. The word ``remove`` removes an example.
    Raises ``InputError`` for a row that cannot be read, and for that word where it is one of the ``labels``.
    """
    table = read_table(path)
    columns, rows, where = with_columns(table, dict.fromkeys(COLUMNS))
    corrections, count = [], 0
    for row in rows:
        place = f"{path}:{row.line}"
        if row.line in table.broken:
            raise InputError(table.broken[row.line], where=place)
        if not row.cells:
            continue
        if len(row.cells) != len(columns):
            raise InputError(f"{len(row.cells)} instead of {len(columns)} fields", where=place)
        count += 1
        if own := correction(place, [row.cells[where[role]] for role in COLUMNS], several, labels):
            corrections.append(own)
    return corrections, count


def correction(where: str, cells: Sequence[Any], several: bool, labels: Collection[str]) -> Correction | None:
    """Return the correction in the cells of ``COLUMNS``, None where nothing is decided; see ``read_corrections``."""
    text, label, decision = cells
    if not (wanted := decision if isinstance(decision, (list, tuple)) else as_label(decision)):
        return None
    removes = isinstance(wanted, str) and wanted.casefold() == REMOVE
    if removes and wanted in labels:
        hint = "use the commands add and remove for its examples"
        raise InputError(
            f"{wanted} is a label of the classifier, so what it decides is unclear", where=where, hint=hint
        )
    return Correction(where, as_text(text), _labels(label, several), None if removes else _labels(decision, several))


def _labels(cell: Any, several: bool) -> Any:
    if several and isinstance(cell, (list, tuple)):
        return tuple(map(as_label, cell))
    label = as_label(cell)
    return tuple(filter(None, map(str.strip, label.split(BETWEEN)))) if several else label
