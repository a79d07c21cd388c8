"""Lines that arrive on a stream: handed on as soon as there are any, many at a time where they come fast."""

from __future__ import annotations

import codecs
import io
import os
import queue
import threading
import time
import warnings
from collections import deque
from typing import Any

from fewtext.errors import FewtextWarning
from fewtext.files.code_pages import decode_code_page
from fewtext.files.columns import RowProblems
from fewtext.files.file_content import mark_of
from fewtext.files.queries import OUTCOME
from fewtext.files.tables import Row, Table

PAUSE, LONGEST_WAIT = 0.1, 0.3  # seconds: lines are handed on where none comes for so long, or after so long
_NAME = "standard input"
_BLOCK = 2**16
_AHEAD = 256  # blocks that are read before their answers are out
_REPLACED = "\N{REPLACEMENT CHARACTER}"
_MOST_PROBLEMS = 100_000


class ArrivingLines:
    """Reads a stream in a thread of its own.

    The thread reads from the system itself: the lock of a Python stream would be held when the process ends.
    """

    def __init__(self, stream: Any, encoding: str | None) -> None:
        self._blocks: queue.Queue[bytes | OSError] = queue.Queue(_AHEAD)
        first = stream.read1(_BLOCK)
        mark, of_mark = mark_of(first)
        self._encoding = of_mark if mark or encoding is None else encoding
        escaped = "surrogateescape" if self._encoding == "utf-8" else "replace"
        self._decoder: Any = io.IncrementalNewlineDecoder(
            codecs.getincrementaldecoder(self._encoding)(errors=escaped), translate=True
        )
        self._ready: deque[str] = deque()
        self._begun, self._ended = "", False  # the line that has no end yet
        self._number, self._code_page, self._has_letters = 0, "", False
        self._problems: dict[str, list[int]] = {}
        self._take(first[len(mark) :])
        threading.Thread(target=self._read, args=(stream.fileno(),), daemon=True).start()

    def next(self, most: int) -> list[str]:
        """Wait for lines, and return up to so many; none at the end."""
        while not self._ready and not self._ended:
            self._take(self._blocks.get())
        until = time.monotonic() + LONGEST_WAIT
        while len(self._ready) < most and not self._ended and (left := until - time.monotonic()) > 0:
            try:
                self._take(self._blocks.get(timeout=min(PAUSE, left)))
            except queue.Empty:
                break
        return [self._text(self._ready.popleft()) for _ in range(min(most, len(self._ready)))]

    def warn(self) -> None:
        """Warn of lines that could not be read as they are."""
        rows = [Row(line, []) for lines in self._problems.values() for line in lines]
        problems = RowProblems(Table(_NAME, [], rows, {}))
        for reason, lines in self._problems.items():
            for line in lines:
                problems.add(reason, line)
        problems.warn(OUTCOME)

    def _read(self, descriptor: int) -> None:
        try:
            while block := os.read(descriptor, _BLOCK):
                self._blocks.put(block)
            self._blocks.put(b"")
        except OSError as error:
            self._blocks.put(error)

    def _take(self, block: bytes | OSError) -> None:
        if isinstance(block, OSError):
            raise block
        self._ended = not block
        *lines, self._begun = (self._begun + self._decoder.decode(block, final=self._ended)).split("\n")
        if self._ended and self._begun:
            lines.append(self._begun)
        self._ready.extend(lines)

    def _text(self, line: str) -> str:
        """Return a line, its letters as they were meant, as far as that can be told."""
        self._number += 1
        line = line.lstrip("\ufeff") if self._number == 1 else line
        if self._code_page:
            line = _bytes_of(line).decode(self._code_page, "replace")
        elif self._encoding == "utf-8" and not line.isascii():
            line = self._in_utf8(line)
        if _REPLACED in line and (self._code_page or self._encoding != "utf-8"):
            self._note(f"a letter is not in {self._code_page or self._encoding}")
        if "\0" in line:
            self._note(f"a NUL character is read as {_REPLACED}")
            line = line.replace("\0", _REPLACED)
        return line

    def _in_utf8(self, line: str) -> str:
        content = _bytes_of(line)
        try:
            line = content.decode("utf-8")
        except UnicodeDecodeError:
            sample = b"\n".join([content, *map(_bytes_of, self._ready)])
            found = None if self._has_letters else decode_code_page(sample)
            if found is None:
                self._note("not UTF-8")
                return content.decode("utf-8", "replace")
            self._code_page = found.encoding
            message = f"is not UTF-8 from line {self._number} on: read as {found.encoding} ({found.name})"
            hint = "if that is wrong, name another by parameter 'encoding'"
            warnings.warn(f"{_NAME}: {message}; {hint}", FewtextWarning, stacklevel=2)
            return content.decode(self._code_page, "replace")
        self._has_letters = True
        return line

    def _note(self, reason: str) -> None:
        lines = self._problems.setdefault(reason, [])
        if len(lines) < _MOST_PROBLEMS:
            lines.append(self._number)


def _bytes_of(line: str) -> bytes:
    return line.encode("utf-8", "surrogateescape")
