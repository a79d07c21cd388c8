"""Locks: one writer at a time in a folder, and one thread at a time at what the whole process shares."""

from __future__ import annotations

import os
import threading
from pathlib import Path

from fewtext.errors import InputError

# Held by whoever changes, for a while, what all threads see: torch's default dtype, its initialisers and its random
# numbers, the log of a library.
PROCESS_STATE = threading.RLock()
if hasattr(os, "register_at_fork"):  # a child must not inherit a lock whose holder it has not inherited
    os.register_at_fork(
        before=PROCESS_STATE.acquire, after_in_parent=PROCESS_STATE.release, after_in_child=PROCESS_STATE.release
    )


def lock(folder: Path, who: str) -> int | None:
    """Lock a folder and return a handle to close; None where the system has no such locks.

    Raises ``InputError`` where another process has it, which is called ``who``: ``another training``.
    """
    try:
        import fcntl
    except ImportError:
        return None
    handle = os.open(folder, os.O_RDONLY)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError as error:
        os.close(handle)
        raise InputError(f"{who} writes there", where=str(folder), cure="wait for it, or choose another") from error
    except OSError:  # a file system without locks
        os.close(handle)
        return None
    return handle
