"""Queries of a large file: surveyed once, row by row, then read again as their parts are asked for.

The survey settles what only the whole file tells: its columns, its encoding, how many rows it has and which of them
cannot be read. So parts hold the very rows that reading the file at once would give.
"""

from __future__ import annotations

import warnings
from collections.abc import Iterable, Iterator
from itertools import chain, islice
from pathlib import Path
from typing import Protocol

from fewtext.errors import FewtextWarning, InputError
from fewtext.files.columns import RowProblems, header_of, position
from fewtext.files.digests import digest_of_file
from fewtext.files.examples import IMAGE, TEXT, kind_of
from fewtext.files.exports.recognise import fits_an_export, joined_labels
from fewtext.files.lazy_text import NotInParts
from fewtext.files.queries import OUTCOME, Queries, problem_of, queries_in
from fewtext.files.query_parts import QueryParts
from fewtext.files.structured_texts import OUTCOME as AS_JSON
from fewtext.files.structured_texts import structure_in
from fewtext.files.tables import Row, Table
from fewtext.files.text_columns import text_columns, with_joined_texts

_HEAD = 1000  # rows that show what the others are
_MOST_PROBLEMS = 100_000  # rows that a warning counts, reason by reason


class RowsOnDisk(Protocol):
    """A table whose rows are read one after another, each with the reason why it cannot be: empty where it can."""

    path: str
    delimiter: str

    @property
    def columns(self) -> list[str] | None:
        """As those of ``Table``; known once the survey has begun."""

    def survey(self) -> Iterator[tuple[Row, str]]:
        """Yield the rows for the first time."""

    def rows(self) -> Iterator[tuple[Row, str]]:
        """Yield the rows again."""


class LazyQueries(QueryParts):
    """Queries of a large file. Raises ``NotInParts`` where they are not those that the whole file would give."""

    def __init__(self, table: RowsOnDisk, text_column: str | None, limit: int | None) -> None:
        self._table, self._text_column = table, text_column
        self._file = Path(table.path)
        self._state = _state(self._file)
        rows = table.survey()
        head = list(islice(rows, _HEAD))
        self._header = [] if table.columns is not None else head[:1]
        shown = self._as_table(head[len(self._header) :])
        _check(shown, text_column)
        joined, structured, unreadable = joined_labels(shown), _Problems(shown), _Problems(shown)
        structures = [name for name in text_columns(text_column) or [TEXT] if table.columns and name in table.columns]
        width, count = len(header_of(shown)), 0
        for row, reason in chain(head[len(self._header) :], rows):
            count += 1
            if joined is not None and joined < len(row.cells) and "#" in str(row.cells[joined]):
                raise NotInParts
            for name in structures:
                structured.add(structure_in(row, name, position(table.columns or [], name)), row)
            if limit is None or count <= limit:
                unreadable.add(reason or problem_of(row, shown, width), row)
        structured.warn(AS_JSON)
        unreadable.warn(OUTCOME)
        self._like = queries_in(self._as_table([]), text_column, warn=False)
        self.total = count if limit is None else min(count, limit)

    @property
    def like(self) -> Queries:
        """Queries without any row."""
        return self._like

    def parts(self, size: int, skip: int = 0) -> Iterator[Queries]:
        """Read the file again; raise ``InputError`` where it has changed since the survey."""
        assert self.total is not None  # the survey has counted them
        before, count = len(self._header), skip
        try:
            rows = islice(self._table.rows(), before + skip, before + self.total)
            while part := list(islice(rows, size)):
                count += len(part)
                if _state(self._file) != self._state:
                    break
                yield queries_in(self._as_table(part), self._text_column, warn=False)
        except (NotInParts, ValueError, EOFError, OSError) as error:
            raise self._changed() from error
        if count != self.total or _state(self._file) != self._state:
            raise self._changed()

    def digest(self) -> str:
        """Return the digest of the file's content."""
        return digest_of_file(self._file)

    def _as_table(self, rows: Iterable[tuple[Row, str]]) -> Table:
        own = [*self._header, *rows]
        broken = {row.line: reason for row, reason in own if reason}
        return Table(self._table.path, self._table.columns, [row for row, _ in own], broken, self._table.delimiter)

    def _changed(self) -> InputError:
        return InputError("has changed while it was read", where=self._table.path, hint="begin again")


class _Problems:
    """Rows to warn of, with the reasons; of very many the last are only counted."""

    def __init__(self, table: Table) -> None:
        self._table, self._rows, self._more = table, list[tuple[str, Row]](), 0

    def add(self, reason: str, row: Row) -> None:
        """Note the reason, if any."""
        if reason and len(self._rows) < _MOST_PROBLEMS:
            self._rows.append((reason, Row(row.line, [], row.record)))
        elif reason:
            self._more += 1

    def warn(self, outcome: str) -> None:
        own = self._table
        problems = RowProblems(Table(own.path, own.columns, [row for _, row in self._rows], {}))
        for reason, row in self._rows:
            problems.add(reason, row.line)
        problems.warn(outcome)
        if self._more:
            warnings.warn(f"{own.path}: {self._more:,} more rows {outcome}", FewtextWarning, stacklevel=4)


def _check(head: Table, text_column: str | None) -> None:
    """Raise ``NotInParts`` for images, for what a tool has exported, and where no header names the texts."""
    if not head.rows or fits_an_export(head):
        raise NotInParts
    joined, name = with_joined_texts(head, text_column, lenient=True)
    kind, header = kind_of(joined, name), header_of(joined)
    if kind == IMAGE or (position(header, name or kind) is None and position(header, kind) is None):
        raise NotInParts


def _state(path: Path) -> tuple[int, int, int]:
    status = path.stat()
    return status.st_size, status.st_mtime_ns, status.st_ino
