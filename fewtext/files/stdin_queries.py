"""Standard input line by line: lines are handed on as they come, so that a slow writer is answered at once."""

from __future__ import annotations

import os
import stat
import sys
from collections.abc import Iterator
from dataclasses import replace
from functools import cached_property
from typing import Any

from fewtext.files.arriving_lines import ArrivingLines
from fewtext.files.examples import TEXT
from fewtext.files.file_content import begins_as_text
from fewtext.files.queries import Queries, read_queries
from fewtext.files.query_parts import SMALL, InMemory, QueryParts
from fewtext.files.source import Source
from fewtext.files.text_columns import text_columns

_FASTTEXT = b"__label__"


class StdinQueries(QueryParts):
    """The lines of standard input, each a text; ``parts`` can be asked for once.

    Nothing is read before ``like`` or ``parts`` is asked for, so that a writer who waits for answers is not waited for.
    What is no plain text is read at once, as any file.
    """

    def __init__(self, source: Source, text_column: str | None, limit: int | None) -> None:
        self._source, self._text_column, self._limit = source, text_column, limit

    @cached_property
    def _at_once(self) -> InMemory | None:
        stream: Any = sys.stdin.buffer
        begins = stream.peek(1)
        if begins and begins_as_text(begins) and _FASTTEXT not in begins.split(b"\n")[0]:
            return None
        return InMemory(read_queries(self._source, self._text_column, self._limit))

    @property
    def like(self) -> Queries:
        """Queries without any row."""
        name = next(iter(text_columns(self._text_column)), TEXT)
        return self._at_once.like if self._at_once else Queries([], [], [], [], name=name)

    @property
    def are_images(self) -> bool:
        """False: lines are texts."""
        return False

    def digest(self) -> str:
        """Return an empty string: a stream cannot be read twice."""
        return ""

    def parts(self, size: int, skip: int = 0) -> Iterator[Queries]:
        """Yield the lines that have come, as soon as there is one; at last warn of those that could not be read."""
        assert skip == 0  # what was read is gone
        if self._at_once is not None:
            yield from self._at_once.parts(size)
            return
        lines, left = ArrivingLines(sys.stdin.buffer, self._source.encoding), self._limit
        while found := lines.next(size if left is None else min(size, left)):
            left = left if left is None else left - len(found)
            yield replace(self.like, texts=found, carried=[[] for _ in found], shown=found)
        lines.warn()


def comes_as_a_stream() -> bool:
    """Whether standard input is a pipe or a terminal, or a file that is large."""
    try:
        status = os.fstat(sys.stdin.buffer.fileno())
    except (OSError, AttributeError, ValueError):  # no stream of the system's
        return False
    return not stat.S_ISREG(status.st_mode) or status.st_size >= SMALL
