"""Images in files, folders and zips: found, read and decoded; a zip is never unpacked to disk."""

from __future__ import annotations

import io
import os
import warnings
import zipfile
from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import replace
from importlib.util import find_spec
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING, Literal

from fewtext.contracts.image import Picture, read_file
from fewtext.errors import FewtextError, FewtextWarning, InputError

if TYPE_CHECKING:
    from PIL.Image import Image

ENDINGS = (".png", ".jpg", ".jpeg", ".bmp", ".gif", ".webp", ".tif", ".tiff")
MOST_PIXELS = 50_000_000  # of one image, before it is resized
MOST_BYTES = 64 * 2**20  # of one member of a zip: a small zip may unpack to any size
MOST_OTHERS = 100_000  # other files below a folder: a link to / would have the whole disk searched
TABLES = (".csv", ".tsv", ".jsonl", ".ndjson", ".parquet", ".txt", ".json", ".xlsx")
QUARTERS = (0, 1, 2, 3)  # rotations, each a class of its own where a card says so


def read_bytes(images: Sequence[Picture]) -> list[bytes]:
    """Return the content of images, opening each zip once; empty for a damaged member.

    Raises ``InputError`` for a member that is too large, and for a missing file.
    """
    with ExitStack() as stack:
        files = {image.file for image in images if image.member}
        zips = {file: stack.enter_context(open_zip(Path(file))) for file in files}
        return [_member(zips[p.file], p) if p.member else p.content or p.pixels or _small_file(p) for p in images]


def _small_file(image: Picture) -> bytes:
    if os.path.exists(image.file) and os.path.getsize(image.file) > MOST_BYTES:
        raise InputError(f"holds more than {MOST_BYTES:,} bytes", where=str(image), hint="remove it")
    return read_file(image.file)


def need_pillow() -> None:
    """Raise ``FewtextError`` where the library that decodes images is missing."""
    if find_spec("PIL") is None:
        raise FewtextError("images need Pillow", hint='pip install "fewtext[images]"')


def decode(image: Picture, content: bytes, mode: Literal["L", "RGB"]) -> Image | None:
    """Decode the content of an image, unrotated, to grey or colour; None where it is no image or too large."""
    from PIL import Image, ImageOps

    try:
        if image.pixels:
            side = round(len(content) ** 0.5)
            return Image.frombytes("L", (side, side), content).convert(mode)
        opened: Image.Image = Image.open(io.BytesIO(content))
        if opened.width * opened.height > MOST_PIXELS:
            return None
        opened = ImageOps.exif_transpose(opened)
        if opened.mode.startswith("I;16"):
            opened = opened.convert("I").point(lambda value: value / 257).convert("L")  # 16 bits a pixel
        if opened.has_transparency_data:
            opened = Image.alpha_composite(Image.new("RGBA", opened.size, "white"), opened.convert("RGBA"))
        return opened.convert(mode)
    except Exception:  # the decoders raise many kinds of errors on damaged content
        return None


def open_zip(path: Path) -> zipfile.ZipFile:
    """Open a zip; raise ``InputError`` where that fails."""
    if not path.is_file():
        raise InputError("no such file", where=str(path), hint="check the path of the zip")
    try:
        return zipfile.ZipFile(path)
    except (OSError, zipfile.BadZipFile) as error:
        raise InputError(f"cannot be read as a zip ({error})", where=str(path), hint="make the zip again") from error


def _member(archive: zipfile.ZipFile, image: Picture) -> bytes:
    try:
        if archive.getinfo(image.member).file_size > MOST_BYTES:
            raise InputError(f"unpacks to more than {MOST_BYTES:,} bytes", where=str(image), hint="remove it")
        with archive.open(image.member) as stream:
            return stream.read(MOST_BYTES)
    except InputError:
        raise
    except Exception:  # damaged, encrypted or of an unknown compression: each raises its own error
        return b""


