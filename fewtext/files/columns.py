"""Columns of a table: which one holds the texts and which the labels, its cells as text, and problems in its rows."""

from __future__ import annotations

import re
import warnings
from collections import defaultdict
from collections.abc import Sequence
from typing import Any

from fewtext.errors import FewtextWarning, InputError
from fewtext.files.json_text import to_json
from fewtext.files.label_columns import LABEL, label_columns
from fewtext.files.row_names import RowNames
from fewtext.files.tables import Row, Table

_NAMED_BY_USER = ("text", LABEL)  # columns that a parameter can name
_WHOLE = re.compile(r"-?\d+\.0+")  # a whole number, as programs without integers write it


def header_of(table: Table) -> list[str]:
    """Return the names of columns, or the cells of the first row where the format has no names."""
    if table.columns is not None:
        return table.columns
    return [as_text(cell) for cell in table.rows[0].cells] if table.rows else []


def with_columns(
    table: Table, roles: dict[str, str | None], optional: str = "", lenient: bool = False
) -> tuple[list[str], list[Row], dict[str, int]]:
    """Return the columns, the rows below them and the position of each role's column.

    ``roles`` maps each standard column name to the name given by the user, or None; its order is that of a file
    without a header. With ``lenient`` the standard name is tried where the given one is missing.
    """
    rows = table.rows
    header = header_of(table)
    body = rows if table.columns is not None else rows[1:]
    where: dict[str, int] = {}
    for role, given in roles.items():
        if header.count(name := given or role) > 1:
            raise InputError(
                f"{header.count(name)} columns are called {name!r}", where=table.path, hint="rename one of them"
            )
        at = position(header, given or role)
        if at is None and lenient:
            at = position(header, role)
        if at is not None:
            where[role] = at
    missing = [role for role in roles if role not in where]
    if missing in ([], [optional]):
        return header, body, where
    if not rows:
        return header, [], dict.fromkeys(roles, 0)
    if not header:
        raise InputError("no row can be read", where=table.path, hint="check the format of the file")
    headerless = table.columns is None and not where and not any(roles.values())
    if headerless and len(header) in (len(roles), 2) and not _is_header(header, body):
        named = [*roles, LABEL][: len(header)]
        if len(header) > 1:
            labels_at = _labels_by_shape(rows)
            if labels_at is None and LABEL == named[1]:
                what = "has no header, and its columns do not show which one holds the labels"
                raise InputError(what, where=table.path, hint=f"add a header line: {','.join(named)} or the reverse")
            if labels_at is not None and named[labels_at] != LABEL:
                named.reverse()
        warnings.warn(
            f"{table.path} has no header: its columns are read as {','.join(named)}, its first row as data",
            FewtextWarning,
            stacklevel=4,
        )
        return named, rows, {role: named.index(role) for role in roles if role in named}
    if str(table.path).lower().endswith(".txt"):
        raise InputError(
            "has no labels: a .txt file is texts alone", where=table.path, hint="give csv, tsv, jsonl or parquet"
        )
    name = f"name the column by parameter '{missing[0]}_column', or " if missing[0] in _NAMED_BY_USER else ""
    raise InputError(
        f"no column {roles[missing[0]] or missing[0]!r} among {', '.join(map(repr, header))}",
        where=f"{table.path}:{rows[0].line}" if table.columns is None else table.path,
        hint=f"{name}add a header line with {' and '.join(roles)}",
    )


def _labels_by_shape(rows: Sequence[Row]) -> int | None:
    """Return which of two columns holds labels, by their being repeated and short; None where that is unclear."""
    pairs = [[as_text(cell) for cell in row.cells] for row in rows if len(row.cells) == 2]
    first, second = (len({pair[at] for pair in pairs}) for at in (0, 1))
    if max(first, second) >= 2 * min(first, second) > 0:
        return 0 if first < second else 1
    # Lengths are compared in words, not letters, since single words may be texts.
    longer = sum(len(pair[0].split()) - len(pair[1].split()) for pair in pairs)
    signs = {(value > 0) - (value < 0) for value in (first - second, longer)} - {0}
    return None if len(signs) != 1 else 0 if signs == {-1} else 1


def _is_header(first: Sequence[str], body: Sequence[Row]) -> bool:
    """Whether the first row is a header with unknown names: single words that no other row repeats."""
    seen = {as_text(cell) for row in body for cell in row.cells}
    return all(len(cell.split()) <= 1 and cell not in seen for cell in first)


def position(header: Sequence[str], name: str) -> int | None:
    """Return the position of a column, if need be ignoring case and spaces; None where no or several columns match."""
    if name in header:
        return list(header).index(name)
    folded = [column.strip().casefold() for column in header]
    return folded.index(name.casefold()) if folded.count(name.casefold()) == 1 else None


def positions(table: Table, columns: Sequence[str], names: Sequence[str]) -> list[int]:
    """Return the positions of label columns; raise ``InputError`` for one that is missing."""
    places = []
    for name in names:
        at = position(columns, name)
        if at is None:
            what = f"no column {name!r} among {', '.join(map(repr, columns))}"
            raise InputError(what, where=table.path, hint="name the label columns, as A,B, by parameter 'label_column'")
        places.append(at)
    return places


def has_columns(header: Sequence[str], name: str) -> bool:
    """Whether there is a column of this name, or one of each name where it joins several."""
    return all(position(header, own) is not None for own in label_columns(header, name))


def as_string(cell: Any) -> str:
    """Return a cell as a file would hold it; empty where the value is missing."""
    if cell is None or cell != cell:  # NaN, a missing value in tables of numbers
        return ""
    if isinstance(cell, bytes):
        return cell.decode("utf-8", "replace")
    return to_json(cell) if isinstance(cell, (dict, list, bool)) else str(cell)


def as_text(cell: Any) -> str:
    """Return a cell as a string without spaces around it."""
    return as_string(cell).strip()


def as_label(cell: Any) -> str:
    """Return a cell as a label, the same for a value in every file format: 1 for 1.0, True for a boolean."""
    if isinstance(cell, bool):
        return str(cell)
    text = as_text(cell)
    return text.split(".")[0] if _WHOLE.fullmatch(text) else text


class RowProblems:
    """Problems in the rows of a file, collected into one warning."""

    def __init__(self, table: Table, names: RowNames | None = None) -> None:
        self.path, self.names = table.path, names or RowNames(table)
        self.lines: dict[str, list[int]] = defaultdict(list)

    def add(self, reason: str, line: int) -> None:
        """Note a problem in a line."""
        self.lines[reason].append(line)

    def warn(self, outcome: str) -> None:
        """Warn of the rows noted, if any, with their lines and their ``outcome``."""
        if not self.lines:
            return
        reasons = [f"{reason} ({self.names.listed(lines)})" for reason, lines in self.lines.items()]
        count = sum(map(len, self.lines.values()))
        warnings.warn(
            f"{self.path}: {count} row{'s' * (count > 1)} {outcome}: {'; '.join(reasons)}", FewtextWarning, stacklevel=4
        )
