"""Locks: one writer at a time in a folder, until it is done or its process ends."""

from __future__ import annotations

import os
from pathlib import Path

from fewtext.errors import InputError


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
