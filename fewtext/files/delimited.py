"""csv and tsv: where cells end, and whether a quote encloses a cell or is a character like any other.

A quote that opens a cell closes it before a delimiter or the end of a line (RFC 4180). Where it does not, some program
wrote texts as they are, and the line is a row as it stands.
"""

from __future__ import annotations

import csv
import io
import itertools
import re
import warnings
from collections.abc import Sequence
from typing import NamedTuple

from fewtext.errors import FewtextWarning, InputError, listed

TAB, PIPE = "\t", "|"
CSV, TSV = ",;\t|", TAB
_SEPARATOR = re.compile(r'"?sep=([,;\t|])"?[,;\t]*\s*', re.IGNORECASE)  # the first line of what a spreadsheet wrote

csv.field_size_limit(2**31 - 1)


class Record(NamedTuple):
    """The cells of a row, and the first and last line that it takes, counted from 1."""

    line: int
    last: int
    cells: list[str]


def read_delimited(path: str, text: str, delimiters: str, expected: str) -> tuple[list[Record], str]:
    """Return the rows of a csv or tsv, without blank ones above and below, and its delimiter, one of ``delimiters``.

    ``expected`` is a column that the header should have. Raises ``InputError`` for a quote in a csv that never closes.
    """
    lines = list(io.StringIO(text, newline=""))
    message = _SEPARATOR.fullmatch(lines[0]) if lines and len(delimiters) > 1 else None
    start = 1 if message else 0
    delimiter = message[1] if message else _delimiter("".join(itertools.islice(lines, 20)), delimiters, expected)
    if delimiter == PIPE and not message:
        warnings.warn(f"{path}: cells are cut at |, as the header shows", FewtextWarning, stacklevel=4)
    records = _Reader(path, lines, delimiter).read(start)
    full = [i for i, record in enumerate(records) if record.cells]
    return records[full[0] : full[-1] + 1] if full else [], delimiter


class _Reader:
    """Reads the lines of one file."""

    def __init__(self, path: str, lines: Sequence[str], delimiter: str) -> None:
        self.path, self.lines, self.delimiter = path, lines, delimiter
        self.width = 0  # fields of the header
        self.stray: list[int] = []  # lines with a quote that was read as a character, where that is to be said

    def read(self, start: int) -> list[Record]:
        """Return all rows from a line on, and warn of those that could be read otherwise."""
        records = self._records(start)
        self._warn(self.stray, "a quote is read as a character, as none closes it before a delimiter")
        long = {record.line for record in records if record.last > record.line and self._lines_are_rows(record)}
        if not long or any(self._shows_quoting(record) for record in records):
            return records
        if self.delimiter != TAB:
            self._warn(sorted(long), "lines between two quotes are read as one row, though each could be one")
            return records
        self._warn(sorted(long), "a quote is read as a character, as each line up to the next one is a whole row")
        parts = (
            [self._plain_record(at) for at in range(r.line - 1, r.last)] if r.line in long else [r] for r in records
        )
        return [record for part in parts for record in part]

    def _records(self, start: int) -> list[Record]:
        records: list[Record] = []
        at = start
        while at < len(self.lines):
            begin, rest = at, (self.lines[i] for i in range(at, len(self.lines)))
            reader = csv.reader(rest, delimiter=self.delimiter, strict=True)
            try:
                for cells in reader:
                    self.width = self.width or len(cells)
                    record = Record(begin + 1, at + reader.line_num, cells)
                    if record.last > record.line and len(cells) != self.width == len(self._plain(begin)):
                        self.stray.append(record.line)  # a row that swallows others, and is none itself
                        break
                    records.append(record)
                    begin = record.last
                else:
                    return records
            except csv.Error as error:
                if self.delimiter != TAB and "end of data" in str(error):
                    what, hint = "a quote opens here and never closes", 'close it, or write ""'
                    raise InputError(what, where=f"{self.path}:{begin + 1}", hint=hint) from error
                records.append(self._as_it_stands(begin))
            else:
                records.append(self._plain_record(begin))
            self.width = self.width or len(records[-1].cells)
            at = begin + 1
        return records

    def _as_it_stands(self, at: int) -> Record:
        """Return a line whose quotes are not paired as they should: without meaning, or else within the line."""
        plain = self._plain_record(at)
        if len(plain.cells) != self.width:
            cells = next(csv.reader([self.lines[at].rstrip("\r\n") + "\n"], delimiter=self.delimiter))
            if len(cells) == self.width and not cells[-1].endswith("\n"):  # which a quote left open would take
                return Record(at + 1, at + 1, cells)
        if self.delimiter != TAB:
            self.stray.append(at + 1)
        return plain

    def _plain_record(self, at: int) -> Record:
        return Record(at + 1, at + 1, self._plain(at))

    def _plain(self, at: int) -> list[str]:
        """Return the cells of a line in which quotes are characters."""
        return next(csv.reader([self.lines[at]], delimiter=self.delimiter, quoting=csv.QUOTE_NONE), [])

    def _lines_are_rows(self, record: Record) -> bool:
        return all(len(self._plain(at)) == self.width for at in range(record.line - 1, record.last))

    def _shows_quoting(self, record: Record) -> bool:
        """Tell whether a row could hardly be written by a program that gives quotes no meaning."""
        raw = "".join(self.lines[record.line - 1 : record.last]).rstrip("\r\n")
        if '"' not in raw or len(record.cells) != self.width:
            return False
        every = '"' + f'"{self.delimiter}"'.join(cell.replace('"', '""') for cell in record.cells) + '"'
        return (raw == every and (self.width > 1 or record.line == 1)) or not self._lines_are_rows(record)

    def _warn(self, lines: Sequence[int], what: str) -> None:
        if lines:
            warnings.warn(f"{self.path}: {what} (line {listed(lines)})", FewtextWarning, stacklevel=5)


def _delimiter(text: str, candidates: str, expected: str) -> str:
    """Choose the delimiter whose header has the expected column; else the one that cuts the rows most evenly."""

    def records(delimiter: str) -> list[list[str]]:
        return list(itertools.islice(csv.reader(io.StringIO(text, newline=""), delimiter=delimiter), 20))

    for delimiter in candidates:
        if expected.casefold() in (cell.strip().casefold() for cell in next(iter(records(delimiter)), [])):
            return delimiter

    def evenness(delimiter: str) -> float:
        widths = [len(cells) for cells in records(delimiter) if cells]
        return sum(width == widths[0] > 1 for width in widths) / len(widths) if widths else 0.0

    return max(candidates.replace(PIPE, ""), key=evenness)  # a | may stand between labels: only a header shows it
