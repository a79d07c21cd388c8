"""A file of corrections: the rows that ``check`` wrote, with a decision on each that is to be changed."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from fewtext.errors import InputError
from fewtext.files.columns import as_label, as_text, with_columns
from fewtext.files.label_columns import BETWEEN, LABEL
from fewtext.files.tables import read_table

DECISION, REMOVE = "decision", "remove"


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
    columns, rows, where = with_columns(table, {"text": None, LABEL: None, DECISION: None})
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
        text, label, decision = (row.cells[where[role]] for role in ("text", LABEL, DECISION))
        if not (wanted := as_label(decision)):
            continue
        removes = wanted.casefold() == REMOVE
        if removes and wanted in labels:
            hint = "use the commands add and remove for its examples"
            raise InputError(
                f"{wanted} is a label of the classifier, so what it decides is unclear", where=place, hint=hint
            )
        corrections.append(
            Correction(place, as_text(text), _labels(label, several), None if removes else _labels(decision, several))
        )
    return corrections, count


def _labels(cell: Any, several: bool) -> Any:
    label = as_label(cell)
    return tuple(filter(None, map(str.strip, label.split(BETWEEN)))) if several else label
