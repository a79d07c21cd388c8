"""csv and tsv: where cells end, and whether a quote encloses a cell or is an ordinary character.

A quote that opens a cell is closed before a delimiter or line end (RFC 4180). Where it is not, the file was written
without quoting, and each line is a row.
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

_HEADER_WITHIN = 20  # lines: a title may stand above the header
_OTHER = re.compile(r"\s*(?:[\[{]\s*[\[{]?\s*\"(?:[^\"\\]|\\.)*\"\s*:|<(?:!doctype|html|table)\b)", re.IGNORECASE)

csv.field_size_limit(2**31 - 1)


class Record(NamedTuple):
    """The cells of a row, and its first and last line, counted from 1."""

    line: int
    last: int
    cells: list[str]


def is_tabbed(text: str, expected: str, from_spreadsheet: bool) -> bool:
    """Whether a txt is a table: its header has tabs and the expected column, or all lines have as many tabs.

    The latter only where it is ``from_spreadsheet``, being in UTF-16, which little else writes.
    """
    lines = list(itertools.islice(io.StringIO(text), 20))
    if not lines or TAB not in lines[0]:
        return False
    named = expected.casefold() in (cell.strip().strip('"').casefold() for cell in lines[0].split(TAB))
    return named or (from_spreadsheet and len({line.count(TAB) for line in lines if line.strip()}) == 1)


def read_delimited(path: str, text: str, delimiters: str, expected: str) -> tuple[list[Record], str, int]:
    """Return the rows of a csv or tsv, without leading and trailing blank ones, its delimiter, and the first's number.

    The delimiter is one of ``delimiters``; ``expected`` is a column that the header should have. Raises ``InputError``
    for a quote in a csv that is never closed.
    """
    if found := _OTHER.match(text):
        kind = "HTML" if found[0].strip().startswith("<") else "JSON"
        hint = f"rename it to {'.json or .jsonl' if kind == 'JSON' else '.html, and save it as csv by a spreadsheet'}"
        raise InputError(f"is {kind} instead of cells with delimiters", where=path, hint=hint)
    lines = list(io.StringIO(text, newline=""))
    declared = _SEPARATOR.fullmatch(lines[0]) if lines and len(delimiters) > 1 else None
    start = 1 if declared else 0
    delimiter = declared[1] if declared else _delimiter("".join(itertools.islice(lines, 20)), delimiters, expected)
    if delimiter == PIPE and not declared:
        warnings.warn(f"{path}: the delimiter is |, as in the header", FewtextWarning, stacklevel=4)
    above = _lines_above_header(lines[start : start + _HEADER_WITHIN], delimiter, expected)
    if "".join(lines[start : start + above]).strip():
        message = f"the header is line {start + above + 1}; what stands above is left out"
        warnings.warn(f"{path}: {message}", FewtextWarning, stacklevel=4)
    records = _Reader(path, lines, delimiter).read(start + above)
    full = [i for i, record in enumerate(records) if record.cells]
    if full:
        records = [_without_surplus(record, len(records[full[0]].cells)) for record in records]
    return records[full[0] : full[-1] + 1] if full else [], delimiter, above + (full[0] if full else 0) + 1


def _without_surplus(record: Record, width: int) -> Record:
    """Return a row without empty cells beyond the header's width, as a delimiter at the end of rows makes them."""
    return record if any(record.cells[width:]) else record._replace(cells=record.cells[:width])


def _lines_above_header(lines: Sequence[str], delimiter: str, expected: str) -> int:
    """Return how many lines with one value at most stand above the line that has the ``expected`` column."""
    for above, line in enumerate(lines):
        cells = [cell.strip() for cell in next(csv.reader([line], delimiter=delimiter), [])]
        if len(cells) > 1 and expected.casefold() in map(str.casefold, cells):
            return above
        if sum(map(bool, cells)) > 1:
            break
    return 0


