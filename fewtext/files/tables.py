"""Tables: reading and writing csv, tsv, jsonl, parquet and txt."""

from __future__ import annotations

import csv
import io
import itertools
import os
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, Any, TextIO

from fewtext.errors import InputError, first_line
from fewtext.files.atomic import new_file
from fewtext.files.delimited import CSV, TSV, read_delimited
from fewtext.files.exports.class_labels import with_class_names
from fewtext.files.file_content import decode, read_content, read_stdin
from fewtext.files.json_text import from_json, to_json

READABLE = ("csv", "tsv", "jsonl", "parquet", "txt")
STDIN = "-"
_HINTS = {
    "xlsx": "save the sheet as csv in UTF-8",
    "xls": "save the sheet as csv in UTF-8",
    "ods": "save the sheet as csv in UTF-8",
    "gz": "unpack it first: gunzip",
    "bz2": "unpack it first: bunzip2",
    "xz": "unpack it first: unxz",
    "zst": "unpack it first: unzstd",
    "json": "write one object a line, and name the file .jsonl",
}
_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "\uff1d", "\uff0b", "\uff0d", "\uff20")  # full-width ones as well
_MANY_KEYS, _MANY_GAPS = 1000, 10_000_000  # of a jsonl: beyond both, its keys are no columns


@dataclass(frozen=True)
class Row:
    """A row's cells, and the line of the file where it begins (in parquet, the row's number), counted from 1."""

    line: int
    cells: list[Any]


@dataclass(frozen=True)
class Table:
    """A file's rows. ``columns`` is None for csv and tsv, whose first row may be a header."""

    path: str
    columns: list[str] | None
    rows: list[Row]
    broken: dict[int, str]
    """Lines that could not be read, with the reason; each is a row of empty cells."""
    delimiter: str = ","
    aside: dict[int, str] = field(default_factory=dict)
    """Lines that are no examples, with the reason, such as what an annotator rejected; they are texts all the same."""


def read_table(path: str | Path, expected: str = "text") -> Table:
    """Read a file by its extension, or one text a line from standard input where ``path`` is ``-``.

    ``expected`` is a column that the header should have: it decides on the delimiter of a csv, and is the name of the
    only column of a txt.
    """
    path = str(path)
    if path == STDIN:
        return _read_lines("standard input", read_stdin("standard input"), expected)
    ending = Path(path).suffix.lower().lstrip(".").replace("ndjson", "jsonl")
    content = read_content(path)
    if ending not in READABLE:
        raise InputError(
            f"unknown file format {ending!r}" if ending else "the file name has no extension",
            where=path,
            hint=_HINTS.get(ending, f"rename or convert it to one of {', '.join(READABLE)}"),
        )
    if ending == "parquet":
        return _read_parquet(path, content)
    if ending == "jsonl":
        return _read_jsonl(path, decode(path, content))
    if ending == "txt":
        return _read_lines(path, content, expected)
    records, delimiter = read_delimited(path, decode(path, content), CSV if ending == "csv" else TSV, expected)
    return Table(path, None, [Row(record.line, record.cells) for record in records], {}, delimiter)


def _read_lines(path: str, content: bytes, column: str) -> Table:
    # StringIO ends a line at \n, \r\n or \r alone; str.splitlines would also cut at U+2028 and U+0085.
    lines = io.StringIO(decode(path, content), newline=None)
    return Table(path, [column], [Row(i, [line.rstrip("\n")]) for i, line in enumerate(lines, 1)], {})


def _read_jsonl(path: str, text: str) -> Table:
    columns: dict[str, int] = {}
    rows: list[Row] = []
    broken: dict[int, str] = {}
    gaps = 0
    for number, line in enumerate(io.StringIO(text, newline=None), 1):
        if not line.strip():
            continue
        try:
            record = from_json(line)
            if not isinstance(record, dict):
                raise ValueError("it is not an object in braces")
        except (ValueError, RecursionError) as error:
            broken[number] = f"not a JSON object ({error})"
            record = {}
        for name in record:
            columns.setdefault(name, len(columns))
        gaps += len(columns) - len(record)
        if len(columns) > _MANY_KEYS and gaps > _MANY_GAPS:
            what = f"{len(columns):,} different keys in the first {len(rows) + 1:,} lines"
            raise InputError(what, where=path, hint="give all lines the same keys, and put other data under one key")
        rows.append(Row(number, [record.get(name) for name in columns]))
    if rows and len(broken) == len(rows) and text.lstrip().startswith("["):
        raise InputError("is one JSON array", where=path, hint="write one object a line: jq -c '.[]'")
    for row in rows:
        row.cells.extend([None] * (len(columns) - len(row.cells)))
    return Table(path, list(columns), rows, broken)


