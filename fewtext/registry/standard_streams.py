"""Standard streams while a plugin's code runs: empty input, and output kept apart from results."""

from __future__ import annotations

import os
import sys
import tempfile
from collections.abc import Callable
from contextlib import suppress
from typing import Any, BinaryIO, TextIO

_NAMES = ("stdin", "stdout", "stderr", "__stdin__", "__stdout__", "__stderr__")
_KEPT: list[TextIO] = []
"""Streams that a loaded plugin may still hold: they stay open, and lead to standard error."""
_SHARED: dict[str, TextIO] = {}


class Diversion:
    """From ``begin`` to ``end``, standard output goes to standard error, or into a file that ``end`` reads.

    File descriptors are diverted as well as Python's streams, for the output of C code and of child processes.
    """

    def __init__(self, recorded: bool) -> None:
        self._file: BinaryIO | None = None
        if recorded:
            with suppress(OSError):  # a full disk: use standard error
                self._file = tempfile.TemporaryFile(buffering=0)

    def begin(self) -> None:
        """Flush the streams and divert them."""
        self._streams: dict[str, Any] = {name: getattr(sys, name) for name in _NAMES}
        for stream in (sys.stdout, sys.stderr):
            with suppress(OSError, ValueError):
                stream.flush()
        self._saved = {number: _duplicate(number) for number in (0, 1, 2)}
        os.dup2(_nothing().fileno(), 0)
        errors = out = _errors()
        if self._file:
            out = _writer(os.dup(self._file.fileno()))
            _KEPT.append(out)
        os.dup2(out.fileno(), 1)
        for name, stream in zip(_NAMES, (_nothing(), out, errors) * 2, strict=True):
            setattr(sys, name, stream)
        self._out = out

    def end(self) -> str:
        """Put the streams back; return the first 200 bytes of what was recorded."""
        with suppress(OSError, ValueError):
            self._out.flush()
        for number, saved in self._saved.items():
            with suppress(OSError):
                if saved is None:
                    os.close(number)
                else:
                    os.dup2(saved, number)
                    os.close(saved)
        for name, stream in self._streams.items():
            setattr(sys, name, stream)
        if not self._file:
            return ""
        with self._file:
            self._file.seek(0)
            written = self._file.read(200)
        with suppress(OSError, ValueError):
            os.dup2(2, self._out.fileno())
        return written.decode("utf-8", "replace")


def close_standard_output() -> None:
    """Flush standard output and send anything printed later, while the process ends, to standard error."""
    sys.stdout.flush()
    with suppress(OSError):
        os.dup2(2, 1)
    sys.stdout = sys.__stdout__ = sys.stderr  # type: ignore[misc, assignment]


def _duplicate(number: int) -> int | None:
    try:
        return os.dup(number)
    except OSError:  # closed by >&-
        return None


def _writer(number: int) -> TextIO:
    return open(number, "w", buffering=1, encoding="utf-8", errors="backslashreplace", newline="\n")


def _nothing() -> TextIO:
    """Return an empty input stream."""
    return _shared("nothing", lambda: open(os.devnull, encoding="utf-8"))


def _errors() -> TextIO:
    """Return a stream to standard error that no other code uses."""
    return _shared("errors", lambda: _writer(_duplicate(2) or os.open(os.devnull, os.O_WRONLY)))


def _shared(name: str, make: Callable[[], TextIO]) -> TextIO:
    if name not in _SHARED or _SHARED[name].closed:  # by a plugin
        _SHARED[name] = make()
    return _SHARED[name]
