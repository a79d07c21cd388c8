"""Tables: a file's rows, whatever its format, and writing csv, tsv and jsonl."""

from __future__ import annotations

import csv
import io
import itertools
import os
import warnings
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, Any, TextIO

from fewtext.errors import FewtextWarning, InputError
from fewtext.files.arrow_tables import ARROW, read_arrow
from fewtext.files.atomic import new_file
from fewtext.files.delimited import CSV, TSV, is_tabbed, read_delimited
from fewtext.files.file_content import UTF_16
from fewtext.files.json_records import read_json, read_jsonl
from fewtext.files.json_text import to_json
from fewtext.files.opened import STDIN, Opened, opened
from fewtext.files.source import AnyPath, Source, source_of
from fewtext.files.workbooks import WORKBOOKS, read_workbook

READABLE = ("csv", "tsv", "jsonl", "json", *ARROW, *WORKBOOKS, "txt")
_UNPACK = "unpack it, and name the file that is wanted"
_HINTS = {
    "xls": "save the sheet as .xlsx, or as csv",
    **dict.fromkeys(("tgz", "tar", "tbz", "txz", "7z", "rar"), _UNPACK),
}
_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "\uff1d", "\uff0b", "\uff0d", "\uff20")  # full-width ones as well


@dataclass(frozen=True)
class Row:
    """A row's cells, and the line of the file where it begins (in parquet, the row's number), counted from 1.

    ``record`` is the row's number as a spreadsheet shows it, where that may not be the line.
    """

    line: int
    cells: list[Any]
    record: int | None = None

    @property
    def number(self) -> int:
        """The row's number as a spreadsheet shows it."""
        return self.line if self.record is None else self.record


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

    @property
    def is_workbook(self) -> bool:
        """Whether rows are those of a sheet, which has no lines."""
        return self.path.lower().endswith(tuple(f".{ending}" for ending in WORKBOOKS))


def read_table(path: AnyPath, expected: str = "text") -> Table:
    """Read a file by its extension, or one text a line from standard input where ``path`` is ``-``.

    A compressed file is read as the one in it. ``expected`` is a column that the header should have: it decides on the
    delimiter of a csv, and is the name of the only column of a txt.
    """
    return table_in(source_of(path), opened(path), expected)


def table_in(source: Source, found: Opened, expected: str) -> Table:
    """Return the table in a file that was opened."""
    ending = found.ending
    if source.path == STDIN and ending not in READABLE:
        return _read_lines("standard input", found.text(), expected)
    if ending not in READABLE:
        raise InputError(
            f"unknown file format {ending!r}" if ending else "the file name has no extension",
            where=found.where,
            hint=_HINTS.get(ending, f"rename or convert it to one of {', '.join(READABLE)}"),
        )
    if source.sheet_name is not None and ending not in WORKBOOKS:
        raise InputError("has no sheets", where=found.where, hint="leave out parameter 'sheet_name'")
    if ending in (*WORKBOOKS, *ARROW):
        found.refuse_encoding()
    return _read(found, expected, source.sheet_name)


def _read(found: Opened, expected: str, sheet_name: str | None) -> Table:
    ending, path, content = found.ending, found.where, found.content
    if ending in WORKBOOKS:
        rows = read_workbook(path, content, sheet_name, expected)
        return Table(path, None, [Row(number, cells) for number, cells in rows], {})
    if ending in ARROW:
        columns, arrow_rows = read_arrow(path, content, ending)
        return Table(path, columns, [Row(i, cells) for i, cells in enumerate(arrow_rows, 1)], {})
    text = found.text()
    if ending in ("jsonl", "json"):
        records = (read_jsonl if ending == "jsonl" else read_json)(path, text)
        return Table(path, records.columns, [Row(number, cells) for number, cells in records.rows], records.broken)
    if ending == "txt" and not is_tabbed(text, expected, content.startswith(UTF_16)):
        return _read_lines(path, text, expected)
    if ending == "txt":
        warnings.warn(f"{path}: its cells are separated by tabs, as a spreadsheet saves text", FewtextWarning, 4)
    delimited, delimiter, first = read_delimited(path, text, CSV if ending == "csv" else TSV, expected)
    cells = [Row(record.line, record.cells, number) for number, record in enumerate(delimited, first)]
    return Table(path, None, cells, {}, delimiter)


def _read_lines(path: str, text: str, column: str) -> Table:
    # StringIO ends a line at \n, \r\n or \r alone; str.splitlines would also cut at U+2028 and U+0085.
    lines = io.StringIO(text, newline=None)
    return Table(path, [column], [Row(i, [line.rstrip("\n")]) for i, line in enumerate(lines, 1)], {})


def write_table(
    stream: IO[str],
    kind: str,
    columns: Sequence[str],
    rows: Iterable[Sequence[Any]],
    spreadsheet_safe: bool = False,
    header: bool = True,
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
    for row in itertools.chain([columns] if header else [], rows):
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
