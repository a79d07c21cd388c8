"""Records in JSON: an object a line, or an array of objects, with the columns that their keys make."""

from __future__ import annotations

import io
import warnings
from collections.abc import Iterable
from typing import Any, NamedTuple

from fewtext.errors import FewtextWarning, InputError
from fewtext.files.json_columns import unfolded
from fewtext.files.json_text import from_json

_NO_OBJECT = "not a JSON object (it is not an object in braces)"
MANY_KEYS, _MANY_GAPS = 1000, 10_000_000  # beyond both, the keys are no columns


class Records(NamedTuple):
    """Names of columns, each record's number and cells, and why those that have no cells could not be read."""

    columns: list[str]
    rows: list[tuple[int, list[Any]]]
    broken: dict[int, str]


def read_jsonl(path: str, text: str) -> Records:
    """Read an object a line; an array is read by its records, with a warning."""
    if text.lstrip()[:1] == "[" and (records := _array(text)) is not None:
        warnings.warn(f"{path}: is one JSON array; its records are counted, not lines", FewtextWarning, stacklevel=5)
        return _table(path, enumerate(records, 1), {})
    broken: dict[int, str] = {}

    def lines() -> Iterable[tuple[int, Any]]:
        for number, line in enumerate(io.StringIO(text, newline=None), 1):
            if not line.strip():
                continue
            record, problem = record_in(line)
            if problem:
                broken[number] = problem
            yield number, record

    return _table(path, lines(), broken)


def record_in(line: str) -> tuple[dict[str, Any], str]:
    """Return the object in a line, and why there is none: an empty string where there is one."""
    try:
        record = from_json(line)
    except (ValueError, RecursionError) as error:
        return {}, f"not a JSON object ({error})"
    return (record, "") if isinstance(record, dict) else ({}, _NO_OBJECT)


def read_json(path: str, text: str) -> Records:
    """Read an array of objects, also one under the only key that holds such an array, or an object a line."""
    try:
        content = from_json(text)
    except (ValueError, RecursionError) as error:
        if isinstance(error, ValueError) and _first_line_is_record(text):
            return read_jsonl(path, text)
        raise InputError(f"is not JSON ({error})", where=path, hint="check that the file is whole") from error
    if isinstance(content, dict) and (table := unfolded(content)):
        warnings.warn(f"{path}: is an object of {table.of}, read as a table", FewtextWarning, stacklevel=5)
        content = table.records
    elif isinstance(content, dict):
        lists = [key for key, value in content.items() if isinstance(value, list) and _are_records(value)]
        if len(lists) == 1:
            warnings.warn(f"{path}: the records are those of key {lists[0]!r}", FewtextWarning, stacklevel=5)
            content = content[lists[0]]
        elif len(lists) > 1:
            what = f"has records under the keys {', '.join(map(repr, lists[:5]))}"
            raise InputError(what, where=path, hint="put those that are wanted into a file of their own")
        elif len(content) == 0 or len(text.strip().splitlines()) == 1 and not lists:
            content = [content]
    if not isinstance(content, list):
        raise InputError("has no records", where=path, hint='write an array of objects, [{"text": …}, …]')
    return _table(path, enumerate(content, 1), {})


def _array(text: str) -> list[Any] | None:
    try:
        content = from_json(text)
    except (ValueError, RecursionError):
        return None
    return content if isinstance(content, list) and _are_records(content) else None


def _are_records(values: list[Any]) -> bool:
    return bool(values) and all(isinstance(value, dict) for value in values)


def _first_line_is_record(text: str) -> bool:
    try:
        return isinstance(from_json(text.strip().split("\n", 1)[0]), dict)
    except (ValueError, RecursionError):
        return False


def _table(path: str, records: Iterable[tuple[int, Any]], broken: dict[int, str]) -> Records:
    columns: dict[str, int] = {}
    rows: list[tuple[int, list[Any]]] = []
    gaps = 0
    for number, record in records:
        if not isinstance(record, dict):
            broken[number] = _NO_OBJECT
            record = {}
        for name in record:
            columns.setdefault(name, len(columns))
        gaps += len(columns) - len(record)
        if len(columns) > MANY_KEYS and gaps > _MANY_GAPS:
            what = f"{len(columns):,} different keys in the first {len(rows) + 1:,} records"
            raise InputError(what, where=path, hint="give all records the same keys, and put other data under one key")
        rows.append((number, [record.get(name) for name in columns]))
    for _, cells in rows:
        cells.extend([None] * (len(columns) - len(cells)))
    return Records(list(columns), rows, broken)
