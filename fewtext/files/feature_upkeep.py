"""The upkeep of cached features: how many there are, and away with them."""

from __future__ import annotations

from contextlib import closing
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from fewtext.errors import FewtextError, InputError
from fewtext.files.cache import cache_folder
from fewtext.files.feature_database import DamagedError, Facts, clear_rows, facts_of
from fewtext.files.feature_store import FILE, FOLDER, bound, is_damaged, opened, remove_files

try:
    import sqlite3
except ImportError as error:
    raise FewtextError("this Python was built without SQLite: nothing is cached", hint="use one that has it") from error


@dataclass(frozen=True)
class CacheFacts:
    """What the cache of features holds; ``oldest`` is when the item used longest ago was, in seconds since 1970."""

    folder: str
    items: int
    bytes: int
    most_bytes: int
    oldest: int | None

    def as_json(self) -> dict[str, Any]:
        """Return the facts by their names."""
        return asdict(self)


def cache_facts() -> CacheFacts:
    """Return what the cache of features holds; raise ``InputError`` where it cannot be read."""
    folder = features_folder()
    held = Facts(0, None)
    if (folder / FILE).exists():
        try:
            with closing(opened(folder / FILE)) as database:
                held = facts_of(database)
        except (sqlite3.Error, OSError) as error:
            raise _unusable(folder, error) from error
    return CacheFacts(str(folder), held.rows, _size(folder), bound(), held.oldest)


def clear_cache() -> CacheFacts:
    """Remove all cached features, also while others use them; return what there was.

    A database that is damaged is removed with its file.
    """
    folder = features_folder()
    size, held = _size(folder), Facts(0, None)
    try:
        for earlier in folder.glob("*.safetensors"):  # which versions before the database have written
            earlier.unlink()
        if (folder / FILE).exists():
            held = _cleared(folder / FILE)
    except (sqlite3.Error, OSError) as error:
        raise _unusable(folder, error) from error
    return CacheFacts(str(folder), held.rows, size, bound(), held.oldest)


def _cleared(path: Path) -> Facts:
    try:
        with closing(opened(path)) as database:
            held = facts_of(database)
            clear_rows(database)
            return held
    except (sqlite3.DatabaseError, DamagedError) as error:
        if not is_damaged(error):
            raise
        remove_files(path)
        return Facts(0, None)


def features_folder() -> Path:
    """Return the folder of cached features; raise ``FewtextError`` where there is none to be."""
    folder = cache_folder()
    if folder is None:
        raise FewtextError("FEWTEXT_CACHE is off: there is no cache", hint="name a folder, or unset it")
    return folder / FOLDER


def _size(folder: Path) -> int:
    return sum(path.stat().st_size for path in folder.glob("*")) if folder.is_dir() else 0


def _unusable(folder: Path, error: Exception) -> InputError:
    hint = "fewtext cache clear begins it anew" if is_damaged(error) else "try again, or set FEWTEXT_CACHE"
    return InputError(f"cannot be used ({error})", where=str(folder), hint=hint)
