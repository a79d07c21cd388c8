"""JSON files with a digest of their content inside: a document, or lines of which each has its own.

The digest finds accidents, a bit that was flipped or a line that was cut. It is no signature: who changes a file on
purpose can make its digest too.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from fewtext.errors import InputError, damaged
from fewtext.files.atomic import write_text
from fewtext.files.json_text import to_json

DIGEST = "sha256"
TRAIN_AGAIN = "take it from a backup, or train again"
_INDENT = 2  # of a document
_UNREADABLE = (OSError, ValueError, RecursionError)
_ENDED = re.compile(rb'"sha256": "[0-9a-f]{64}"}')  # in a line that lacks its end at most


def write_json(path: Path, content: Mapping[str, Any]) -> None:
    """Write a document."""
    write_text(path, _sealed(content, _INDENT))


def read_json(path: Path, hint: str = TRAIN_AGAIN) -> dict[str, Any]:
    """Read a document; raise ``InputError``, with this cure, where it is not as it was written."""
    try:
        return _opened(path.read_bytes(), _INDENT)
    except _UNREADABLE as error:
        raise damaged(path, _reason(error), hint) from error


def read_settings_file(path: Path, schema: int, hint: str = TRAIN_AGAIN) -> dict[str, Any]:
    """Read a document of this ``schema``, without that and the version of fewtext that wrote it."""
    content = read_json(path, hint)
    if (found := content.pop("schema", None)) != schema:
        raise InputError(f"schema {found!r} is not {schema}", where=str(path), hint="use the fewtext that wrote it")
    content.pop("fewtext", None)
    return content


def sealed_line(content: Mapping[str, Any]) -> str:
    """Return a line, with its end, for a file of lines."""
    return _sealed(content, None)


def read_lines(path: Path, hint: str = TRAIN_AGAIN) -> Iterator[dict[str, Any]]:
    """Yield what the lines of a file hold; raise ``InputError`` for one that is not as it was written.

    The beginning of a line at the end of the file is what a killed process left, and is passed over.
    """
    try:
        *lines, last = path.read_bytes().split(b"\n")
    except OSError as error:
        raise damaged(path, _reason(error), hint) from error
    if _ENDED.search(last):
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
    """Return the content without its digest. Written once more it is the same bytes, or some of them have changed."""
    content: Any = json.loads(raw.decode("utf-8"))
    if not isinstance(content, dict) or DIGEST not in content:
        raise ValueError(f"no JSON object with a {DIGEST}")
    del content[DIGEST]
    if _sealed(content, indent).encode("utf-8", "backslashreplace") != raw:
        raise ValueError("its content is not what was written")
    return content


def _reason(error: Exception) -> str:
    return getattr(error, "strerror", None) or str(error).splitlines()[0]