def all_images_in(path: Path) -> list[Picture]:
    """Return all images of a folder or zip, subfolders included, sorted by name."""
    if path.is_dir():
        images = [Picture(str(file)) for file in _files_below(path)]
    else:
        with open_zip(path) as archive:
            images = [Picture(str(path), name) for name in _members(archive)]
    if not images:
        raise _without_images(path, "no images", "check the path")
    return images


def _without_images(path: Path, what: str, hint: str) -> InputError:
    if path.is_file():
        with open_zip(path) as archive:
            tables = [name for name in archive.namelist() if PurePosixPath(name).suffix.lower() in TABLES]
        if tables:
            return InputError(f"holds {tables[0]} and {what}", where=str(path), hint="unpack it first: unzip")
    return InputError(f"holds {what}", where=str(path), hint=hint)


def labelled_images(path: Path) -> dict[str, list[Picture]]:
    """Return the images of a folder or zip by class; raise ``InputError`` where no subfolder holds any."""
    classes = images_in(path) if path.is_dir() else images_in_zip(path)
    if not classes:
        raise _without_images(path, "no folder of images", "put the images of each class into a folder of its own")
    unlabelled = len(all_images_in(path)) - sum(map(len, classes.values()))
    if unlabelled:
        images = f"{unlabelled} images are" if unlabelled > 1 else "1 image is"
        warnings.warn(f"{path}: {images} in no folder of a class, skipped", FewtextWarning, stacklevel=3)
    return classes


def images_in(folder: Path) -> dict[str, list[Picture]]:
    """Return the images below a folder by class, which is the path of the subfolder that holds them."""
    classes: dict[str, list[Picture]] = {}
    for path in _files_below(folder):
        if path.parent != folder:
            label = path.parent.relative_to(folder).as_posix().encode("utf-8", "replace").decode()
            classes.setdefault(label, []).append(Picture(str(path)))
    return classes


def images_in_zip(path: Path) -> dict[str, list[Picture]]:
    """Return the images of a zip by class, relative to the zip's single top folder where it has one.

    Nothing is unpacked, so that a member named ``../x`` does no harm.
    """
    with open_zip(path) as archive:
        names = _members(archive)
    tops = {PurePosixPath(name).parts[0] for name in names}
    classes: dict[str, list[Picture]] = {}
    for name in names:
        parts = PurePosixPath(name).parts[len(tops) == 1 : -1]
        if parts:
            classes.setdefault("/".join(parts), []).append(Picture(str(path), name))
    return classes


def _files_below(folder: Path) -> list[Path]:
    images, seen, others = [], set(), 0
    for place, folders, names in os.walk(folder, followlinks=True):
        seen.add(os.path.realpath(place))
        loops = [name for name in folders if os.path.realpath(Path(place, name)) in seen]
        folders[:] = [name for name in folders if name not in loops and not _hidden(name)]
        files = (Path(place, name) for name in names if not _hidden(name))
        here = [path for path in files if path.suffix.lower() in ENDINGS and path.is_file()]
        images += here
        others += len(names) + len(folders) - len(here)
        if others > MOST_OTHERS + 10 * len(images):  # each image may have files that describe it
            what = f"holds more than {MOST_OTHERS:,} files that are not images"
            raise InputError(what, where=str(folder), hint="give the folder of images in it, or remove a link")
    return sorted(images)


def _members(archive: zipfile.ZipFile) -> list[str]:
    names = (n for n in archive.namelist() if n.lower().endswith(ENDINGS))
    return sorted(n for n in names if not any(map(_hidden, PurePosixPath(n).parts)))


def _hidden(part: str) -> bool:
    return part.startswith(".") and part not in (".", "..")


def turned(classes: dict[str, list[Picture]]) -> dict[str, list[Picture]]:
    """Return each class in four rotations, as four classes: ``name@0`` to ``name@270``."""
    return {
        name: [replace(image, turns=turns) for image in images]
        for label, images in classes.items()
        for turns, name in zip(QUARTERS, quarter_turns(label), strict=True)
    }


def quarter_turns(label: str) -> list[str]:
    """Return the names of the four classes that are the rotations of a class."""
    return [f"{label}@{90 * turns}" for turns in QUARTERS]
