"""A file of corrections: the rows that ``check`` wrote, with a decision on each that is to be changed."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from fewtext.errors import InputError
from fewtext.files.columns import as_label, as_text, with_columns
from fewtext.files.label_columns import BETWEEN, LABEL
from fewtext.files.source import AnyPath
from fewtext.files.tables import Table, read_table
from fewtext.files.text_columns import with_joined_texts

TEXT, DECISION, REMOVE = "text", "decision", "remove"
ABOUT = ("suggested_label", "likelihood_ratio", "error_probability", "reason", DECISION)
"""Columns of a file of doubts beside text and label."""
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


def own_names(text_column: str | None, label_column: str | None, taken: Collection[str]) -> list[str]:
    """Return what the columns of texts and labels are called in a file that is written about them: as the user does.

    Where several columns were joined, or the name is ``taken`` by another column, it is the usual one.
    """
    pairs = (text_column, TEXT), (label_column, LABEL)
    return [name if name and "," not in name and name not in taken else usual for name, usual in pairs]


def read_corrections(
    path: AnyPath,
    several: bool,
    labels: frozenset[str] = frozenset(),
    text_column: str | None = None,
    label_column: str | None = None,
) -> tuple[list[Correction], int]:
    """Return the corrections of a file, and how many rows it has in all; a row without a decision changes nothing.

    The columns are called as ``own_names`` says, or ``text`` and ``label``. Where a text may have ``several`` labels,
    label and decision are ``a|b``. The word ``remove`` removes an example. Raises ``InputError`` for a row that cannot
    be read, and for that word where it is one of the ``labels``.
    """
    table = read_table(path, own_names(text_column, label_column, ABOUT)[0])
    return corrections_of(table, several, labels, text_column, label_column)


def corrections_of(
    table: Table, several: bool, labels: frozenset[str], text_column: str | None, label_column: str | None
) -> tuple[list[Correction], int]:
    """Return the corrections in a table, as ``read_corrections`` does."""
    rows = list(rows_of(table, DECISION, text_column, own_names(text_column, label_column, ABOUT)))
    found = (correction(place, cells, several, labels) for place, cells in rows)
    return [own for own in found if own is not None], len(rows)


def rows_of(read: Table, last: str, text_column: str | None, names: Sequence[str]) -> Iterator[tuple[str, list[Any]]]:
    """Yield the place of each row, and its cells in the columns of texts, of labels and the ``last`` one.

    ``names`` are what the first two are called. Raises ``InputError`` for a row that cannot be read.
    """
    table, joint = with_joined_texts(read, text_column, lenient=True)
    roles = {TEXT: names[0] if table is read else joint, LABEL: names[1], last: None}
    columns, rows, where = with_columns(table, roles, lenient=True)
    for row in rows:
        place = f"{read.path}:{row.line}"
        if row.line in table.broken:
            raise InputError(table.broken[row.line], where=place)
        if not row.cells:
            continue
        if len(row.cells) != len(columns):
            raise InputError(f"{len(row.cells)} instead of {len(columns)} fields", where=place)
        yield place, [row.cells[where[role]] for role in roles]


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
