"""The guard around a plugin's code: whatever it raises is caught, and what it changes of the process is put back.

What a process cannot stop in itself: ``os._exit``, a loop that never ends, a thread that goes on, a library patched.
"""

from __future__ import annotations

import os
import signal
import sys
import threading
import warnings
from collections.abc import Callable
from functools import partial
from types import FrameType
from typing import Any

from fewtext.errors import FewtextWarning
from fewtext.registry.process_state import State
from fewtext.registry.standard_streams import Diversion

_SIGNALS = (signal.SIGINT, signal.SIGTERM)
_owned = False


def own_process() -> None:
    """Say that the process is the command's own: nobody else uses its standard streams or changes its state."""
    global _owned
    _owned = True


def _in_main_thread() -> bool:
    return threading.current_thread() is threading.main_thread()


class Guard:
    """Runs a block of a plugin's code.

    Afterwards ``error`` is what it raised, a ``SystemExit`` too, and ``changes`` what it changed of the process and was
    put back. That a user ends the process, by ctrl-C or by SIGTERM, is no error of the plugin: it goes on its way, even
    where the plugin caught it.

    With ``loading`` all that a plugin may do to a process is looked at, without it what could reach later answers; then
    only where the process is the command's own, since in a program others may change it meanwhile.
    """

    error: BaseException | None = None

    def __init__(self, plugin: str, loading: bool = False) -> None:
        self.changes: list[str] = []
        self._plugin, self._loading = plugin, loading

    def __enter__(self) -> Guard:
        self._process = os.getpid()
        self._interrupts = _Interrupts()
        alone = _owned and _in_main_thread()  # streams and settings are those of all threads
        self._diversion = Diversion(recorded=self._loading) if alone else None
        if self._diversion:
            self._diversion.begin()
        self._state = State(self._loading) if alone or self._loading else None
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: object) -> bool:
        forked = os.getpid() != self._process
        if self._state:
            self.changes = list(dict.fromkeys(f"changed {what}" for what in self._state.restore()))
        if self._diversion and (printed := self._diversion.end()):
            self.changes.append(f"printed {printed.splitlines()[0]!r:.60}")
        if forked:  # this is a copy, which would give every answer once more
            warnings.warn(f"{self._plugin} copied the process, and the copy has ended", FewtextWarning, stacklevel=2)
            sys.stderr.flush()
            os._exit(0)
        self._interrupts.end()
        self.error = error
        return True


class _Interrupts:
    """Notes the signals that end a process, to tell them from what a plugin raises."""

    def __init__(self) -> None:
        self._came: Callable[[], Any] | None = None
        self._handlers: dict[int, Any] = {}
        if not _in_main_thread():
            return  # others get no signals
        for number in _SIGNALS:
            handler = signal.getsignal(number)
            if callable(handler):
                self._handlers[number] = handler
                signal.signal(number, partial(self._note, handler))

    def _note(self, handler: Callable[[int, FrameType | None], Any], number: int, frame: FrameType | None) -> None:
        try:
            handler(number, frame)
        except BaseException:
            self._came = partial(handler, number, frame)
            raise

    def end(self) -> None:
        """Stop listening; raise what came."""
        for number, handler in self._handlers.items():
            signal.signal(number, handler)
        if self._came:
            self._came()
