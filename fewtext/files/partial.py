"""Output that appears as it is made: a ``.part`` beside its target, renamed at the end, with what is needed to go on.

A journal beside it, replaced after each part, says how many bytes hold how many rows, and of which work they are.
What a kill leaves behind them, such as a torn line, is cut before the work goes on.
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

    ``work`` is what the rows depend on, by name; where it is empty the file cannot be gone on with.
    """

    text: TextIO
    stream: BinaryIO
    journal: Path
    work: Mapping[str, str]
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
        if self.work:
            os.fsync(self.stream.fileno())
            self.write_journal()

    def write_journal(self) -> None:
        """Write how far the file has come; the journal also tells that the ``.part`` is one of ours."""
        kept = {"version": _VERSION, "rows": self.rows, "bytes": self.stream.tell(), "facts": self.facts}
        write_text(self.journal, json.dumps({**kept, "work": dict(self.work)}, ensure_ascii=False))


@contextmanager
def partial_output(path: Path, work: Mapping[str, str], resume: bool) -> Iterator[Partial]:
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
        kept = _kept(stream, part, journal, work, resume)
        stream.truncate(kept["bytes"] if kept else 0)
        stream.seek(0, os.SEEK_END)
        if kept:
            found.rows, found.facts = kept["rows"], kept["facts"]
        else:
            found.write_journal()
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


def _opened(part: Path) -> BinaryIO:
    """Open and lock the file, which may be there already."""
    while True:
        handle = os.open(part, os.O_RDWR | os.O_CREAT | getattr(os, "O_BINARY", 0), 0o666)
        stream = os.fdopen(handle, "r+b")
        if try_lock(handle) is False:
            stream.close()
            raise InputError("is being written by another process", where=str(part), hint="wait for it, or end it")
        with suppress(FileNotFoundError):
            if os.path.samestat(os.fstat(handle), part.stat()):
                return stream
        stream.close()  # the other process has just renamed it


def _kept(stream: BinaryIO, part: Path, journal: Path, work: Mapping[str, str], resume: bool) -> dict[str, Any] | None:
    """Return what the journal says of the file that is gone on with; None where it begins anew."""
    size = stream.seek(0, os.SEEK_END)
    found = _read(journal)
    if size and found is None:
        what = "exists, and nothing tells that it is an unfinished file of answers"
        raise InputError(what, where=str(part), hint="move it away, or remove it")
    if found is None or not found["rows"] or found["bytes"] > size:
        return None
    changed = sorted(name for name in {*work, *found["work"]} if work.get(name) != found["work"].get(name))
    if resume and changed:
        what = f"holds the answers to {found['rows']:,} rows, and what they were made from or with is another now"
        hint = "give what it was begun with, or remove it to begin anew"
        raise InputError(f"{what}: {', '.join(changed)}", where=str(part), hint=hint)
    if not resume and not changed:
        what = f"holds the answers to {found['rows']:,} rows, which this run would make again"
        raise InputError(what, where=str(part), hint="go on after them with parameter 'resume', or remove it")
    if not resume:
        message = f"the answers to {found['rows']:,} rows of another unfinished run are replaced"
        warnings.warn(f"{part}: {message}", FewtextWarning, stacklevel=4)
        return None
    return found


def _read(journal: Path) -> dict[str, Any] | None:
    try:
        found = json.loads(journal.read_text(encoding="utf-8"))
        numbers = found["version"], found["rows"], found["bytes"]
        whole = all(type(number) is int and number >= 0 for number in numbers) and numbers[0] == _VERSION
        return found if whole and isinstance(found["work"], dict) and isinstance(found["facts"], dict) else None
    except (OSError, ValueError, KeyError, TypeError):
        return None


def _leave(text: TextIO, part: Path, journal: Path) -> None:
    """Close an unfinished file; one without any kept row is removed."""
    with suppress(OSError):
        text.close()
    kept = _read(journal)
    if kept is not None and not kept["rows"]:
        part.unlink(missing_ok=True)
        journal.unlink(missing_ok=True)
