"""Texts that are objects or lists in their file, such as messages of a conversation: read as JSON, which is said."""

from __future__ import annotations

from collections.abc import Sequence

from fewtext.files.columns import RowProblems, position
from fewtext.files.tables import Table


def warn_of_structures(table: Table, names: Sequence[str]) -> None:
    """Warn of rows in which the text in a column of these ``names`` is an object or a list."""
    for name in names:
        at = position(table.columns or [], name)
        if at is None:
            continue
        problems = RowProblems(table)
        for row in table.rows:
            if isinstance(row.cells[at], (dict, list)):
                problems.add(f"{name!r} is an object or a list", row.line)
        problems.warn("read as JSON instead of text")
