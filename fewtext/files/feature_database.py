"""The database of cached features: rows of bytes by hashes, in SQLite, bounded by evicting what was used longest ago.

Keys have a table of their own, so that noting a use does not rewrite the features. Every row has a checksum, which
SQLite has not. What raises ``sqlite3.Error`` here is dealt with by the store.
"""

from __future__ import annotations

import os
import time
import zlib
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from sqlite3 import Connection

PAGE = 32768  # bytes: five rows of the default encoder
BUSY = 10.0  # seconds to wait for another process that writes
NOTED = 3600  # seconds: a use is noted where the last one noted is longer ago, so that most runs only read
ASKED = 500  # keys in one question
SHARE = 20  # an eviction takes a twentieth of all rows at a time
SECRET = 32  # bytes
LOG = 16 * 2**20  # bytes that the write-ahead log keeps between transactions

_SCHEMA = """
CREATE TABLE IF NOT EXISTS secrets (secret BLOB NOT NULL);
CREATE TABLE IF NOT EXISTS features (
    id INTEGER PRIMARY KEY, checksum INTEGER NOT NULL, marks INTEGER NOT NULL, content BLOB NOT NULL
);
CREATE TABLE IF NOT EXISTS keys (key BLOB PRIMARY KEY, id INTEGER NOT NULL, used INTEGER NOT NULL) WITHOUT ROWID;
"""


class Row(NamedTuple):
    """The features of an item as bytes, and what is to be said of it: a bit each."""

    content: bytes | memoryview
    marks: int


class DamagedError(Exception):
    """What was read is not what was written."""


class Facts(NamedTuple):
    """How many rows there are, and when the one used longest ago was, in seconds since 1970."""

    rows: int
    oldest: int | None


def connect(path: Path, secret: bytes | None = None) -> Connection:
    """Open the database, or make one, with this secret, that only its owner may read; the folder must exist."""
    import sqlite3

    if not path.exists():  # opening an existing one beside SQLite would end the locks of this process
        os.close(os.open(path, os.O_CREAT | os.O_RDWR, 0o600))
    database = sqlite3.connect(path, timeout=BUSY, isolation_level=None, check_same_thread=False)
    try:
        database.execute(f"PRAGMA page_size = {PAGE}")
        database.execute("PRAGMA auto_vacuum = INCREMENTAL")
        _keep_log(database)
        if database.execute("SELECT count(*) FROM sqlite_master").fetchone()[0] < 3:
            with _writing(database):
                for statement in _SCHEMA.split(";"):
                    database.execute(statement)
                if not database.execute("SELECT count(*) FROM secrets").fetchone()[0]:
                    database.execute("INSERT INTO secrets VALUES (?)", (secret or os.urandom(SECRET),))
    except BaseException:
        database.close()
        raise
    return database


def _keep_log(database: Connection) -> None:
    """Write ahead into a log: readers go on beside a writer, and a killed process leaves whole transactions."""
    import sqlite3

    until = time.monotonic() + BUSY
    while True:
        try:
            database.execute("PRAGMA journal_mode = WAL").fetchall()
            break
        except sqlite3.OperationalError as error:  # SQLite does not wait here for another process that does the same
            if error.sqlite_errorcode & 0xFF != sqlite3.SQLITE_BUSY or time.monotonic() > until:
                raise
            time.sleep(0.01)
    database.execute("PRAGMA synchronous = OFF")  # what a crash of the system, not of a process, damages is begun anew
    database.execute(f"PRAGMA journal_size_limit = {LOG}")


def secret_of(database: Connection) -> bytes:
    """Return the key of the hashes, drawn when the database was made: without it no text can be looked up."""
    match database.execute("SELECT secret FROM secrets").fetchone():
        case (bytes(secret),) if len(secret) == SECRET:
            return secret
    raise DamagedError("its secret is missing")


