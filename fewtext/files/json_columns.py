"""JSON that is one object of a whole table: by columns or by rows, as data frames are written by default."""

from __future__ import annotations

from typing import Any, NamedTuple

_SPLIT = {"columns", "data"}  # pandas' orient="split", beside an index


class Unfolded(NamedTuple):
    """Records, and what the object was an object of."""

    records: list[dict[str, Any]]
    of: str


def unfolded(content: dict[str, Any]) -> Unfolded | None:
    """Return the records of a table that is one object; None where it is another object.

    It has an object or a list for each column, all with the same keys or of the same length, or an object for each row
    under its number, or the names of columns beside the rows.
    """
    if set(content) - {"index"} == _SPLIT:
        records = _split(content["columns"], content["data"])
        return None if records is None else Unfolded(records, "columns")
    values = list(content.values())
    if len(values) < 2 or not values[0]:
        return None
    if all(isinstance(value, list) and len(value) == len(values[0]) for value in values):
        if any(isinstance(cell, dict) for value in values for cell in value):  # records, of several parts
            return None
        return Unfolded([dict(zip(content, row, strict=True)) for row in zip(*values, strict=True)], "columns")
    if not all(isinstance(value, dict) and value.keys() == values[0].keys() for value in values):
        return None
    if _are_numbers(content):
        return Unfolded(values, "records")
    if _are_numbers(values[0]):
        return Unfolded([{name: own[key] for name, own in content.items()} for key in values[0]], "columns")
    return None


def _split(columns: Any, data: Any) -> list[dict[str, Any]] | None:
    if not (isinstance(columns, list) and isinstance(data, list) and len(set(map(str, columns))) == len(columns)):
        return None
    if not data or not all(isinstance(row, list) and len(row) == len(columns) for row in data):
        return None
    return [dict(zip(map(str, columns), row, strict=True)) for row in data]


def _are_numbers(keys: dict[str, Any]) -> bool:
    return all(key.isdecimal() for key in keys)
