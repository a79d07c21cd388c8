"""Rows of a table as objects, which is what exports are made of."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from typing import Any

from fewtext.files.columns import as_text
from fewtext.files.exports.record import broken
from fewtext.files.tables import Table

_FIRST = 50  # rows that a format is recognised by


class Rows:
    """The rows of a table by column name, for formats to be recognised and read."""

    def __init__(self, table: Table) -> None:
        self.path, self.table = table.path, table
        named = table.columns is not None
        self.columns = table.columns if table.columns is not None else self._header()
        self.body = table.rows if named else table.rows[1:]

    def _header(self) -> list[str]:
        return [as_text(cell) for cell in self.table.rows[0].cells] if self.table.rows else []

    def first(self) -> Iterator[tuple[int, dict[str, Any]]]:
        """Yield the line and the cells of the first rows, those that can be read."""
        return itertools.islice(self.good(), _FIRST)

    def good(self) -> Iterator[tuple[int, dict[str, Any]]]:
        """Yield the line and the cells of each row that can be read."""
        for row in self.body:
            if row.line not in self.table.broken and len(row.cells) == len(self.columns):
                yield row.line, dict(zip(self.columns, row.cells, strict=True))

    def all(self) -> Iterator[tuple[int, dict[str, Any]]]:
        """Yield the line and the cells of each row; raise ``InputError`` for one that cannot be read."""
        for row in self.body:
            if row.line in self.table.broken:
                raise broken(self.path, row.line, self.table.broken[row.line])
            if not row.cells:  # a blank line
                continue
            if len(row.cells) != len(self.columns):
                raise broken(self.path, row.line, f"{len(row.cells)} instead of {len(self.columns)} fields")
            yield row.line, dict(zip(self.columns, row.cells, strict=True))
