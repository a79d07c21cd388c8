"""Picture: a reference to an image, whose content is read when it is encoded."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, replace
from functools import lru_cache
from pathlib import Path

from fewtext.errors import InputError


@dataclass(frozen=True)
class Picture:
    """An image in a file, or the ``member`` of a zip file, rotated left by a number of quarter ``turns``.

    Instead of being read from a file, an image may have the ``content`` of one, or the ``pixels`` of a square greyscale
    image, one byte a pixel, row by row; ``file`` is then a name for it.
    """

    file: str
    member: str = ""
    turns: int = 0
    pixels: bytes = b""
    content: bytes = b""

    def __str__(self) -> str:
        return f"{self.file}/{self.member}" if self.member else self.file

    @property
    def upright(self) -> Picture:
        """The same image without rotation."""
        return replace(self, turns=0)

    @property
    def identity(self) -> str:
        """A string that identifies the image's content, its place in the file and its rotation."""
        in_memory = self.content or self.pixels
        digest = hashlib.sha256(in_memory).hexdigest() if in_memory else _digest(self.file)
        return f"{digest}/{self.member}/{self.turns}"


@lru_cache(maxsize=100_000)
def _digest(file: str) -> str:
    return hashlib.sha256(read_file(file)).hexdigest()


def read_file(file: str) -> bytes:
    """Return the content of a file; raise ``InputError`` where it cannot be read."""
    try:
        return Path(file).read_bytes()
    except OSError as error:
        raise InputError(f"cannot be read: {error.strerror}", where=file) from error
