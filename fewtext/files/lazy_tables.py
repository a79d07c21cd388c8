"""The rows of a csv, tsv, jsonl or txt, one after another: the same rows as of the table that is read whole."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import chain, islice

from fewtext.files.delimited import (
    CSV,
    HEADER_WITHIN,
    TSV,
    beginning,
    is_tabbed,
    warn_of_long_rows,
    warn_of_quotes,
    without_surplus,
)
from fewtext.files.delimited_rows import TAB, Records
from fewtext.files.json_records import MANY_KEYS, record_in
from fewtext.files.lazy_text import LazyText, NotInParts
from fewtext.files.tables import Row

LAZY = ("csv", "tsv", "jsonl", "txt")
_HEAD = 1000  # lines that show what a file is


class LazyTable:
    """A table on the disk. ``columns`` is None where its first row is the header; ``survey`` has to be called first."""

    def __init__(self, text: LazyText, expected: str) -> None:
        self.path, self._text, self._expected = text.path, text, expected
        self.columns: list[str] | None = None
        self.delimiter = ","

    def survey(self) -> Iterator[tuple[Row, str]]:
        """Yield what ``rows`` does, and learn on the way what the whole file says of each of them.

        Raises ``NotInParts`` where a table that is read whole would be another.
        """
        self._text.check_encoding()
        with self._text.lines("") as lines:
            head = list(islice(lines, _HEAD))
        if self._text.ending == "txt":
            if is_tabbed("".join(head[:20]), self._expected, self._text.is_utf_16):
                raise NotInParts
            self.columns = [self._expected]
        elif self._text.ending == "jsonl":
            if "".join(head).lstrip()[:1] in ("[", ""):
                raise NotInParts
            self._find_columns()
        else:
            kinds = CSV if self._text.ending == "csv" else TSV
            self._begun = beginning(self.path, head[: HEADER_WITHIN + 1], kinds, self._expected)
            self.delimiter = self._begun.delimiter
        yield from self.rows(surveyed=True)

    def rows(self, surveyed: bool = False) -> Iterator[tuple[Row, str]]:
        """Yield each row, and why it cannot be read: an empty string where it can."""
        if self._text.ending == "txt":
            return self._lines()
        return self._records() if self._text.ending == "jsonl" else self._delimited(surveyed)

    def _lines(self) -> Iterator[tuple[Row, str]]:
        with self._text.lines(None) as lines:
            for number, line in enumerate(lines, 1):
                yield Row(number, [line.rstrip("\n")]), ""

    def _records(self) -> Iterator[tuple[Row, str]]:
        assert self.columns is not None  # the survey has found them
        for number, record, problem in self._objects():
            yield Row(number, [record.get(name) for name in self.columns]), problem

    def _objects(self) -> Iterator[tuple[int, dict[str, object], str]]:
        with self._text.lines(None) as lines:
            for number, line in enumerate(lines, 1):
                if line.strip():
                    yield number, *record_in(line)

    def _find_columns(self) -> None:
        """All keys of the file, in the order in which they appear."""
        columns: dict[str, None] = {}
        for _, record, _ in self._objects():
            if not record.keys() <= columns.keys():
                columns.update(dict.fromkeys(record))
                if len(columns) > MANY_KEYS:
                    raise NotInParts
        self.columns = list(columns)

    def _delimited(self, surveyed: bool) -> Iterator[tuple[Row, str]]:
        begun = self._begun
        with self._text.lines("") as lines:
            records = Records(self.path, islice(lines, begun.start, None), self.delimiter, begun.start + 1)
            width, number = 0, begun.above
            long: list[int] = []
            quoting = False
            held: list[Row] = []  # blank rows, which count only where another follows
            for record in records:
                number += 1
                if surveyed:
                    quoting = quoting or records.shows_quoting(record, records.raw)
                    if record.last > record.line and records.lines_are_rows(record, records.raw):
                        long.append(record.line)
                        if self.delimiter == TAB:
                            raise NotInParts
                if not record.cells:
                    if width:
                        held.append(Row(record.line, [], number))
                    continue
                width = width or len(record.cells)
                record = without_surplus(record, width)
                for row in chain(held, [Row(record.line, record.cells, number)]):
                    yield row, ""
                held.clear()
        if surveyed:
            warn_of_quotes(self.path, records.stray)
            if not quoting:
                warn_of_long_rows(self.path, long)
