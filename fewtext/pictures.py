"""Pictures: what an image corpus holds, read from files, folders and zips; a zip is never unpacked to disk."""

from __future__ import annotations

import hashlib
import zipfile
from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import dataclass, replace
from functools import lru_cache
from pathlib import Path, PurePosixPath

from fewtext.errors import InputError

ENDINGS = (".png", ".jpg", ".jpeg", ".bmp", ".gif", ".webp", ".tif", ".tiff")
MOST_BYTES = 64 * 2**20  # of one member of a zip: a small one can say that it unpacks to anything
QUARTERS = (0, 1, 2, 3)  # turns of a picture, each of them a class of its own where a card says so


@dataclass(frozen=True)
class Picture:
    """A picture in a file, or in a zip as ``member``, turned left by quarter ``turns``.

    ``pixels`` instead of a file: a square picture drawn by code, one byte a pixel, row by row.
    """

    file: str
    member: str = ""
    turns: int = 0
    pixels: bytes = b""

    def __str__(self) -> str:
        return f"{self.file}/{self.member}" if self.member else self.file

    @property
    def upright(self) -> Picture:
        """The same picture before it was turned."""
        return replace(self, turns=0)

    @property
    def identity(self) -> str:
        """A text that changes with the picture's content."""
        content = hashlib.sha256(self.pixels).hexdigest() if self.pixels else _digest(self.file)
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


def read_bytes(pictures: Sequence[Picture]) -> list[bytes]:
    """Read the content of pictures, each zip opened once; raise ``InputError`` for a member that unpacks too far.

    Of a picture drawn by code the content is its pixels.
    """
    with ExitStack() as stack:
        files = {picture.file for picture in pictures if picture.member}
        zips = {file: stack.enter_context(open_zip(Path(file))) for file in files}
        return [_member(zips[p.file], p) if p.member else p.pixels or read_file(p.file) for p in pictures]


def open_zip(path: Path) -> zipfile.ZipFile:
    """Open a zip; raise ``InputError`` where it is none."""
    try:
        return zipfile.ZipFile(path)
    except (OSError, zipfile.BadZipFile) as error:
        raise InputError(f"is no zip that can be read ({error})", where=str(path)) from error


def _member(archive: zipfile.ZipFile, picture: Picture) -> bytes:
    try:
        if archive.getinfo(picture.member).file_size > MOST_BYTES:
            raise InputError(f"unpacks to more than {MOST_BYTES:,} bytes", where=str(picture), cure="leave it out")
        with archive.open(picture.member) as stream:
            return stream.read(MOST_BYTES)
    except (OSError, KeyError, RuntimeError, zipfile.BadZipFile, EOFError) as error:
        raise InputError(f"cannot be read from its zip ({error})", where=str(picture)) from error


def pictures_in(folder: Path) -> dict[str, list[Picture]]:
    """Return the pictures below a folder by class: the class is the path of the folder that holds them."""
    found: dict[str, list[Picture]] = {}
    for path in sorted(folder.rglob("*")):
        inside = path.relative_to(folder)
        hidden = any(part.startswith(".") for part in inside.parts)
        if path.suffix.lower() in ENDINGS and len(inside.parts) > 1 and not hidden and path.is_file():
            found.setdefault(inside.parent.as_posix(), []).append(Picture(str(path)))
    return found


def pictures_in_zip(path: Path) -> dict[str, list[Picture]]:
    """Return the pictures of a zip by class, below the zip's one top folder where there is one.

    Nothing is unpacked, so a member named ``../x`` is a name like any other.
    """
    with open_zip(path) as archive:
        names = sorted(n for n in archive.namelist() if n.lower().endswith(ENDINGS) and "/." not in n)
    tops = {PurePosixPath(name).parts[0] for name in names}
    found: dict[str, list[Picture]] = {}
    for name in names:
        parts = PurePosixPath(name).parts[len(tops) == 1 : -1]
        if parts:
            found.setdefault("/".join(parts), []).append(Picture(str(path), name))
    return found


def turned(found: dict[str, list[Picture]]) -> dict[str, list[Picture]]:
    """Return every class four times, turned by quarter turns: ``name@90`` is another class than ``name@0``."""
    return {
        f"{label}@{90 * turns}": [replace(picture, turns=turns) for picture in pictures]
        for label, pictures in found.items()
        for turns in QUARTERS
    }
