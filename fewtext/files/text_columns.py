"""Texts in several columns, such as a subject and a body, joined into one text a row."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import Any

from fewtext.errors import FewtextError, InputError
from fewtext.files.columns import as_text, header_of, position
from fewtext.files.tables import Row, Table

BETWEEN, BETWEEN_NAMES = "\n", ","

TextColumn = str | Sequence[str] | None
"""The name of a column of texts, or those of several whose texts are joined: a list, or ``A,B``."""


def text_columns(text_column: TextColumn) -> list[str]:
    """Return the names in ``A,B`` or in a list; none where no column is named.

    Raises ``FewtextError`` for an empty list, and for a comma in one of several names, which would be two of them.
    """
    if text_column is None or isinstance(text_column, str):
        return [name.strip() for name in (text_column or "").split(BETWEEN_NAMES) if name.strip()]
    names = list(text_column)
    if not names:
        raise FewtextError("parameter 'text_column' is a list without names", hint="name a column of texts")
    if len(names) > 1 and (odd := [name for name in names if BETWEEN_NAMES in name]):
        raise FewtextError(f"the name of column {odd[0]!r} has a comma, which joins columns", hint="rename it")
    return names


def joint_name(text_column: TextColumn) -> str | None:
    """Return the names as one, ``A,B``, as the command line takes them and a saved model keeps them."""
    if text_column is None or isinstance(text_column, str):
        return text_column
    return BETWEEN_NAMES.join(text_columns(text_column))


def joined_text(cells: Iterable[Any]) -> str:
    """Return the texts in the cells of a row as one, the empty ones left out."""
    return BETWEEN.join(text for cell in cells if (text := as_text(cell)))


def with_joined_texts(table: Table, text_column: str | None, lenient: bool = False) -> tuple[Table, str | None]:
    """Return the table, and the column that holds its texts: if several are named, a first one that joins their cells.

    A column whose own name has a comma is one column. Raises ``InputError`` where one of several is missing. With
    ``lenient`` a table that has none of them is returned as it is.
    """
    names, header = text_columns(text_column), header_of(table)
    if text_column in header or len(names) < 2:
        return table, text_column
    if table.columns is not None and len(header) == 1:  # a text a line
        return table, header[0]
    for name in names:
        if header.count(name) > 1:
            what = f"{header.count(name)} columns are called {name!r}"
            raise InputError(what, where=table.path, hint="rename one of them")
    at = [position(header, name) for name in names]
    places = [place for place in at if place is not None]
    if len(places) < len(names):
        if lenient and not places:
            return table, text_column
        missing = next(name for name, place in zip(names, at, strict=True) if place is None)
        what = f"no column {missing!r} among {', '.join(map(repr, header))}"
        raise InputError(what, where=table.path, hint="name the columns of texts, as A,B, by parameter 'text_column'")
    joint = BETWEEN_NAMES.join(names)

    def joined(row: Row) -> Row:
        return replace(row, cells=[_joined(row.cells, places, len(header), table.delimiter), *row.cells])

    if table.columns is not None:
        return replace(table, columns=[joint, *table.columns], rows=[joined(row) for row in table.rows]), joint
    first, *rest = table.rows
    rows = [replace(first, cells=[joint, *first.cells]), *(joined(row) if row.cells else row for row in rest)]
    return replace(table, rows=rows), joint


def _joined(cells: Sequence[Any], places: Sequence[int], width: int, delimiter: str) -> str:
    if len(cells) > width:  # a delimiter in an unquoted last cell
        cells = [*cells[: width - 1], delimiter.join(map(str, cells[width - 1 :]))]
    return joined_text(cells[at] for at in places if at < len(cells))
