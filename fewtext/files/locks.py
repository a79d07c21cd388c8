"""Locks on folders: one process at a time writes."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from fewtext.errors import InputError

_held: dict[Path, int] = {}  # the folders that this process has locked by ``locked``, each with its handle


def lock(folder: Path, who: str) -> int | None:
    """Lock a folder and return a handle to close; None where the system has no such locks.

    Raises ``InputError`` where another process holds the lock; ``who`` is what the message calls it.
    """
    while True:
        handle = open_folder(folder)
        if handle is None:
            return None
        got = try_lock(handle)
        if got and _is_at(handle, folder):
            return handle
        os.close(handle)
        if got is None:
            return None
        if not got:
            raise InputError(f"is in use by {who}", where=str(folder), hint="wait for it, or choose another folder")
        # Locked, but replaced by another folder meanwhile: lock that one.


@contextmanager
def locked(folder: Path, who: str) -> Iterator[None]:
    """Keep other processes from replacing a folder; the lock is reentrant within the process.

    A missing folder is not locked. Raises ``InputError`` where another process holds the lock.
    """
    folder = folder.resolve()
    handle = None
    if folder not in _held and folder.is_dir() and (handle := lock(folder, who)) is not None:
        _held[folder] = handle
    try:
        yield
    finally:
        if handle is not None:
            os.close(_held.pop(folder))


def hand_over(folder: Path, handle: int) -> int:
    """Let ``handle``, of the folder's replacement, hold the lock from now on; return the handle to close."""
    before = _held.get(folder)
    if before is None:
        return handle
    _held[folder] = handle
    return before


def open_folder(folder: Path) -> int | None:
    """Return a handle to a folder, None where the system has none."""
    return os.open(folder, os.O_RDONLY) if os.name == "posix" else None


def try_lock(handle: int) -> bool | None:
    """Lock an open file or folder: True if locked, False if another process holds the lock, None without locks.

    The lock ends with the process, even when it is killed.
    """
    try:
        import fcntl
    except ImportError:
        return None
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    except OSError:  # a file system without locks
        return None
    return True


def _is_at(handle: int, path: Path) -> bool:
    try:
        return os.path.samestat(os.fstat(handle), os.stat(path))
    except FileNotFoundError:
        return False
