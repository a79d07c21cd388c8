"""Local collections: the rows of a table, of folders of texts, and of folders or zips of images."""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from pathlib import Path

from fewtext.contracts.corpus import Items
from fewtext.contracts.image import Picture
from fewtext.errors import FewtextWarning, InputError, listed
from fewtext.files.examples import read_support
from fewtext.files.images import labelled_images, turned
from fewtext.files.source import AnyPath


def read_file(path: AnyPath, text_column: str | None = None, label_column: str | None = None) -> Items:
    """Read a table as a support is read: rows without a text or a label are skipped with a warning."""
    examples = read_support(path, text_column, label_column)
    return Items(examples.texts, examples.labels)


def read_class_folders(folder: Path, classes: Sequence[str], encoding: str | None = None) -> Items:
    """Read a folder of class folders, in which each ``.txt`` file is one text; in the order of their names.

    They are in UTF-8 unless another ``encoding`` is named.
    """
    items, labels, empty = [], [], []
    for label in classes:
        for path in texts_in(folder / label):
            try:
                text = path.read_text(encoding=encoding or "utf-8-sig").strip()
            except UnicodeDecodeError as error:
                hint = "name its encoding by parameter 'encoding', or save it as UTF-8"
                raise InputError(f"is not {encoding or 'UTF-8'}", where=str(path), hint=hint) from error
            except OSError as error:
                raise InputError(f"cannot be read: {error.strerror}", where=str(path)) from error
            if text:
                items.append(text)
                labels.append(label)
            else:
                empty.append(f"{label}/{path.name}")
    warn_of_skipped(str(folder), "empty files", empty)
    if not items:
        raise InputError("has no labelled texts", where=str(folder), hint="give a few texts per label")
    return Items(items, labels)


def read_images(path: Path, rotated: bool = False) -> Items:
    """Read a folder or zip with a folder of images for each class; ``rotated`` makes four classes of each."""
    by_class = labelled_images(path)
    if rotated:
        by_class = turned(by_class)
    rows: list[tuple[Picture, str]] = [(image, label) for label, images in by_class.items() for image in images]
    return Items([image for image, _ in rows], [label for _, label in rows])


def texts_in(folder: Path) -> list[Path]:
    """Return the text files of a class folder, by name."""
    return sorted(p for p in folder.glob("*") if p.suffix.lower() == ".txt" and p.name[0] != "." and p.is_file())


def warn_of_skipped(where: str, what: str, which: list[str]) -> None:
    """Warn of what was skipped, with the first few by name."""
    if which:
        warnings.warn(f"{where}: {what} skipped: {listed(which)}", FewtextWarning, stacklevel=3)
