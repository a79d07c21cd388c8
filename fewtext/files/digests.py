"""Digests by which it is seen whether an input is the one that it was."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterable
from pathlib import Path

from fewtext.files.json_text import to_json
from fewtext.files.queries import Queries


def digest_of_file(path: Path) -> str:
    """Return the digest of a file's content."""
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def digest_of_input(path: str | os.PathLike[str]) -> str:
    """Return the digest of a file, or of what a folder's entries show of themselves; of an address, its name."""
    found = Path(path)
    if found.is_file():
        return digest_of_file(found)
    if not found.is_dir():
        return _digest([str(path)])
    return _digest(f"{own.relative_to(found)} {_seen(own)}" for own in sorted(found.rglob("*")))


def digest_of_rows(queries: Queries) -> str:
    """Return the digest of queries: all cells of their rows, and of images what their files show of themselves."""
    rows = zip(queries.texts, queries.shown, queries.carried, strict=True)
    head = to_json([queries.columns, queries.name, queries.place])
    return _digest([head, *(f"{to_json([shown, carried])} {_of_image(text)}" for text, shown, carried in rows)])


def _of_image(text: object) -> str:
    return "" if isinstance(text, str) else _seen(Path(getattr(text, "file", "")))


def _seen(path: Path) -> str:
    """Return the size and the time of a file, which change where its content does."""
    try:
        status = path.stat()
    except OSError:
        return ""
    return f"{status.st_size} {status.st_mtime_ns}"


def _digest(lines: Iterable[str]) -> str:
    found = hashlib.sha256()
    for line in lines:
        content = line.encode("utf-8", "surrogatepass")
        found.update(len(content).to_bytes(8, "little") + content)
    return found.hexdigest()
