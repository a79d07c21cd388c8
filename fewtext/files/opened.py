"""A file that was opened: its content, unpacked where it was compressed, and the name that says its format."""

from __future__ import annotations

from pathlib import PurePath
from typing import NamedTuple

from fewtext.errors import InputError
from fewtext.files.addresses import file_name
from fewtext.files.compression import unpacked, unpacked_stream
from fewtext.files.encodings import decode_as
from fewtext.files.file_content import MOST_BYTES, decode, read_content, read_stdin
from fewtext.files.source import AnyPath, source_of

STDIN = "-"
_STDIN_NAME = "standard input"


class Opened(NamedTuple):
    """Content with its own ``name``, that of the file in a zip; ``where`` is what messages call it."""

    name: str
    content: bytes
    where: str
    encoding: str | None = None

    @property
    def ending(self) -> str:
        """The extension that says the format; empty for standard input."""
        return ending_of(self.name)

    def text(self) -> str:
        """Return the content decoded: in the encoding that was asked for, else in the one that it is found to be in."""
        if self.encoding is not None:
            return decode_as(self.content, self.where, self.encoding)
        return decode(self.where, self.content)

    def refuse_encoding(self) -> None:
        """Raise ``InputError`` where an encoding was asked for, though the format is no text or has its own."""
        if self.encoding is not None:
            what = f"a .{self.ending} file says itself how its texts are encoded"
            raise InputError(what, where=self.where, hint="leave out parameter 'encoding'")


def name_of(path: AnyPath) -> str:
    """Return what messages call a path."""
    return _STDIN_NAME if str(path) == STDIN else str(path)


def opened(path: AnyPath) -> Opened:
    """Read a file, or standard input where ``path`` is ``-``, and unpack it."""
    source = source_of(path)
    if source.path == STDIN:
        name, content = unpacked_stream(_STDIN_NAME, read_stdin(_STDIN_NAME), MOST_BYTES)
        return Opened(name, content, name, source.encoding)
    name, content = unpacked(file_name(source.path), read_content(source.path), MOST_BYTES)
    return Opened(name, content, source.path, source.encoding)


def ending_of(name: str) -> str:
    """Return the extension that says the format."""
    return PurePath(name).suffix.lower().lstrip(".").replace("ndjson", "jsonl")
