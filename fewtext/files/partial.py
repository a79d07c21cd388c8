"""Output that appears as it is made: a ``.part`` beside its target, renamed at the end, with what is needed to go on.

A journal beside it, replaced after each part, says how many bytes hold how many rows, and of which work they are. What a
kill leaves behind them, a torn line at most, is cut before the work goes on.
"""

from __future__ import annotations

import io
import json
import os
import warnings
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, BinaryIO, TextIO

from fewtext.errors import FewtextWarning, InputError
from fewtext.files.atomic import PART, clear, short_name, sync_folder, write_text
from fewtext.files.locks import try_lock
from fewtext.files.tables import check_writable

JOURNAL = ".part.json"
_VERSION = 1


@dataclass
class Partial:
    """What is written of a file: ``rows`` of it are kept, and ``facts`` say what else is known of them.

    ``work`` is what the rows depend on, by name; without it the file cannot be gone on with.
    """

    text: TextIO
    stream: BinaryIO
    journal: Path
    work: Mapping[str, str] | None
    rows: int = 0
    facts: dict[str, Any] = field(default_factory=dict)

    def flush(self) -> None:
        """Let others see what has been written."""
        self.text.flush()
        self.stream.flush()

    def keep(self, rows: int, facts: dict[str, Any]) -> None:
        """Note that what has been written is ``rows`` more: a kill does not lose them."""
        self.flush()
        self.rows, self.facts = self.rows + rows, facts
        if self.work is not None:
            os.fsync(self.stream.fileno())
            kept = {"version": _VERSION, "rows": self.rows, "bytes": self.stream.tell(), "facts": facts}
            write_text(self.journal, json.dumps({**kept, "work": dict(self.work)}, ensure_ascii=False))


@contextmanager
def partial_output(path: Path, work: Mapping[str, str] | None, resume: bool) -> Iterator[Partial]:
    """Open a text file that grows in a ``.part`` and is renamed at the end of the block.

    With ``resume`` it goes on after the rows that an earlier process kept of the same ``work``. Raises ``InputError``
    where they are of other work, where they would be lost without ``resume``, and where another process is at it.
    """
    check_writable(path)
    path = path.resolve()
    part, journal = (path.with_name(short_name(path.name) + ending) for ending in (PART, JOURNAL))
    clear(path.parent, path.name)
    stream = _opened(part)
    text = io.TextIOWrapper(stream, encoding="utf-8", errors="backslashreplace", newline="")
    done = False
    found = Partial(text, stream, journal, work)
    try:
        kept = _kept(part, journal, work, resume, stream)
        stream.truncate(kept.get("bytes", 0))
        stream.seek(0, os.SEEK_END)
        found.rows, found.facts = kept.get("rows", 0), kept.get("facts", {})
        if not kept:
            journal.unlink(missing_ok=True)
        yield found
        found.flush()
        os.fsync(stream.fileno())
        with suppress(FileNotFoundError):
            part.chmod(path.stat().st_mode & 0o777)
        text.close()
        part.replace(path)
        sync_folder(path.parent)
        done = True
    except OSError as error:
        if isinstance(error, BrokenPipeError) or error.filename not in (None, str(part)):
            raise
        hint = "free some space or choose another place"
        raise InputError(f"cannot be written: {error.strerror or error}", where=str(path), hint=hint) from error
    finally:
        if done:
            journal.unlink(missing_ok=True)
        else:
            _leave(text, part, journal)
