"""Checksums of downloaded models: those that are published, and for other files those of the first download.

A record in the cache's folder has the sha256 of every file that is read, with its size and time of change, so that a
large file is not hashed at every start, and one that has changed is.
"""

from __future__ import annotations

import hashlib
import warnings
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from fewtext.encoders.catalogue import Entry
from fewtext.errors import FewtextError, FewtextWarning, InputError
from fewtext.files.cache import cache_folder
from fewtext.files.json_files import read_json, write_json


def verify(entry: Entry, folder: Path, patterns: Sequence[str], hint: str) -> None:
    """Raise ``FewtextError``, with this hint, where a file has another sha256 than the catalogue or the record says."""
    record = _record_of(entry)
    kept = _read(record)
    found = {}
    for path in sorted({path for pattern in patterns for path in folder.rglob(pattern) if path.is_file()}):
        name = path.relative_to(folder).as_posix()
        found[name] = _look_at(path, kept.get(name))
        _compare(entry, path, found[name]["sha256"], entry.sha256.get(name), kept.get(name), record, hint)
    if {**kept, **found} == kept:
        return
    unknown = [name for name in entry.weights if name not in entry.sha256 and name not in kept]
    _keep(record, {**kept, **found}, entry, unknown)


def _record_of(entry: Entry) -> Path | None:
    cache = cache_folder()
    return cache / "encoders" / f"{entry.name}-{entry.revision[:12]}.json" if cache else None


def _read(record: Path | None) -> dict[str, dict[str, Any]]:
    if record is None or not record.exists():
        return {}
    return dict(read_json(record, "remove it if you trust the model's files as they are")["files"])


def _look_at(path: Path, kept: Mapping[str, Any] | None) -> dict[str, Any]:
    """Return the facts about a file, its sha256 taken from the record where nothing about it has changed."""
    real = path.resolve()  # the Hub's cache has links to files that are named by their content
    facts = {"path": str(real), "size": real.stat().st_size, "changed": real.stat().st_mtime_ns}
    if kept is not None and {**kept, **facts} == dict(kept):
        return dict(kept)
    with real.open("rb") as file:
        return {**facts, "sha256": hashlib.file_digest(file, "sha256").hexdigest()}


def _compare(
    entry: Entry,
    path: Path,
    found: str,
    published: str | None,
    kept: Mapping[str, Any] | None,
    record: Path | None,
    hint: str,
) -> None:
    expected = published or (kept["sha256"] if kept else found)
    if found == expected:
        return
    trust = "" if published else f", or remove {record} if you trust this file"
    said = "of the catalogue" if published else "of its first download"
    raise FewtextError(
        f"the model {entry.name} is not what it should be: sha256 {found}, and {expected} is that {said}",
        where=str(path),
        hint=hint + trust,
    )


def _keep(record: Path | None, files: Mapping[str, Any], entry: Entry, unknown: Sequence[str]) -> None:
    """Write the record; say so where it is what weights without a published checksum are compared with."""
    kept = False
    if record is not None:
        try:
            record.parent.mkdir(parents=True, exist_ok=True)
            write_json(record, {"model": entry.pinned, "files": files})
            kept = True
        except (OSError, InputError):
            pass  # without a record, files with a published checksum are hashed every time
    if unknown:
        then = (
            f"that of today's is kept in {record} and compared from now on"
            if kept
            else "and that of today's cannot be kept in the folder FEWTEXT_CACHE, so a changed file is not noticed"
        )
        warnings.warn(f"{entry.name} has no published checksum of its weights: {then}", FewtextWarning, stacklevel=2)