def read_rows(database: Connection, keys: Sequence[bytes]) -> dict[bytes, Row]:
    """Return the rows that there are, and note that they are used."""
    found: dict[bytes, Row] = {}
    stale: list[bytes] = []
    now = int(time.time())
    for asked in _pieces(keys, ASKED):
        columns = "key, used, checksum, content, marks"
        question = f"SELECT {columns} FROM keys JOIN features USING (id) WHERE key IN ({_places(asked)})"
        for key, used, checksum, *own in database.execute(question, asked):
            found[key] = Row(*own)
            if type(used) is not int or _checksum(key, found[key]) != checksum:
                raise DamagedError("a row has another checksum")
            if used < now - NOTED:
                stale.append(key)
    if stale:
        with _writing(database):
            database.executemany("UPDATE keys SET used = ? WHERE key = ?", [(now, key) for key in stale])
    return found


def add_rows(database: Connection, rows: Sequence[tuple[bytes, Row]], most: int) -> None:
    """Add rows in one transaction; what was used longest ago makes room, so that all take at most ``most`` bytes."""
    size = sum(len(row.content) for _, row in rows) // max(1, len(rows)) + 1
    now = int(time.time())
    with _writing(database):
        there = _keys(database, [key for key, _ in rows])
        new = [own for own in rows if own[0] not in there][: most // 2 // size]
        _make_room(database, len(new) * size, most)
        first = (database.execute("SELECT max(id) FROM features").fetchone()[0] or 0) + 1
        database.executemany(
            "INSERT INTO features VALUES (?, ?, ?, ?)",
            ((at, _checksum(key, row), row.marks, row.content) for at, (key, row) in enumerate(new, first)),
        )
        database.executemany(
            "INSERT INTO keys VALUES (?, ?, ?)", ((key, at, now) for at, (key, _) in enumerate(new, first))
        )
    _give_back(database, most)


def _keys(database: Connection, keys: Sequence[bytes]) -> set[bytes]:
    found: set[bytes] = set()
    for asked in _pieces(keys, ASKED):
        question = f"SELECT key FROM keys WHERE key IN ({_places(asked)})"
        found |= {key for (key,) in database.execute(question, asked)}
    return found


def facts_of(database: Connection) -> Facts:
    """Return how much there is."""
    return Facts(*database.execute("SELECT count(*), min(used) FROM keys").fetchone())


def clear_rows(database: Connection) -> None:
    """Remove all rows, and give their space back; other processes may go on."""
    with _writing(database):
        database.execute("DELETE FROM features")
        database.execute("DELETE FROM keys")
    database.execute("VACUUM")
    database.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()


@contextmanager
def _writing(database: Connection) -> Iterator[None]:
    """Hold the only right to write, and write all or nothing."""
    database.execute("BEGIN IMMEDIATE")
    try:
        yield
        database.execute("COMMIT")
    except BaseException:
        if database.in_transaction:
            database.execute("ROLLBACK")
        raise


def _make_room(database: Connection, wanted: int, most: int) -> None:
    while _used(database) + wanted > most:
        count = facts_of(database).rows
        if not count:
            return
        oldest = database.execute(
            "SELECT key, id FROM keys ORDER BY used, id LIMIT ?", (1 + count // SHARE,)
        ).fetchall()
        database.executemany("DELETE FROM features WHERE id = ?", [(at,) for _, at in oldest])
        database.executemany("DELETE FROM keys WHERE key = ?", [(key,) for key, _ in oldest])


def _used(database: Connection) -> int:
    """Return how many bytes of the file hold something."""
    return PAGE * (_fact(database, "page_count") - _fact(database, "freelist_count"))


def _give_back(database: Connection, most: int) -> None:
    """Make the file smaller where it is larger than it may be, as after the bound was lowered."""
    if (surplus := _fact(database, "page_count") - most // PAGE) > 0:
        database.executescript(f"PRAGMA incremental_vacuum({surplus})")  # execute() would free the first page only


def _fact(database: Connection, name: str) -> int:
    return int(database.execute(f"PRAGMA {name}").fetchone()[0])


def _checksum(key: bytes, row: Row) -> int:
    if not isinstance(row.content, (bytes, memoryview)):
        raise DamagedError("a row is not of bytes")
    return zlib.crc32(row.content, zlib.crc32(key + str(row.marks).encode()))


def _places(asked: Sequence[bytes]) -> str:
    return ",".join("?" * len(asked))


def _pieces(keys: Sequence[bytes], size: int) -> Iterator[Sequence[bytes]]:
    return (keys[start : start + size] for start in range(0, len(keys), size))
