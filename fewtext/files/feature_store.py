"""The store of cached features: whatever happens to its database, a run goes on, and is told once.

One is in use at a time in a process; all threads share it. SQLite is imported when it is first asked.
"""

from __future__ import annotations

import os
import re
import threading
import warnings
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

from fewtext.errors import FewtextWarning, InputError
from fewtext.files.cache import cache_folder
from fewtext.files.feature_database import DamagedError, Row, add_rows, connect, read_rows, secret_of

if TYPE_CHECKING:
    from sqlite3 import Connection

T = TypeVar("T")

FOLDER, FILE = "features", "features.sqlite3"
BOUND = "FEWTEXT_CACHE_SIZE"
USUAL_BOUND = "2 GB"
AT_ONCE = 4096  # rows read, or added, in one transaction
_UNITS = {"": 1, "B": 1, "KB": 10**3, "MB": 10**6, "GB": 10**9, "TB": 10**12}


class FeatureStore:
    """Rows of bytes by keys, in a folder that only its owner may read, and at most ``most`` bytes of them."""

    def __init__(self, folder: Path, most: int) -> None:
        self.path, self._most = folder / FILE, most
        self.asked = self.found = 0
        """How many rows were asked for, and found; those of all threads."""
        self.checked: set[str] = set()
        """Fingerprints of encoders whose features were compared with those that are kept."""
        self._database: Connection | None = None
        self._secret: bytes | None = None
        self._on = most > 0
        self._anew, self._opened = False, _identity(self.path)
        self._process, self._lock = os.getpid(), threading.Lock()
        self._inherited: list[Connection | None] = []  # by a fork: never to be used or closed here

    def secret(self) -> bytes | None:
        """Return the key of the hashes; None where there is no store to be had."""
        self._secret = self._secret or self._tried(secret_of, None)
        return self._secret

    def read(self, keys: Sequence[bytes]) -> dict[bytes, Row]:
        """Return the rows that there are."""
        found = self._tried(partial(read_rows, keys=keys), dict[bytes, Row]())
        self.asked, self.found = self.asked + len(keys), self.found + len(found)
        return found

    def add(self, rows: Sequence[tuple[bytes, Row]]) -> None:
        """Add rows; those that are there already stay."""
        for start in range(0, len(rows), AT_ONCE):
            self._tried(partial(add_rows, rows=rows[start : start + AT_ONCE], most=self._most), None)

    def distrust(self, message: str) -> None:
        """Say why, and do without the store from now on."""
        self._on = False
        warnings.warn(message, FewtextWarning, stacklevel=2)

    def close(self) -> None:
        """Close the database."""
        if self._database is not None and self._process == os.getpid():
            with suppress(Exception):
                self._database.close()
        self._database = None

    def _tried(self, act: Callable[[Connection], T], otherwise: T) -> T:
        """Return what an act on the database gives; ``otherwise`` where it fails, which is said once."""
        if self._process != os.getpid():
            self._inherited.append(self._database)
            self._database, self._process, self._lock = None, os.getpid(), threading.Lock()
        with self._lock:
            try:
                from sqlite3 import Error
            except ImportError as error:  # a Python that was built without it
                self._do_without(error)
            while self._on:
                try:
                    if self._database is None:
                        self._opened = _identity(self.path)
                        self._database = opened(self.path, self._secret)
                    return act(self._database)
                except (Error, OSError, DamagedError) as error:
                    self._failed(error)
        return otherwise

    def _failed(self, error: Exception) -> None:
        """Remove a database that is damaged, the first time; else do without."""
        self.close()
        if is_damaged(error) and not self._anew:
            self._anew = True
            with suppress(OSError):
                if _identity(self.path) in (self._opened, None):  # else another process has begun it anew meanwhile
                    remove_files(self.path)
                message = f"the cache of features {self.path} was damaged ({error}) and is begun anew"
                warnings.warn(message, FewtextWarning, stacklevel=6)
                return
        self._do_without(error)

    def _do_without(self, error: Exception) -> None:
        if self._on:
            reason = getattr(error, "strerror", None) or error
            hint = "set FEWTEXT_CACHE to a folder that can be written, or to off"
            warnings.warn(f"no features are cached: {self.path}: {reason}; {hint}", FewtextWarning, stacklevel=7)
        self._on = False


def opened(path: Path, secret: bytes | None = None) -> Connection:
    """Open a database in a folder that only its owner may read, which is made."""
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    if os.name == "posix" and path.parent.stat().st_mode & 0o077:
        path.parent.chmod(0o700)
    return connect(path, secret)


def _identity(path: Path) -> tuple[int, int] | None:
    """Return what tells a file from another of its name; None where there is none."""
    with suppress(OSError):
        facts = path.stat()
        return facts.st_dev, facts.st_ino
    return None


def is_damaged(error: Exception) -> bool:
    """Return whether an error means that the file is no database, or no longer one."""
    from sqlite3 import SQLITE_CORRUPT, SQLITE_NOTADB

    code = getattr(error, "sqlite_errorcode", None)
    return isinstance(error, DamagedError) or code is not None and code & 0xFF in (SQLITE_CORRUPT, SQLITE_NOTADB)


def remove_files(path: Path) -> None:
    """Remove a database with its log."""
    for end in ("", "-wal", "-shm"):
        path.with_name(path.name + end).unlink(missing_ok=True)


def bound() -> int:
    """Return how many bytes ``FEWTEXT_CACHE_SIZE`` allows; raise ``InputError`` where that is no size."""
    written = os.environ.get(BOUND) or USUAL_BOUND
    found = re.fullmatch(r"(\d+(?:\.\d+)?)\s*([KMGT]?B|)", written.strip().upper())
    if found is None or found[2] not in _UNITS:
        raise InputError(f"{written} is no size", where=BOUND, hint="write 500 MB or 10 GB, or 0 for no cache")
    return int(float(found[1]) * _UNITS[found[2]])


_in_use: list[FeatureStore] = []  # the only one, once for each block that uses it
_changing = threading.Lock()


@contextmanager
def cached_features() -> Iterator[None]:
    """Keep the features of texts that are encoded within this block, and take those that are kept.

    They are in the folder ``FEWTEXT_CACHE``, in at most ``FEWTEXT_CACHE_SIZE`` bytes, for all processes and threads.
    """
    folder, most = cache_folder(), bound()
    if folder is None or not most:
        yield
        return
    with _changing:
        store = _in_use[0] if _in_use else FeatureStore(folder / FOLDER, most)
        _in_use.append(store)
    try:
        yield
    finally:
        with _changing:
            _in_use.pop()
            if not _in_use:
                store.close()


def store_in_use() -> FeatureStore | None:
    """Return the store of the blocks that this is in, if any."""
    return _in_use[0] if _in_use else None
