"""JSON files that hold a digest of their content: one for a document, or one for each line.

The digest detects accidents: a flipped bit, a line cut short. It is no signature: whoever edits a file on purpose can
compute its digest too.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

from fewtext.errors import InputError, damaged, first_line
from fewtext.files.atomic import write_text
from fewtext.files.json_text import to_json
from fewtext.files.typed_fields import T, dataclass_from

DIGEST = "sha256"
TRAIN_AGAIN = "take it from a backup, or train again"
_INDENT = 2  # of a document
_NONE: Mapping[int, Callable[[dict[str, Any]], dict[str, Any]]] = {}
_UNREADABLE = (OSError, ValueError, RecursionError)
_COMPLETE = re.compile(rb'"sha256": "[0-9a-f]{64}"}')  # a line that lacks nothing but its line end


def write_json(path: Path, content: Mapping[str, Any]) -> None:
    """Write a document."""
    write_text(path, _sealed(content, _INDENT))


def read_json(path: Path, hint: str = TRAIN_AGAIN) -> dict[str, Any]:
    """Read a document; raise ``InputError``, with this hint, where its content is not what was written."""
    try:
        return _opened(path.read_bytes(), _INDENT)
    except _UNREADABLE as error:
        raise damaged(path, _reason(error), hint) from error


def read_settings_file(
    path: Path,
    schema: int,
    kind: type[T],
    hint: str = TRAIN_AGAIN,
    migrations: Mapping[int, Callable[[dict[str, Any]], dict[str, Any]]] = _NONE,
) -> T:
    """Read a document of this ``schema`` as a dataclass; raise ``InputError`` where a field is not as declared.

    ``migrations`` bring the content of an earlier schema to the next one each.
    """
    content = read_migrated(path, schema, hint, migrations)
    try:
        return dataclass_from(content, kind)
    except ValueError as error:
        raise damaged(path, str(error), hint) from error


def read_migrated(
    path: Path, schema: int, hint: str, migrations: Mapping[int, Callable[[dict[str, Any]], dict[str, Any]]]
) -> dict[str, Any]:
    """Return the content of a document, as of this ``schema`` and without the version of its writer."""
    content = read_json(path, hint)
    written, writer = content.pop("schema", None), content.pop("fewtext", None)
    known = isinstance(written, int) and not isinstance(written, bool)
    if known and written > schema:
        cure = f"update fewtext: fewtext {writer} wrote it" if writer else "use the fewtext that wrote it"
        raise InputError(f"has schema {written}, and this fewtext reads up to {schema}", where=str(path), hint=cure)
    while written != schema:
        if not known or written not in migrations:
            cure = "use the fewtext that wrote it"
            raise InputError(f"has schema {written!r}, not {schema}", where=str(path), hint=cure)
        content, written = migrations[written](content), written + 1
    return content


def sealed_line(content: Mapping[str, Any]) -> str:
    """Return a line with its digest and line end, for a file of such lines."""
    return _sealed(content, None)


def read_lines(path: Path, hint: str = TRAIN_AGAIN, *, grows: bool = True) -> Iterator[dict[str, Any]]:
    """Yield the content of each line; raise ``InputError`` for a line that is not what was written.

    An incomplete last line, as a killed process leaves it in a file that ``grows``, is skipped; in one that is written
    whole it is damage.
    """
    try:
        *lines, last = path.read_bytes().split(b"\n")
    except OSError as error:
        raise damaged(path, _reason(error), hint) from error
    if last and not grows or _COMPLETE.search(last):
        lines.append(last)
    for number, line in enumerate(lines, 1):
        try:
            yield _opened(line + b"\n", None)
        except _UNREADABLE as error:
            raise damaged(f"{path}:{number}", _reason(error), hint) from error


def _sealed(content: Mapping[str, Any], indent: int | None) -> str:
    digest = hashlib.sha256(to_json(content, indent=indent).encode("utf-8", "backslashreplace")).hexdigest()
    return to_json({**content, DIGEST: digest}, indent=indent) + "\n"


def _opened(raw: bytes, indent: int | None) -> dict[str, Any]:
    """Return the content without its digest; raise ``ValueError`` unless writing it again gives the same bytes."""
    content: Any = json.loads(raw.decode("utf-8"))
    if not isinstance(content, dict) or DIGEST not in content:
        raise ValueError(f"no JSON object with a {DIGEST}")
    del content[DIGEST]
    if _sealed(content, indent).encode("utf-8", "backslashreplace") != raw:
        raise ValueError("its content is not what was written")
    return content


def _reason(error: Exception) -> str:
    return getattr(error, "strerror", None) or first_line(error)
