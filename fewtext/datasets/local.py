"""Where the rows of a split come from on this machine: a table, folders of texts, folders or zips of images."""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from pathlib import Path

from fewtext.contracts.corpus import Items
from fewtext.contracts.image import Picture
from fewtext.errors import FewtextWarning, InputError, listed
from fewtext.files.examples import read_support
from fewtext.files.images import labelled_images, turned


def read_file(path: Path, text_column: str | None = None, label_column: str | None = None) -> Items:
    """Read a table as a support is read: rows without a text or a label are set aside with a warning."""
    examples = read_support(path, text_column, label_column)
    return Items(examples.texts, examples.labels)


def read_class_folders(folder: Path, classes: Sequence[str]) -> Items:
    """Read a folder of folders, by class and file name: each is a class, each ``.txt`` file in it one text."""
    items, labels, empty = [], [], []
    for label in classes:
        for path in texts_in(folder / label):
            try:
                text = path.read_text(encoding="utf-8-sig").strip()
            except UnicodeDecodeError as error:
                raise InputError("is not UTF-8", where=str(path), hint="save it as UTF-8") from error
            except OSError as error:
                raise InputError(f"cannot be read: {error.strerror}", where=str(path)) from error
            if text:
                items.append(text)
                labels.append(label)
            else:
                empty.append(f"{label}/{path.name}")
    report_set_aside(str(folder), "empty files", empty)
    if not items:
        raise InputError("no labelled text", where=str(folder), hint="give a few texts per label")
    return Items(items, labels)


def read_images(path: Path, rotated: bool = False) -> Items:
    """Read a folder or zip of images, a folder in it for each class; ``rotated`` makes four classes of each."""
    found = labelled_images(path)
    if rotated:
        found = turned(found)
    rows: list[tuple[Picture, str]] = [(image, label) for label, images in found.items() for image in images]
    return Items([image for image, _ in rows], [label for _, label in rows])


def texts_in(folder: Path) -> list[Path]:
    """Return the text files of a class folder, by name."""
    return sorted(p for p in folder.glob("*") if p.suffix.lower() == ".txt" and p.name[0] != "." and p.is_file())


def report_set_aside(where: str, what: str, which: list[str]) -> None:
    """Warn of what is not read, with the first few by name."""
    if which:
        warnings.warn(f"{where}: {what} set aside: {listed(which)}", FewtextWarning, stacklevel=3)
