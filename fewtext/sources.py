"""Where the rows of a split come from: a file, folders of texts, the Hugging Face Hub, or what a card says.

From the Hub come tables only (parquet, json, csv, arrow): no script of a dataset is run.
"""

from __future__ import annotations

import hashlib
import logging
import os
import warnings
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

from fewtext.errors import FewtextWarning, InputError
from fewtext.inputs import LABEL, TEXT, read_support
from fewtext.pictures import Picture, pictures_in, pictures_in_zip, turned

DATA_FOLDER = "FEWTEXT_DATA"
_TABLES = {"parquet", "json", "csv", "arrow", "cache"}  # what the library may read with; "cache" is its own copy


@dataclass(frozen=True)
class Items:
    """One split: what is to be classified, texts or pictures, and the label of each."""

    items: list[Any]
    labels: list[str]

    @property
    def fingerprint(self) -> str:
        """16 hex digits that change with any item, any label and their order."""
        return hashlib.sha256(repr((self.items, self.labels)).encode("utf-8", "surrogatepass")).hexdigest()[:16]


Reader = Callable[[], Items]
"""Reads the rows of one split, or raises ``InputError``."""


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
                raise InputError("is not UTF-8", where=str(path), cure="save it as UTF-8") from error
            except OSError as error:
                raise InputError(f"cannot be read: {error.strerror}", where=str(path)) from error
            if text:
                items.append(text)
                labels.append(label)
            else:
                empty.append(f"{label}/{path.name}")
    _report_set_aside(str(folder), "empty files", empty)
    if not items:
        raise InputError("no labelled text", where=str(folder), cure="give a few texts per label")
    return Items(items, labels)


def read_pictures(path: Path, rotated: bool = False) -> Items:
    """Read a folder or zip of pictures, a folder in it for each class; ``rotated`` makes four classes of each."""
    found = pictures_in(path) if path.is_dir() else pictures_in_zip(path)
    if not found:
        raise InputError(
            "holds no folder of pictures", where=str(path), cure="give a folder of pictures for each class"
        )
    if rotated:
        found = turned(found)
    rows: list[tuple[Picture, str]] = [(picture, label) for label, pictures in found.items() for picture in pictures]
    return Items([picture for picture, _ in rows], [label for _, label in rows])


def texts_in(folder: Path) -> list[Path]:
    """Return the text files of a class folder, by name."""
    return sorted(p for p in folder.glob("*") if p.suffix.lower() == ".txt" and p.name[0] != "." and p.is_file())


@dataclass(frozen=True)
class HubDataset:
    """A dataset on the Hub: ``path`` is owner/name, ``text`` and ``label`` the columns to read."""

    path: str
    config: str = ""
    revision: str = "main"
    text: str = TEXT
    label: str = LABEL

    def __str__(self) -> str:
        return f"hub:{self.path}" + (f":{self.config}" if self.config else "") + f"@{self.revision}"

    def splits(self) -> list[str]:
        """Ask the Hub for the names of the splits."""
        builder = self._builder()
        return [str(split) for split in builder.info.splits or builder.config.data_files or ()]

    def read(self, split: str) -> Items:
        """Read one split, from the library's cache where it is there. Numbers of classes become their names."""
        builder = self._builder()
        try:
            builder.download_and_prepare()
            rows = builder.as_dataset(split=split)
        except Exception as error:
            raise self._failure(error) from error
        column = self.label
        for name in (self.text, column):
            if name not in rows.column_names:
                raise InputError(f"no column {name!r} among {', '.join(rows.column_names)}", where=str(self))
        names = getattr(rows.features[column], "names", None)
        if not names and column == LABEL and "label_text" in rows.column_names:
            column = "label_text"  # numbers, with their names beside them: a habit of many datasets
        items, labels, bad = [], [], []
        for number, (text, label) in enumerate(zip(list(rows[self.text]), list(rows[column]), strict=True), 1):
            text, label = _text(text), _name(label, names)
            if text and label:
                items.append(text)
                labels.append(label)
            else:
                bad.append(str(number))
        _report_set_aside(f"{self} {split}", "rows without a text or a label (one of each, no lists)", bad)
        if not items:
            raise InputError(f"no labelled text in split {split}", where=str(self), cure="choose another split")
        return Items(items, labels)

    def _builder(self) -> Any:
        try:
            import datasets  # type: ignore[import-untyped]
        except ImportError as error:
            cure = 'pip install "fewtext[hub]"'
            raise InputError("the Hub is read by the library datasets", where=str(self), cure=cure) from error
        if os.path.exists(self.path):
            raise InputError(f"a folder {self.path} is here and would be read instead", where=str(self), cure="move it")
        logging.getLogger("huggingface_hub").setLevel(logging.ERROR)  # one line will say what it retries in many
        try:
            builder = datasets.load_dataset_builder(_address(self.path), self.config or None, revision=self.revision)
        except Exception as error:
            raise self._failure(error) from error
        kind = type(builder).__module__.rpartition(".")[2]
        if kind not in _TABLES:
            raise InputError(f"holds {kind}, not tables", where=str(self), cure="choose one of parquet, json or csv")
        return builder

    def _failure(self, error: Exception) -> InputError:
        """Say what the library raised; its kinds are many, of its own, of the Hub's client, of httpx and of Arrow."""
        first = (str(error).strip().splitlines() or [""])[0]
        return InputError(
            f"cannot be loaded ({type(error).__name__}: {first:.200})",
            where=str(self),
            cure="check the name and the network, or give a folder with train.csv and test.csv as the corpus",
        )


