"""Names of rows: the number that a spreadsheet shows, the line of the file where that differs, and the row's id."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from fewtext.errors import InputError, listed
from fewtext.files.tables import Row, Table

_ID_WORDS = {"id", "key", "uuid", "guid", "ticket", "case", "number", "nr", "no", "#"}
_LONGEST_ID = 40


class RowNames:
    """How the rows of a table are called."""

    def __init__(self, table: Table, ids: dict[int, str] | None = None, id_column: str | None = None) -> None:
        self.table, self.ids, self.id_column = table, ids or {}, id_column
        self._numbers = {row.line: row.number for row in table.rows}
        self._differ = any(line != number for line, number in self._numbers.items())

    def listed(self, lines: Sequence[int]) -> str:
        """Return the rows that begin in these lines, as a message names them: ``row 3, line 7``."""
        if not self._differ and not self.ids:
            return f"{'row' if self.table.is_workbook else 'line'} {listed(lines)}"
        if not self._differ:
            word = "row" if self.table.is_workbook else "line"
            return f"{word} {listed([f'{line}{self._id(line)}' for line in lines])}"
        return f"row {listed([self.name(line) for line in lines])}"

    def name(self, line: int) -> str:
        """Return one row's number, with its line where that differs, and its id where the table has any."""
        number = self._numbers.get(line, line)
        beside = f" (line {line})" if number != line else ""
        return f"{number}{beside}{self._id(line)}"

    def _id(self, line: int) -> str:
        return f" [{self.ids[line]}]" if self.ids.get(line) else ""


def row_names(
    table: Table, columns: Sequence[str], rows: Sequence[Row], used: Sequence[int], given: str | None
) -> RowNames:
    """Return the names of a table's rows, with the ids of the column ``given``, or of one that is found."""
    at = _id_place(columns, rows, used, given, table.path)
    if at is None:
        return RowNames(table)
    return RowNames(table, {row.line: _value(row, at) for row in rows}, columns[at])


def _id_place(
    columns: Sequence[str], rows: Sequence[Row], used: Sequence[int], given: str | None, path: str
) -> int | None:
    """Return the position of the column that names rows: the one ``given``, else one of unique short values.

    Columns in use as texts or labels are none. Without a name that says so, a column of numbers, dates or longer
    texts is none either. Raises ``InputError`` where the given column is missing or names two rows alike.
    """
    if given is not None:
        if given not in columns:
            what = f"no column {given!r} among {', '.join(map(repr, columns))}"
            raise InputError(what, where=path, hint="name another by parameter 'id_column', or leave it out")
        at = list(columns).index(given)
        seen: dict[str, int] = {}
        for row in rows:
            value = _value(row, at)
            if value and value in seen:
                what = f"{value!r} stands in column {given!r} twice, in row {seen[value]} and row {row.number}"
                raise InputError(what, where=path, hint="choose a column whose values are unique")
            seen[value] = row.number
        return at
    for at, name in enumerate(columns):
        if at in used or len(rows) < 2 or not _says_id(name):
            continue
        values = [_value(row, at) for row in rows if row.cells]
        short = all(value and len(value) <= _LONGEST_ID and len(value.split()) == 1 for value in values)
        if short and len(set(values)) == len(values):
            return at
    return None


def _says_id(name: str) -> bool:
    words = name.strip().replace("_", " ").replace("-", " ").replace(".", " ").casefold().split()
    camel = name.strip().endswith(("Id", "ID"))
    return camel or any(word in _ID_WORDS for word in words)


def _value(row: Row, at: int) -> str:
    cell: Any = row.cells[at] if at < len(row.cells) else None
    return "" if cell is None else str(cell).strip()
