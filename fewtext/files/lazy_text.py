"""A text file that is read line by line: unpacked and decoded on the way, so that it may be longer than memory."""

from __future__ import annotations

import io
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path, PurePath
from typing import IO, Any

from fewtext.files.compression import FREE_BYTES, MOST_TIMES, name_inside, unpacking
from fewtext.files.encodings import is_unicode
from fewtext.files.file_content import UTF_16, check_is_text, mark_of
from fewtext.files.opened import ending_of
from fewtext.files.source import Source

_BLOCK = 2**20


class NotInParts(Exception):
    """A file that is not read in parts, for a reason that only a look at all of it settles: it is read whole."""


class LazyText:
    """A file of text at a path. Raises ``NotInParts`` where its beginning contradicts what was asked for."""

    def __init__(self, source: Source) -> None:
        self.source, self.path = source, source.path
        self.ending = ending_of(name_inside(source.path))
        with self._bytes() as stream:
            begins = stream.read(8)
        check_is_text(self.path, begins)
        self._mark, of_mark = mark_of(begins)
        asked = source.encoding
        if asked and self._mark and not (is_unicode(asked) and of_mark.replace("-", "_").startswith(asked)):
            raise NotInParts
        self._encoding = of_mark if self._mark or not asked else asked

    @property
    def is_utf_16(self) -> bool:
        """Whether the file begins with the mark of UTF-16."""
        return self._mark in UTF_16

    @contextmanager
    def lines(self, newline: str | None) -> Iterator[Iterator[str]]:
        """Yield the lines, which end as ``io.TextIOWrapper`` has it for ``newline``.

        They raise ``NotInParts`` for a NUL and for a second mark, and ``UnicodeDecodeError`` for other letters.
        """
        with self._bytes() as stream:
            stream.read(len(self._mark))
            text: Any = io.TextIOWrapper(stream, encoding=self._encoding, newline=newline)
            try:
                yield _checked(text)
            finally:
                text.detach()

    def check_encoding(self) -> None:
        """Raise ``NotInParts`` where another encoding was asked for, though the file is sound UTF-8."""
        if self.source.encoding is None or is_unicode(self.source.encoding):
            return
        only_ascii = True
        with self._bytes() as stream:
            text: Any = io.TextIOWrapper(stream, encoding="utf-8")
            try:
                while block := text.read(_BLOCK):
                    only_ascii = only_ascii and block.isascii()
            except UnicodeDecodeError:
                return
            finally:
                text.detach()
        if not only_ascii:
            raise NotInParts

    @contextmanager
    def _bytes(self) -> Iterator[IO[bytes]]:
        path = Path(self.path)
        with path.open("rb") as file, unpacking(PurePath(self.path).name, file) as content:
            most = max(FREE_BYTES, MOST_TIMES * path.stat().st_size)
            yield file if content is file else io.BufferedReader(_Limited(content, most), _BLOCK)


class _Limited(io.RawIOBase):
    """What is unpacked, up to a limit: far more than texts become is made to fill the disk."""

    def __init__(self, content: IO[bytes], most: int) -> None:
        self._content, self._left = content, most

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        block = self._content.read(len(buffer))
        buffer[: len(block)] = block
        self._left -= len(block)
        if self._left < 0:
            raise NotInParts
        return len(block)


def _checked(lines: Iterator[str]) -> Iterator[str]:
    for number, line in enumerate(lines):
        if "\0" in line or (number == 0 and line.startswith("\ufeff")):
            raise NotInParts
        yield line