@dataclass(frozen=True)
class CardFile:
    """What a card says of one split.

    ``rows`` and ``labels`` are numbers, ``names`` the sha256 of the sorted label names joined by newlines, ``hub`` the
    split's name there.
    """

    file: str
    sha256: str = ""
    rows: int = 0
    labels: int = 0
    names: str = ""
    hub: str = ""
    out_of_scope: bool = False


@dataclass(frozen=True)
class CardSource:
    """One split of a corpus with a card: beside the card, or in ``$FEWTEXT_DATA/<corpus>``, or else on the Hub.

    ``outside`` is the label of texts out of scope: on the Hub they stand in one split with the others.
    """

    corpus: str
    folder: Path
    entry: CardFile
    hub: HubDataset | None = None
    outside: str = ""
    rotated: bool = False

    def read(self) -> Items:
        """Read the split, checked against the card: a file by its sha256, what has none by its counts and labels."""
        data = Path(os.environ.get(DATA_FOLDER) or f"${DATA_FOLDER}") / self.corpus
        for path in (self.folder / self.entry.file, data / self.entry.file):
            if path.is_file():
                return self._read_file(path)
        proof = ", sha256 as in the card" if self.entry.sha256 else ""
        by_hand = f"put {self.entry.file} (columns text and label{proof}) into {data}, or open a folder of your own"
        if self.hub is None or not self.entry.hub:
            raise InputError(f"corpus {self.corpus} lacks {self.entry.file}", where=str(self.folder), cure=by_hand)
        try:
            items = self.hub.read(self.entry.hub)
        except InputError as error:
            install = error.cure if error.cure.startswith("pip") else ""
            cure = f"{install}, or {by_hand}" if install else by_hand
            raise InputError(error.what, where=error.where, cure=cure) from error
        if self.outside:
            kept = [pair for pair in zip(items.items, items.labels, strict=True)
                    if (pair[1] == self.outside) == self.entry.out_of_scope]  # fmt: skip
            items = Items([text for text, _ in kept], [label for _, label in kept])
        return self._checked(items, f"{self.hub} {self.entry.hub}")

    def _read_file(self, path: Path) -> Items:
        read = partial(read_pictures, rotated=self.rotated) if path.suffix == ".zip" else read_file
        if not self.entry.sha256:
            return self._checked(read(path), str(path))
        try:
            found = hashlib.sha256(path.read_bytes()).hexdigest()
        except OSError as error:
            raise InputError(f"cannot be read: {error.strerror}", where=str(path)) from error
        if found != self.entry.sha256:
            cure = "put the original back, or open its folder as a corpus of your own"
            raise InputError("does not match the checksum in its card", where=str(path), cure=cure)
        return read(path)

    def _checked(self, items: Items, where: str) -> Items:
        labels = items.labels
        if self.entry.names and _digest(labels) != self.entry.names:
            labels = [label.replace(" ", "_") for label in labels]  # a spelling that some copies have
        found, names = sorted(set(items.labels)), _digest(labels)
        for what, here, card in (
            ("rows", len(labels), self.entry.rows),
            ("labels", len(found), self.entry.labels),
            (f"label names ({', '.join(found[:3])}, …)", names, self.entry.names),
        ):
            if card and here != card:
                fault = (
                    f"{here} {what} instead of {card}" if isinstance(card, int) else f"its {what} are not the card's"
                )
                cure = f"not the {self.corpus} of the card: put {self.entry.file} into ${DATA_FOLDER}/{self.corpus}"
                raise InputError(fault, where=where, cure=cure)
        return Items(items.items, labels)


def _address(path: str) -> str:
    """Return where the library finds a dataset of the Hub; tests put a folder here."""
    return path


def _digest(labels: list[str]) -> str:
    return hashlib.sha256("\n".join(sorted(set(labels))).encode("utf-8", "replace")).hexdigest()


def _text(value: Any) -> str:
    return "" if value is None or value != value or isinstance(value, (list, dict)) else str(value).strip()


def _name(value: Any, names: list[str] | None) -> str:
    if names and isinstance(value, int):
        return names[value] if 0 <= value < len(names) else ""  # -1 is how the Hub spells a label kept back
    return _text(value)


def _report_set_aside(where: str, what: str, which: list[str]) -> None:
    if which:
        listed = ", ".join(which[:5]) + (f" and {len(which) - 5} more" if len(which) > 5 else "")
        warnings.warn(f"{where}: {what} set aside: {listed}", FewtextWarning, stacklevel=3)
