"""Columns: which of a table's is which, what a cell says, and what is wrong with its rows."""

from __future__ import annotations

import re
import warnings
from collections import defaultdict
from collections.abc import Sequence
from typing import Any

from fewtext.errors import FewtextWarning, InputError, listed
from fewtext.files.json_text import to_json
from fewtext.files.label_columns import LABEL
from fewtext.files.tables import Row, Table

_WHOLE = re.compile(r"-?\d+\.0+")  # a whole number, as programs write it that have none


def header_of(table: Table) -> list[str]:
    """Return the names of columns, or what stands in the first row."""
    if table.columns is not None:
        return table.columns
    return [as_text(cell) for cell in table.rows[0].cells] if table.rows else []


def with_columns(
    table: Table, roles: dict[str, str | None], optional: str = "", lenient: bool = False
) -> tuple[list[str], list[Row], dict[str, int]]:
    """Return the columns, the rows below them and the position of each role's column.

    ``roles`` maps a standard column name to the name that the user gave for it, or None; its order is the order of a
    file without a header. ``lenient``: where the given name is missing the standard one will do.
    """
    rows = table.rows
    header = header_of(table)
    body = rows if table.columns is not None else rows[1:]
    where: dict[str, int] = {}
    for role, given in roles.items():
        if header.count(name := given or role) > 1:
            raise InputError(f"{header.count(name)} columns are called {name!r}", where=table.path, hint="rename one")
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
        raise InputError("no row can be read", where=table.path, hint="check what kind of file it is")
    headerless = table.columns is None and not where and not any(roles.values())
    if headerless and len(header) in (len(roles), 2) and not _is_header(header, body):
        named = [*roles, LABEL][: len(header)]
        if len(header) > 1:
            labels_at = _labels_by_shape(rows)
            if labels_at is None and LABEL == named[1]:
                what = "has no header, and which of its columns holds labels cannot be seen"
                raise InputError(what, where=table.path, hint=f"add a header line: {','.join(named)} or the reverse")
            if labels_at is not None and named[labels_at] != LABEL:
                named.reverse()
        warnings.warn(
            f"{table.path} has no header: its columns are taken as {','.join(named)}, its first row as data",
            FewtextWarning,
            stacklevel=4,
        )
        return named, rows, {role: named.index(role) for role in roles if role in named}
    raise InputError(
        f"no column {roles[missing[0]] or missing[0]!r} among {', '.join(map(repr, header))}",
        where=f"{table.path}:{rows[0].line}" if table.columns is None else table.path,
        hint=f"name it with --{missing[0]}-column, or add a header line that names {' and '.join(roles)}",
    )


def _labels_by_shape(rows: Sequence[Row]) -> int | None:
    """Return which of two columns holds labels, as those repeat and are short; None where neither or both do."""
    pairs = [[as_text(cell) for cell in row.cells] for row in rows if len(row.cells) == 2]
    first, second = (len({pair[at] for pair in pairs}) for at in (0, 1))
    if max(first, second) >= 2 * min(first, second) > 0:
        return 0 if first < second else 1
    # Single words may be texts: a column is shorter by its words, not by its letters.
    longer = sum(len(pair[0].split()) - len(pair[1].split()) for pair in pairs)
    signs = {(value > 0) - (value < 0) for value in (first - second, longer)} - {0}
    return None if len(signs) != 1 else 0 if signs == {-1} else 1


def _is_header(first: Sequence[str], body: Sequence[Row]) -> bool:
    """Tell a header with unknown names from data: its cells are single words that no other row repeats."""
    seen = {as_text(cell) for row in body for cell in row.cells}
    return all(len(cell.split()) <= 1 and cell not in seen for cell in first)


def position(header: Sequence[str], name: str) -> int | None:
    """Return where a column is, by its name, case and spaces aside if need be; None where none is or several are."""
    if name in header:
        return list(header).index(name)
    folded = [column.strip().casefold() for column in header]
    return folded.index(name.casefold()) if folded.count(name.casefold()) == 1 else None


def positions(table: Table, columns: Sequence[str], names: Sequence[str]) -> list[int]:
    """Return where columns of labels are; raise ``InputError`` naming one that is not there."""
    places = []
    for name in names:
        at = position(columns, name)
        if at is None:
            what = f"no column {name!r} among {', '.join(map(repr, columns))}"
            raise InputError(what, where=table.path, hint="name the columns of labels with --label-column A,B")
        places.append(at)
    return places


def as_string(cell: Any) -> str:
    """Return a cell as it would stand in a file; empty where the value is missing."""
    if cell is None or cell != cell:  # NaN is how tables of numbers spell a missing value
        return ""
    if isinstance(cell, bytes):
        return cell.decode("utf-8", "replace")
    return to_json(cell) if isinstance(cell, (dict, list, bool)) else str(cell)


def as_text(cell: Any) -> str:
    """Return a cell as a string without spaces around it."""
    return as_string(cell).strip()


def as_label(cell: Any) -> str:
    """Return a cell as a label, the same for one value in every format: 1 for 1.0, True for a boolean."""
    if isinstance(cell, bool):
        return str(cell)
    text = as_text(cell)
    return text.split(".")[0] if _WHOLE.fullmatch(text) else text


class Troubles:
    """Rows with something wrong, gathered into one warning a file."""

    def __init__(self, table: Table) -> None:
        self.path = table.path
        self.lines: dict[str, list[int]] = defaultdict(list)

    def add(self, reason: str, line: int) -> None:
        """Keep that a line has something wrong."""
        self.lines[reason].append(line)

    def warn(self, outcome: str) -> None:
        """Warn of all rows, naming their lines and what became of them, where there are any."""
        if not self.lines:
            return
        reasons = [f"{reason} (line {listed(lines)})" for reason, lines in self.lines.items()]
        count = sum(map(len, self.lines.values()))
        warnings.warn(
            f"{self.path}: {count} row{'s' * (count > 1)} {outcome}: {'; '.join(reasons)}", FewtextWarning, stacklevel=4
        )
