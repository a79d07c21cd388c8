"""Picture: an image of a corpus, by where its content is."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, replace
from functools import lru_cache
from pathlib import Path

from fewtext.errors import InputError


@dataclass(frozen=True)
class Picture:
    """An image in a file, or in a zip as ``member``, turned left by quarter ``turns``.

    Instead of a file there may be ``content``, what a file would hold, or ``pixels`` of a square image drawn by code,
    one byte a pixel, row by row; ``file`` is then a name for it.
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
        """The same image before it was turned."""
        return replace(self, turns=0)

    @property
    def identity(self) -> str:
        """A text that changes with the image's content."""
        inside = self.content or self.pixels
        content = hashlib.sha256(inside).hexdigest() if inside else _digest(self.file)
        return f"{content}/{self.member}/{self.turns}"


@lru_cache(maxsize=100_000)
def _digest(file: str) -> str:
    return hashlib.sha256(read_file(file)).hexdigest()


def read_file(file: str) -> bytes:
    """Read a file whole; raise ``InputError`` where it cannot be."""
    try:
        return Path(file).read_bytes()
    except OSError as error:
        raise InputError(f"cannot be read: {error.strerror}", where=file) from error
