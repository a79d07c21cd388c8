"""Answers as they are made: part by part onto standard output, or into a file that a kill leaves in a usable state."""

from __future__ import annotations

import sys
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import chain, islice
from pathlib import Path
from typing import TYPE_CHECKING, Any

from fewtext.cli.closing import counted
from fewtext.cli.output import BOM, begun, write
from fewtext.cli.terminal import say
from fewtext.files.reading_ahead import ahead

if TYPE_CHECKING:
    from fewtext.classify.encoded import Stream
    from fewtext.classify.prediction import Prediction
    from fewtext.classify.summary import AnswerSummary
    from fewtext.cli.wanted import Wanted
    from fewtext.cli.written import Written
    from fewtext.contracts.encoder import Encoder
    from fewtext.files.queries import Queries
    from fewtext.files.query_parts import QueryParts

    Answered = Callable[[Sequence[Any] | Stream], Iterator[Prediction]]


class Taken:
    """The parts of the queries as a classifier takes them, each kept until its answers are out."""

    def __init__(self, parts: Iterable[Queries]) -> None:
        self._parts, self._waiting = parts, deque[Any]()

    def texts(self) -> Iterator[list[Any]]:
        """Yield the texts of each part."""
        for part in self._parts:
            self._waiting.append(part)
            yield part.texts

    def rows(
        self, answers: Iterator[Prediction], written: Written, after: Callable[[int], None]
    ) -> Iterator[list[Any]]:
        """Yield the cells of each answer; ``after`` is called with the size of a part once its rows are written."""
        for first in answers:
            part = self._waiting.popleft()
            yield from written.rows(chain([first], islice(answers, len(part.texts) - 1)), part)
            after(len(part.texts))


def stream_answers(
    answered: Answered, queries: QueryParts, written: Written, wanted: Wanted, counts: AnswerSummary, encoder: Encoder
) -> None:
    """Answer the queries part by part, and write the answers of each before the next; count them."""
    from fewtext.classify.encoded import CHUNK, Batches

    def rows(after: Callable[[int], None], done: int = 0) -> Iterator[list[Any]]:
        parts = queries.parts(CHUNK, done)
        taken = Taken(parts if queries.total is None else ahead(parts))  # lines that arrive are waited for anyway
        left = None if queries.total is None else queries.total - done
        return taken.rows(answered(Batches(taken.texts(), left, done)), written, after)

    if wanted.summary and wanted.output is None:
        for _ in rows(lambda size: None):
            pass
    elif wanted.output is None or (queries.total is not None and queries.total <= CHUNK and not wanted.resume):
        shown = rows(lambda size: sys.stdout.flush() if wanted.output is None else None)
        write(written.columns, shown, wanted.kind, wanted.output, wanted.spreadsheet_safe, wanted.bom)
    else:
        _grow(rows, wanted.work.of(queries, encoder), written.columns, wanted, counts)


def _grow(
    rows: Callable[..., Iterator[list[Any]]],
    work: dict[str, str],
    columns: Sequence[str],
    wanted: Wanted,
    counts: AnswerSummary,
) -> None:
    """Write into a file that grows beside the output, and is renamed at the end."""
    from fewtext.files.partial import partial_output
    from fewtext.files.tables import write_table

    assert wanted.output is not None  # else they go to the screen
    with partial_output(Path(wanted.output), work, wanted.resume) as part:
        if part.rows:
            counts.add(part.facts)
            say(f"goes on after {counted(part.rows, 'row')}; messages on texts are of the rest")
        elif wanted.resume:
            say("there is nothing to go on with: begins with the first row")
        done = part.rows
        try:
            own = begun(rows(lambda size: part.keep(size, counts.facts()), done))
            part.text.write(BOM * (wanted.bom and not done))
            write_table(part.text, wanted.kind.value, columns, own, wanted.spreadsheet_safe, header=not done)
        except BaseException:
            if part.rows and work:
                say(f"the answers to {counted(part.rows, 'row')} are kept; --resume goes on after them")
            raise
