"""Columns of 0 and 1, one for each label, beside a column of texts."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from fewtext.files.columns import as_text
from fewtext.files.doubtful_rows import verdict_columns
from fewtext.files.exports.record import Export, Record, broken
from fewtext.files.exports.rows import Rows
from fewtext.files.label_columns import LABEL, LABELS, label_columns

NAME = "columns of 0 and 1"
_NUMBERS = {"id", "index"}  # of rows, which may be 0 and 1 in a file of two
_YES, _NO = ("1", "1.0", "true"), ("0", "0.0", "false")


def fits(rows: Rows) -> bool:
    """Whether texts have at least two columns of 0 and 1, and no column of labels."""
    header = rows.columns
    folded = {name.strip().casefold() for name in header}
    return not {LABEL, LABELS} & folded and label_columns(header, None) == [LABEL] and len(_flags(rows)) > 1


def _flags(rows: Rows) -> list[str]:
    first = [row for _, row in rows.first()]
    judged = {rows.columns[at] for at in verdict_columns(rows.columns, [])}
    names = [name for name in rows.columns if name not in judged and name and first]
    names = [name for name in names if name.strip().casefold() not in _NUMBERS]
    names = [name for name in names if all(_flag(row[name]) is not None for row in first)]
    return names if any(_flag(row[name]) for row in first for name in names) else []


def _flag(cell: Any) -> bool | None:
    text = as_text(cell).casefold()
    return True if text in _YES else False if text in _NO else None


def read(rows: Rows, named: Sequence[str]) -> Export:
    """Read the labels of which the column has 1."""
    flags, records = _flags(rows), []
    for line, row in rows.all():
        values = {name: _flag(row[name]) for name in flags}
        if odd := [name for name, value in values.items() if value is None]:
            raise broken(rows.path, line, f"{as_text(row[odd[0]])[:40]!r} in column {odd[0]!r}, which has 0 and 1")
        fields = {name: cell for name, cell in row.items() if name not in flags}
        records.append(Record(line, fields, {"label": tuple(name for name in flags if values[name])}))
    return Export(NAME, records, "text", frozenset({"label"}), [f"labels are {', '.join(flags)}"])
