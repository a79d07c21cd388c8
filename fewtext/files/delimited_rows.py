"""Rows of a csv or tsv, one after another: where each ends, and whether its quotes enclose cells.

Lines are read as they are needed and those of one row alone are kept, so that a file may be longer than memory.
"""

from __future__ import annotations

import csv
from collections import deque
from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple

from fewtext.errors import InputError

TAB = "\t"


class Record(NamedTuple):
    """The cells of a row, and its first and last line, counted from 1."""

    line: int
    last: int
    cells: list[str]


class Records:
    """The rows of lines that begin with number ``first``; ``raw`` is the lines of the last row that was yielded."""

    def __init__(self, path: str, lines: Iterable[str], delimiter: str, first: int = 1) -> None:
        self.path, self.delimiter, self.first = path, delimiter, first
        self.width = 0  # fields of the header
        self.stray: list[int] = []  # lines to warn of, with a quote that was read as an ordinary character
        self.raw: list[str] = []
        self._unread = iter(lines)
        self._again: deque[str] = deque()  # lines to read again, one by one

    def __iter__(self) -> Iterator[Record]:
        """Yield the rows; raise ``InputError`` for a quote in a csv that is never closed."""
        line = self.first
        while True:
            taken: list[str] = []
            reader = csv.reader(self._lines(taken), delimiter=self.delimiter, strict=True)
            try:
                for cells in reader:
                    self.width = self.width or len(cells)
                    last = line + len(taken) - 1
                    if last > line and len(cells) != self.width == len(plain(taken[0], self.delimiter)):
                        self.stray.append(line)  # not a row itself, and it would contain others
                        break
                    self.raw = taken[:]
                    taken.clear()
                    yield Record(line, last, cells)
                    line = last + 1
                else:
                    return
                record = Record(line, line, plain(taken[0], self.delimiter))
            except csv.Error as error:
                if self.delimiter != TAB and "end of data" in str(error):
                    what, hint = "a quote is opened here and never closed", 'close it, or write ""'
                    raise InputError(what, where=f"{self.path}:{line}", hint=hint) from error
                record = self._unpaired(line, taken[0])
            self._again.extendleft(reversed(taken[1:]))
            self.raw = taken[:1]
            self.width = self.width or len(record.cells)
            yield record
            line += 1

    def _lines(self, taken: list[str]) -> Iterator[str]:
        while True:
            line = self._again.popleft() if self._again else next(self._unread, None)
            if line is None:
                return
            taken.append(line)
            yield line

    def _unpaired(self, line: int, raw: str) -> Record:
        """Return a line with unpaired quotes: as ordinary characters, unless pairing them gives the right width."""
        cells = plain(raw, self.delimiter)
        if len(cells) != self.width:
            paired = next(csv.reader([raw.rstrip("\r\n") + "\n"], delimiter=self.delimiter))
            if len(paired) == self.width and not paired[-1].endswith("\n"):  # an open quote would include the line end
                return Record(line, line, paired)
        if self.delimiter != TAB:
            self.stray.append(line)
        return Record(line, line, cells)

    def lines_are_rows(self, record: Record, raw: Sequence[str]) -> bool:
        """Whether a row stands in several lines that could each be one."""
        several = record.last > record.line
        return several and all(len(plain(line, self.delimiter)) == self.width for line in raw)

    def shows_quoting(self, record: Record, raw: Sequence[str]) -> bool:
        """Whether a program that does not quote would hardly write this row."""
        text = "".join(raw).rstrip("\r\n")
        if '"' not in text or len(record.cells) != self.width:
            return False
        every = '"' + f'"{self.delimiter}"'.join(cell.replace('"', '""') for cell in record.cells) + '"'
        alone = all(len(plain(line, self.delimiter)) == self.width for line in raw)
        return (text == every and (self.width > 1 or record.line == 1)) or not alone


def plain(line: str, delimiter: str) -> list[str]:
    """Return the cells of a line whose quotes are ordinary characters."""
    return next(csv.reader([line], delimiter=delimiter, quoting=csv.QUOTE_NONE), [])
