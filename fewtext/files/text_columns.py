"""Texts in several columns, such as a subject and a body, joined into one text a row."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from fewtext.errors import InputError
from fewtext.files.columns import as_text, header_of, position
from fewtext.files.tables import Row, Table

BETWEEN = "\n"


def text_columns(text_column: str | None) -> list[str]:
    """Return the names in ``A,B``; none where no column is named."""
    return [name.strip() for name in (text_column or "").split(",") if name.strip()]


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
    joint = ",".join(names)

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
    texts = [as_text(cells[at]) for at in places if at < len(cells)]
    return BETWEEN.join(text for text in texts if text)
