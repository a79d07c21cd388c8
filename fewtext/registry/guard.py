"""The guard around a plugin's code: whatever it raises is caught, and the process's state is restored.

It cannot stop ``os._exit``, an endless loop, a thread that keeps running, or a patch to a library.
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
    """Declare that the process runs the command alone: no other code uses its standard streams or changes its state."""
    global _owned
    _owned = True


def _in_main_thread() -> bool:
    return threading.current_thread() is threading.main_thread()


class Guard:
    """Runs a block of a plugin's code.

    Afterwards ``error`` is what the block raised, including ``SystemExit``, and ``changes`` lists the state that it
    changed and that was restored. An interrupt by the user (ctrl-C, SIGTERM) is raised, even if the plugin caught it.

    With ``loading`` every setting is compared. Without it only those are that could affect later answers, and only
    where the process is the command's own: in another program, other code may change them meanwhile.
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
        if forked:  # a forked copy would give every answer a second time
            warnings.warn(f"{self._plugin} forked the process; the fork was ended", FewtextWarning, stacklevel=2)
            sys.stderr.flush()
            os._exit(0)
        self._interrupts.end()
        self.error = error
        return True


class _Interrupts:
    """Records the signals that end a process, to distinguish them from what a plugin raises."""

    def __init__(self) -> None:
        self._interrupt: Callable[[], Any] | None = None
        self._handlers: dict[int, Any] = {}
        if not _in_main_thread():
            return  # signals reach the main thread only
        for number in _SIGNALS:
            handler = signal.getsignal(number)
            if callable(handler):
                self._handlers[number] = handler
                signal.signal(number, partial(self._record, handler))

    def _record(self, handler: Callable[[int, FrameType | None], Any], number: int, frame: FrameType | None) -> None:
        try:
            handler(number, frame)
        except BaseException:
            self._interrupt = partial(handler, number, frame)
            raise

    def end(self) -> None:
        """Put back the handlers; raise the interrupt, if one came."""
        for number, handler in self._handlers.items():
            signal.signal(number, handler)
        if self._interrupt:
            self._interrupt()