def _read_parquet(path: str, content: bytes) -> Table:
    try:
        import pyarrow
        import pyarrow.parquet
    except ImportError as error:
        raise InputError("parquet needs pyarrow", where=path, hint='pip install "fewtext[parquet]"') from error
    try:
        table = pyarrow.parquet.read_table(pyarrow.BufferReader(content))
    except (pyarrow.ArrowException, OSError) as error:
        raise InputError(f"not a parquet file ({first_line(error)})", where=path) from error
    columns = []
    for name, column in zip(table.column_names, table.columns, strict=True):
        try:
            try:
                columns.append(column.to_pylist())
            except (ValueError, OverflowError):  # such as dates that Python cannot represent
                columns.append(column.cast(pyarrow.string()).to_pylist())
        except (pyarrow.ArrowException, ValueError, OverflowError, KeyError) as error:
            raise InputError(f"column {name!r} cannot be read ({str(error):.100})", where=path) from error
    columns = with_class_names(path, table.column_names, columns, table.schema.metadata)
    cells = zip(*columns, strict=True) if columns else ()
    return Table(path, list(table.column_names), [Row(i, list(row)) for i, row in enumerate(cells, 1)], {})


def write_table(
    stream: IO[str], kind: str, columns: Sequence[str], rows: Iterable[Sequence[Any]], spreadsheet_safe: bool = False
) -> None:
    """Write rows as they are produced; ``kind`` is csv, tsv or jsonl. None is an empty cell in csv, null in JSON.

    ``spreadsheet_safe`` puts an apostrophe before a text in csv or tsv that a spreadsheet would run as a formula.
    """
    if kind == "jsonl":
        for row in rows:
            stream.write(to_json(dict(zip(columns, row, strict=True))) + "\n")
        return
    delimiter = "," if kind == "csv" else "\t"
    plain = csv.writer(stream, delimiter=delimiter, lineterminator="\n")
    quoted = csv.writer(stream, delimiter=delimiter, lineterminator="\n", quoting=csv.QUOTE_ALL)
    for row in itertools.chain([columns], rows):
        cells = [_cell(value) for value in row]
        if spreadsheet_safe:  # numbers are not formulas, even negative ones
            risky = [isinstance(value, str) and value.startswith(_FORMULA) for value in row]
            cells = ["'" + cell if risk else cell for cell, risk in zip(cells, risky, strict=True)]
        # The plain writer does not quote a carriage return, which readers take for a line end. In rows of several
        # lines every cell is quoted, which distinguishes them from lines with ordinary quote characters.
        (quoted if any("\r" in cell or "\n" in cell for cell in cells) else plain).writerow(cells)


def _cell(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, (dict, list, bool)):
        return to_json(value)
    return str(value)


def check_writable(path: Path) -> None:
    """Raise ``InputError``, before any work, where a file cannot be written."""
    if path.exists() and not path.is_file():
        raise InputError("is not a regular file", where=str(path), hint="give the name of a file")
    if not path.parent.is_dir():
        raise InputError("its folder does not exist", where=str(path), hint=f"create {path.parent} first")
    if not os.access(path.parent, os.W_OK):
        raise InputError("its folder is not writable", where=str(path), hint="choose another folder")


@contextmanager
def atomic_output(path: Path) -> Iterator[TextIO]:
    """Open a text file that is written atomically when the block ends without an error."""
    check_writable(path)
    with new_file(path) as stream:
        text = io.TextIOWrapper(stream, encoding="utf-8", errors="backslashreplace", newline="")
        try:
            yield text
            text.flush()
        finally:
            text.detach()
