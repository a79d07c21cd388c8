"""Standard output for our results alone: Ray prints what it has to say there, from threads of its own, too."""

from __future__ import annotations

import sys
import threading
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager, redirect_stdout
from typing import Any


class _OfThisThread:
    """A stream that is standard output for one thread, and standard error for all others."""

    def __init__(self, own: Any) -> None:
        self._own, self._thread = own, threading.get_ident()

    def __getattr__(self, name: str) -> Any:
        return getattr(self._own if threading.get_ident() == self._thread else sys.stderr, name)


@contextmanager
def to_standard_error() -> Iterator[AbstractContextManager[Any]]:
    """Send what other threads print to standard error; yield a block for what this one is not to print either."""
    own = sys.stdout
    stream: Any = _OfThisThread(own)
    sys.stdout = stream
    try:
        yield _Aside()
    finally:
        sys.stdout = own


class _Aside(AbstractContextManager[None]):
    """Everything that is printed within goes to standard error; it may be entered again and again."""

    def __enter__(self) -> None:
        self._block = redirect_stdout(sys.stderr)
        self._block.__enter__()

    def __exit__(self, *error: Any) -> None:
        self._block.__exit__(*error)
