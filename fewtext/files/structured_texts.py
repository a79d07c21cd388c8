"""Texts that are objects or lists in their file, such as messages of a conversation: read as JSON, which is said."""

from __future__ import annotations

from collections.abc import Sequence

from fewtext.files.columns import RowProblems, position
from fewtext.files.tables import Row, Table

OUTCOME = "read as JSON instead of text"


def warn_of_structures(table: Table, names: Sequence[str]) -> None:
    """Warn of rows in which the text in a column of these ``names`` is an object or a list."""
    for name in names:
        at = position(table.columns or [], name)
        if at is None:
            continue
        problems = RowProblems(table)
        for row in table.rows:
            if reason := structure_in(row, name, at):
                problems.add(reason, row.line)
        problems.warn(OUTCOME)


def structure_in(row: Row, name: str, at: int | None) -> str:
    """Return what the cell of a column is, where it is no text; else an empty string."""
    return f"{name!r} is an object or a list" if at is not None and isinstance(row.cells[at], (dict, list)) else ""
