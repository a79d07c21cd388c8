"""Reading and writing csv, tsv, jsonl, parquet and txt: the only room that knows file formats."""

from __future__ import annotations

import codecs
import csv
import io
import itertools
import json
import os
import sys
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any, TextIO

from fewtext.atomic import new_file
from fewtext.errors import InputError

READABLE = ("csv", "tsv", "jsonl", "parquet", "txt")
WRITABLE = ("csv", "tsv", "jsonl")
STDIN = "-"
_DELIMITERS = {"csv": ",;\t", "tsv": "\t"}
_BOMS = (  # UTF-32 before UTF-16: its mark begins with the other's
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32-le"),
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
_END = "\ue000end of file\ue000"  # a record of our own after the last: a quote that never closes swallows it

csv.field_size_limit(2**31 - 1)


@dataclass(frozen=True)
class Row:
    """One record, and the line of the file where it begins (parquet: the row's number), counted from 1."""

    line: int
    cells: list[Any]


@dataclass(frozen=True)
class Table:
    """A file's records. ``columns`` is None where the format has no header of its own: the first row may be one."""

    path: str
    columns: list[str] | None
    rows: list[Row]
    broken: dict[int, str]
    """Lines that could not be read, with the reason; each has a row of empty cells in its place."""
    delimiter: str = ","


def read_table(path: str | Path, expected: str = "text") -> Table:
    """Read a file by its ending, or one text per line from standard input where ``path`` is ``-``.

    ``expected`` is a column that the header should have: it settles whether a csv is cut at commas or semicolons, and
    names the only column of a format without names.
    """
    path = str(path)
    if path == STDIN:
        return _read_lines("standard input", sys.stdin.buffer.read(), expected)
    ending = Path(path).suffix.lower().lstrip(".").replace("ndjson", "jsonl")
    if ending not in READABLE:
        raise InputError(
            f"unknown kind of file {ending!r}" if ending else "a file name without an ending",
            where=path,
            cure=f"readable are {', '.join(READABLE)}: rename or convert the file",
        )
    try:
        content = Path(path).read_bytes()
    except FileNotFoundError as error:
        raise InputError("no such file", where=path, cure="check the path") from error
    except IsADirectoryError as error:
        raise InputError("is a directory, not a file", where=path, cure="name a file in it") from error
    except OSError as error:
        raise InputError(f"cannot be read: {error.strerror}", where=path, cure="check the path") from error
    if ending == "parquet":
        return _read_parquet(path, content)
    if ending == "jsonl":
        return _read_jsonl(path, _decode(path, content))
    if ending == "txt":
        return _read_lines(path, content, expected)
    return _read_csv(path, _decode(path, content), _DELIMITERS[ending], expected)


def _decode(path: str, content: bytes) -> str:
    encoding = "utf-8"
    for mark, name in _BOMS:
        if content.startswith(mark):
            content, encoding = content[len(mark) :], name
            break
    try:
        text = content.decode(encoding)
    except UnicodeDecodeError as error:
        before = content[: error.start].decode(encoding, "replace")
        raise InputError(
            f"byte {error.start + 1} of the file (0x{content[error.start]:02x}) is not {encoding.upper()}",
            where=f"{path}:{sum(1 for _ in io.StringIO(before + '.', newline=None))}",
            cure="a binary file, or another encoding: save it as UTF-8",
        ) from error
    if "\0" in text:
        raise InputError("is a binary file", where=path, cure="give a text file, saved as UTF-8")
    return text


def _read_lines(path: str, content: bytes, column: str) -> Table:
    # StringIO ends a line at \n, \r\n or \r alone; str.splitlines would also cut at U+2028 and U+0085.
    lines = io.StringIO(_decode(path, content), newline=None)
    return Table(path, [column], [Row(i, [line.rstrip("\n")]) for i, line in enumerate(lines, 1)], {})


def _read_csv(path: str, text: str, delimiters: str, expected: str) -> Table:
    delimiter = _delimiter(text, delimiters, expected)
    rows = []
    lines = io.StringIO(text if text.endswith(("\n", "\r")) or not text else text + "\n", newline="")
    reader = csv.reader(_with_end(lines), delimiter=delimiter)
    line = 1
    for cells in reader:
        if cells == [_END]:
            break
        if _END in (cells[-1] if cells else ""):
            raise InputError(
                "a quote opens here and never closes", where=f"{path}:{line}", cure='close it, or write ""'
            )
        rows.append(Row(line, cells))
        line = reader.line_num + 1
    full = [i for i, row in enumerate(rows) if row.cells]  # blank lines above and below the table are not part of it
    return Table(path, None, rows[full[0] : full[-1] + 1] if full else [], {}, delimiter)


def _with_end(lines: Iterable[str]) -> Iterator[str]:
    yield from lines
    yield _END


def _delimiter(text: str, candidates: str, expected: str) -> str:
    """Choose the delimiter whose header has the expected column; else the one that cuts the rows most evenly."""
    start = text[:65536]

    def records(delimiter: str) -> list[list[str]]:
        return list(itertools.islice(csv.reader(io.StringIO(start, newline=""), delimiter=delimiter), 20))

    for delimiter in candidates:
        if expected.casefold() in (cell.strip().casefold() for cell in next(iter(records(delimiter)), [])):
            return delimiter

    def evenness(delimiter: str) -> float:
        widths = [len(cells) for cells in records(delimiter) if cells]
        return sum(width == widths[0] > 1 for width in widths) / len(widths) if widths else 0.0

    return max(candidates, key=evenness)


def _read_jsonl(path: str, text: str) -> Table:
    columns: dict[str, int] = {}
    rows: list[Row] = []
    broken: dict[int, str] = {}
    for number, line in enumerate(io.StringIO(text, newline=None), 1):
        if not line.strip():
            continue
        try:
            record = without_halves(json.loads(line)) if "\\u" in line else json.loads(line)
            if not isinstance(record, dict):
                raise ValueError("not an object in braces")
        except (ValueError, RecursionError) as error:
            broken[number] = f"no JSON object ({error})"
            record = {}
        for name in record:
            columns.setdefault(name, len(columns))
        rows.append(Row(number, [record.get(name) for name in columns]))
    for row in rows:
        row.cells.extend([None] * (len(columns) - len(row.cells)))
    return Table(path, list(columns), rows, broken)


def without_halves(value: Any) -> Any:
    """Replace halves of surrogate pairs, which JSON can spell and nothing can write."""
    text = json.dumps(value, ensure_ascii=False)
    return json.loads(text.encode("utf-16", "surrogatepass").decode("utf-16", "replace"))


def _read_parquet(path: str, content: bytes) -> Table:
    try:
        import pyarrow
        import pyarrow.parquet
    except ImportError as error:
        raise InputError("parquet needs pyarrow", where=path, cure='pip install "fewtext[parquet]"') from error
    try:
        table = pyarrow.parquet.read_table(pyarrow.BufferReader(content))
    except (pyarrow.ArrowException, OSError) as error:
        raise InputError(f"not a parquet file ({str(error).splitlines()[0]})", where=path) from error
    columns = []
    for name, column in zip(table.column_names, table.columns, strict=True):
        try:
            try:
                columns.append(column.to_pylist())
            except (ValueError, OverflowError):  # dates, say, that Arrow knows and Python does not
                columns.append(column.cast(pyarrow.string()).to_pylist())
        except (pyarrow.ArrowException, ValueError, OverflowError, KeyError) as error:
            raise InputError(f"column {name!r} cannot be read ({str(error):.100})", where=path) from error
    cells = zip(*columns, strict=True) if columns else ()
    return Table(path, list(table.column_names), [Row(i, list(row)) for i, row in enumerate(cells, 1)], {})


def write_table(stream: IO[str], kind: str, columns: Sequence[str], rows: Iterable[Sequence[Any]]) -> None:
    """Write rows as they come; ``kind`` is csv, tsv or jsonl. None is an empty cell in csv, null in JSON."""
    if kind == "jsonl":
        for row in rows:
            known = [None if value != value else value for value in row]  # JSON has no NaN
            stream.write(json.dumps(dict(zip(columns, known, strict=True)), ensure_ascii=False, default=str) + "\n")
        return
    delimiter = "," if kind == "csv" else "\t"
    plain = csv.writer(stream, delimiter=delimiter, lineterminator="\n")
    quoted = csv.writer(stream, delimiter=delimiter, lineterminator="\n", quoting=csv.QUOTE_ALL)
    for row in itertools.chain([columns], rows):
        cells = [_cell(value) for value in row]
        # The plain writer would leave a carriage return bare, and a reader would see a line end there.
        (quoted if any("\r" in cell for cell in cells) else plain).writerow(cells)


def _cell(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, (dict, list, bool)):
        return json.dumps(value, ensure_ascii=False, default=str)
    return str(value)


def check_writable(path: Path) -> None:
    """Raise ``InputError`` where a file could not be written, before the work that would fill it."""
    if path.exists() and not path.is_file():
        raise InputError("is not an ordinary file", where=str(path), cure="give the name of a file")
    if not path.parent.is_dir():
        raise InputError("its folder does not exist", where=str(path), cure=f"make {path.parent} first")
    if not os.access(path.parent, os.W_OK):
        raise InputError("its folder cannot be written to", where=str(path), cure="choose another")


@contextmanager
def atomic_output(path: Path) -> Iterator[TextIO]:
    """Open a file that comes into being whole, when the block ends well, or not at all."""
    check_writable(path)
    with new_file(path) as stream:
        text = io.TextIOWrapper(stream, encoding="utf-8", errors="backslashreplace", newline="")
        try:
            yield text
            text.flush()
        finally:
            text.detach()
