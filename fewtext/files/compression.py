"""Compressed files: gzip, bzip2, xz, Zstandard, and a zip of one file, unpacked in memory up to a limit."""

from __future__ import annotations

import bz2
import gzip
import io
import lzma
import zipfile
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import PurePath
from typing import IO, Any

from fewtext.errors import InputError, first_line
from fewtext.files.source import AnyPath

MOST_TIMES, FREE_BYTES = 200, 64 * 2**20  # texts shrink to a tenth; what shrinks to a 200th is made to fill the memory
_BLOCK = 2**20
_FEW = 2**12  # bytes to unpack at once: of Zstandard they may become 2**27
_BY_SUFFIX = {"gz": "gzip", "bz2": "bzip2", "xz": "xz", "zst": "Zstandard", "zip": "zip"}
_BY_CONTENT = {
    b"\x1f\x8b": "gz",
    b"BZh": "bz2",
    b"\xfd7zXZ\0": "xz",
    b"\x28\xb5\x2f\xfd": "zst",
    b"PK\x03\x04": "zip",
}
_SYSTEM = ("__MACOSX/", ".DS_Store")


def unpacked(name: str, content: bytes, most: int) -> tuple[str, bytes]:
    """Return the name and the content of the file in a compressed one; another file's are returned as they are.

    Raises ``InputError`` for a file that cannot be unpacked, or that holds more than ``most`` bytes.
    """
    suffix = PurePath(name).suffix.lower().lstrip(".")
    if suffix not in _BY_SUFFIX:
        return name, content
    return _unpacked(name, content, suffix, most)


def unpacked_stream(name: str, content: bytes, most: int) -> tuple[str, bytes]:
    """The same for content without a name: its first bytes say how it is compressed."""
    for beginning, suffix in _BY_CONTENT.items():
        if content.startswith(beginning):
            return _unpacked(name, content, suffix, most)
    return name, content


@contextmanager
def unpacking(name: str, stream: IO[bytes]) -> Iterator[IO[bytes]]:
    """Yield a stream of the file in a compressed one, unpacked as it is read; another file's is the one that is given.

    It raises what the libraries raise.
    """
    suffix = PurePath(name).suffix.lower().lstrip(".")
    if suffix not in _BY_SUFFIX:
        yield stream
    elif suffix == "zip":
        with zipfile.ZipFile(stream) as archive, archive.open(_only_member(name, archive)) as member:
            yield member
    else:
        with _openers()[suffix](stream) as content:
            yield content


def name_within(name: str) -> str:
    """Return the name of the file in a compressed one, as far as the name says it; another name stays."""
    suffix = PurePath(name).suffix.lower().lstrip(".")
    return str(PurePath(name).with_suffix("")) if suffix in _BY_SUFFIX else name


def name_inside(path: AnyPath) -> str:
    """Return the same, after a look into a zip: the name of the only file in it; empty where it holds several."""
    if PurePath(path).suffix.lower() != ".zip":
        return name_within(str(path))
    try:
        with zipfile.ZipFile(path) as archive:
            members = _members(archive)
    except (OSError, ValueError, zipfile.BadZipFile, NotImplementedError):
        return ""
    return members[0].filename if len(members) == 1 else ""


def holds_one_table(path: AnyPath, readable: tuple[str, ...]) -> bool:
    """Whether a path names a zip with one file in it, which is a table by its suffix."""
    return PurePath(name_inside(path)).suffix.lower().lstrip(".") in readable


def _unpacked(name: str, content: bytes, suffix: str, most: int) -> tuple[str, bytes]:
    kind = _BY_SUFFIX[suffix]
    limit = min(most, max(FREE_BYTES, MOST_TIMES * len(content)))
    try:
        if suffix == "zip":
            with zipfile.ZipFile(io.BytesIO(content)) as archive:
                member = _only_member(name, archive)
                with archive.open(member) as stream:
                    return member.filename, _read(name, stream, limit)
        with _openers()[suffix](io.BytesIO(content)) as stream:
            return name_within(name), _read(name, stream, limit)
    except ImportError as error:
        raise InputError("Zstandard needs zstandard", where=name, hint='pip install "fewtext[zstd]"') from error
    except RuntimeError as error:
        raise InputError("is protected by a password", where=name, hint="unpack it first") from error
    except (
        OSError,
        EOFError,
        ValueError,
        zipfile.BadZipFile,
        zlib.error,
        lzma.LZMAError,
        NotImplementedError,
    ) as error:
        what = f"cannot be unpacked as {kind} ({first_line(error)})"
        raise InputError(what, where=name, hint="it is damaged or cut short: fetch or compress it again") from error
    except Exception as error:
        if type(error).__module__.split(".")[0] != "zstandard":
            raise
        what = f"cannot be unpacked as {kind} ({first_line(error)})"
        raise InputError(what, where=name, hint="it is damaged or cut short: fetch or compress it again") from error


def _openers() -> dict[str, Callable[[IO[bytes]], Any]]:
    return {
        "gz": lambda stream: gzip.GzipFile(fileobj=stream),
        "bz2": lambda stream: io.BufferedReader(_Frames(stream, bz2.BZ2Decompressor), _BLOCK),
        "xz": lambda stream: io.BufferedReader(_Frames(stream, lzma.LZMADecompressor), _BLOCK),
        "zst": lambda stream: io.BufferedReader(_Frames(stream, _zstandard()), _BLOCK),
    }


def _zstandard() -> Callable[[], Any]:
    import zstandard

    return zstandard.ZstdDecompressor().decompressobj


class _Frames(io.RawIOBase):
    """Unpacks frames that stand one after another, as bzip2, xz and Zstandard have them.

    The readers of the libraries take the end of a file that is cut, or what is no frame after the first, for its end.
    """

    def __init__(self, stream: IO[bytes], new_frame: Callable[[], Any]) -> None:
        self._stream, self._new_frame = stream, new_frame
        self._frame: Any = None
        self._left = b""

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        while not self._left:
            packed = self._stream.read(_FEW)
            if not packed:
                if self._frame is not None:
                    raise EOFError("it ends within a frame")
                return 0
            while packed:
                if self._frame is None and not (packed := packed.lstrip(b"\0")):  # xz may fill up with zeros
                    break
                self._frame = self._frame or self._new_frame()
                self._left += self._frame.decompress(packed)
                packed = self._frame.unused_data if self._frame.eof else b""
                self._frame = None if self._frame.eof else self._frame
        given = self._left[: len(buffer)]
        buffer[: len(given)] = given
        self._left = self._left[len(given) :]
        return len(given)


def _read(name: str, stream: IO[bytes], limit: int) -> bytes:
    blocks = []
    left = limit
    while block := stream.read(_BLOCK):
        blocks.append(block)
        left -= len(block)
        if left < 0:
            what = f"holds more than {limit:,} bytes once unpacked, far more than a file of texts of its size"
            raise InputError(what, where=name, hint="unpack it first, and look what is in it")
    return b"".join(blocks)


def _members(archive: zipfile.ZipFile) -> list[zipfile.ZipInfo]:
    return [
        member
        for member in archive.infolist()
        if not member.is_dir() and not member.filename.startswith(_SYSTEM) and not member.filename.endswith(_SYSTEM)
    ]


def _only_member(name: str, archive: zipfile.ZipFile) -> zipfile.ZipInfo:
    members = _members(archive)
    if len(members) != 1:
        names = ", ".join(member.filename for member in members[:5])
        what = f"holds {len(members)} files ({names}), where one is expected" if members else "holds no file"
        raise InputError(what, where=name, hint="unpack it, and name the file that is wanted")
    return members[0]