class _Reader:
    """Reads the lines of one file."""

    def __init__(self, path: str, lines: Sequence[str], delimiter: str) -> None:
        self.path, self.lines, self.delimiter = path, lines, delimiter
        self.width = 0  # fields of the header
        self.stray: list[int] = []  # lines to warn of, with a quote that was read as an ordinary character

    def read(self, start: int) -> list[Record]:
        """Return all rows from a line on, and warn of those whose quotes are ambiguous."""
        records = self._records(start)
        self._warn(self.stray, "a quote is read as an ordinary character, as it is not closed before a delimiter")
        long = {record.line for record in records if record.last > record.line and self._lines_are_rows(record)}
        if not long or any(self._shows_quoting(record) for record in records):
            return records
        if self.delimiter != TAB:
            self._warn(sorted(long), "lines between two quotes are read as one row, though each could be a row")
            return records
        self._warn(
            sorted(long),
            "a quote is read as an ordinary character, as the lines up to the next one are rows",
        )
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
                        self.stray.append(record.line)  # not a row itself, and it would contain others
                        break
                    records.append(record)
                    begin = record.last
                else:
                    return records
            except csv.Error as error:
                if self.delimiter != TAB and "end of data" in str(error):
                    what, hint = "a quote is opened here and never closed", 'close it, or write ""'
                    raise InputError(what, where=f"{self.path}:{begin + 1}", hint=hint) from error
                records.append(self._unpaired(begin))
            else:
                records.append(self._plain_record(begin))
            self.width = self.width or len(records[-1].cells)
            at = begin + 1
        return records

    def _unpaired(self, at: int) -> Record:
        """Return a line with unpaired quotes: as ordinary characters, unless pairing them gives the right width."""
        plain = self._plain_record(at)
        if len(plain.cells) != self.width:
            cells = next(csv.reader([self.lines[at].rstrip("\r\n") + "\n"], delimiter=self.delimiter))
            if len(cells) == self.width and not cells[-1].endswith("\n"):  # an open quote would include the line end
                return Record(at + 1, at + 1, cells)
        if self.delimiter != TAB:
            self.stray.append(at + 1)
        return plain

    def _plain_record(self, at: int) -> Record:
        return Record(at + 1, at + 1, self._plain(at))

    def _plain(self, at: int) -> list[str]:
        """Return the cells of a line whose quotes are ordinary characters."""
        return next(csv.reader([self.lines[at]], delimiter=self.delimiter, quoting=csv.QUOTE_NONE), [])

    def _lines_are_rows(self, record: Record) -> bool:
        return all(len(self._plain(at)) == self.width for at in range(record.line - 1, record.last))

    def _shows_quoting(self, record: Record) -> bool:
        """Whether a program that does not quote would hardly write this row."""
        raw = "".join(self.lines[record.line - 1 : record.last]).rstrip("\r\n")
        if '"' not in raw or len(record.cells) != self.width:
            return False
        every = '"' + f'"{self.delimiter}"'.join(cell.replace('"', '""') for cell in record.cells) + '"'
        return (raw == every and (self.width > 1 or record.line == 1)) or not self._lines_are_rows(record)

    def _warn(self, lines: Sequence[int], what: str) -> None:
        if lines:
            warnings.warn(f"{self.path}: {what} (line {listed(lines)})", FewtextWarning, stacklevel=5)


def _delimiter(text: str, candidates: str, expected: str) -> str:
    """Choose the delimiter whose header has the expected column; else the one that gives the most even rows."""

    def records(delimiter: str) -> list[list[str]]:
        return list(itertools.islice(csv.reader(io.StringIO(text, newline=""), delimiter=delimiter), 20))

    for delimiter in candidates:
        if expected.casefold() in (cell.strip().casefold() for cell in next(iter(records(delimiter)), [])):
            return delimiter

    for delimiter in candidates:
        if _lines_above_header(text.splitlines(keepends=True), delimiter, expected):
            return delimiter

    def evenness(delimiter: str) -> float:
        widths = [len(cells) for cells in records(delimiter) if cells]
        return sum(width == widths[0] > 1 for width in widths) / len(widths) if widths else 0.0

    return max(candidates.replace(PIPE, ""), key=evenness)  # a | may separate labels: it needs a header
