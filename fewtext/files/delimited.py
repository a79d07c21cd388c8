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
from fewtext.files.delimited_rows import TAB, Record, Records, plain

PIPE = "|"
CSV, TSV = ",;\t|", TAB
_SEPARATOR = re.compile(r'"?sep=([,;\t|])"?[,;\t]*\s*', re.IGNORECASE)  # the first line of what a spreadsheet wrote

HEADER_WITHIN = 20  # lines: a title may stand above the header
_OTHER = re.compile(r"\s*(?:[\[{]\s*[\[{]?\s*\"(?:[^\"\\]|\\.)*\"\s*:|<(?:!doctype|html|table)\b)", re.IGNORECASE)

csv.field_size_limit(2**31 - 1)


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
    lines = list(io.StringIO(text, newline=""))
    begun = beginning(path, lines[: HEADER_WITHIN + 1], delimiters, expected)
    records = _read(path, lines, begun.delimiter, begun.start)
    full = [i for i, record in enumerate(records) if record.cells]
    if full:
        records = [without_surplus(record, len(records[full[0]].cells)) for record in records]
    first = begun.above + (full[0] if full else 0) + 1
    return records[full[0] : full[-1] + 1] if full else [], begun.delimiter, first


class Beginning(NamedTuple):
    """The delimiter, how many lines stand above the header, and how many with the declaration of the delimiter."""

    delimiter: str
    above: int
    start: int


def beginning(path: str, lines: Sequence[str], delimiters: str, expected: str) -> Beginning:
    """Return what the first lines of a csv or tsv say of it; raise ``InputError`` where they are of another format."""
    if found := _OTHER.match("".join(lines)):
        kind = "HTML" if found[0].strip().startswith("<") else "JSON"
        hint = f"rename it to {'.json or .jsonl' if kind == 'JSON' else '.html, and save it as csv by a spreadsheet'}"
        raise InputError(f"is {kind} instead of cells with delimiters", where=path, hint=hint)
    declared = _SEPARATOR.fullmatch(lines[0]) if lines and len(delimiters) > 1 else None
    start = 1 if declared else 0
    delimiter = declared[1] if declared else _delimiter("".join(itertools.islice(lines, 20)), delimiters, expected)
    if delimiter == PIPE and not declared:
        warnings.warn(f"{path}: the delimiter is |, as in the header", FewtextWarning, stacklevel=4)
    above = _lines_above_header(lines[start : start + HEADER_WITHIN], delimiter, expected)
    if "".join(lines[start : start + above]).strip():
        message = f"the header is line {start + above + 1}; what stands above is left out"
        warnings.warn(f"{path}: {message}", FewtextWarning, stacklevel=4)
    return Beginning(delimiter, above, start + above)


def without_surplus(record: Record, width: int) -> Record:
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


def _read(path: str, lines: Sequence[str], delimiter: str, start: int) -> list[Record]:
    """Read all rows from a line on, and warn of those whose quotes are ambiguous."""
    read = Records(path, lines[start:], delimiter, start + 1)
    records = list(read)

    def raw(record: Record) -> Sequence[str]:
        return lines[record.line - 1 : record.last]

    warn_of_quotes(path, read.stray)
    long = {record.line for record in records if read.lines_are_rows(record, raw(record))}
    if not long or any(read.shows_quoting(record, raw(record)) for record in records):
        return records
    if delimiter != TAB:
        warn_of_long_rows(path, sorted(long))
        return records
    _warn(path, sorted(long), "a quote is read as an ordinary character, as the lines up to the next one are rows")
    parts = (
        [Record(at + 1, at + 1, plain(lines[at], delimiter)) for at in range(r.line - 1, r.last)]
        if r.line in long
        else [r]
        for r in records
    )
    return [record for part in parts for record in part]


def warn_of_quotes(path: str, lines: Sequence[int]) -> None:
    """Warn of lines with a quote that is not closed before a delimiter."""
    _warn(path, lines, "a quote is read as an ordinary character, as it is not closed before a delimiter")


def warn_of_long_rows(path: str, lines: Sequence[int]) -> None:
    """Warn of rows of several lines, which could each be a row."""
    _warn(path, lines, "lines between two quotes are read as one row, though each could be a row")


def _warn(path: str, lines: Sequence[int], what: str) -> None:
    if lines:
        warnings.warn(f"{path}: {what} (line {listed(lines)})", FewtextWarning, stacklevel=5)


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
