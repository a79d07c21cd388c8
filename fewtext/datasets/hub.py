"""The Hugging Face Hub: tables of texts or images, and folders of images; no script of a dataset is run."""

from __future__ import annotations

import logging
import os
from dataclasses import dataclass
from typing import Any

from fewtext.contracts.corpus import Items
from fewtext.contracts.image import Picture
from fewtext.datasets.local import warn_of_skipped
from fewtext.errors import InputError, listed
from fewtext.files.examples import TEXT
from fewtext.files.images import read_bytes
from fewtext.files.label_columns import LABEL
from fewtext.registry.failures import reason

IMAGE_COLUMNS = ("image", "img")  # read where there is no column text
# The library's readers that run no script; "cache" is its own copy.
_KINDS = {"parquet", "json", "csv", "arrow", "imagefolder", "cache"}


@dataclass(frozen=True)
class HubDataset:
    """A dataset on the Hub: ``path`` is ``owner/name``, ``text`` and ``label`` are the columns to read."""

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
        """Read one split, from the library's cache where it is there; class numbers become names."""
        builder = self._builder()
        try:
            builder.download_and_prepare()
            rows = builder.as_dataset(split=split)
        except Exception as error:
            raise self._failure(error) from error
        column, content = self.label, self.text
        if content == TEXT and TEXT not in rows.column_names:
            content = next((name for name in IMAGE_COLUMNS if name in rows.column_names), TEXT)
        for name in (content, column):
            if name not in rows.column_names:
                hint = f"it has: {listed(rows.column_names)}"
                raise InputError(f"has no column {name!r}", where=str(self), hint=hint)
        names = getattr(rows.features[column], "names", None)
        if not names and column == LABEL and "label_text" in rows.column_names:
            column = "label_text"  # where many datasets have the names of numbered labels
        of_images = type(rows.features[content]).__name__ == "Image"
        if of_images:
            import datasets  # type: ignore[import-untyped]

            rows = rows.cast_column(content, datasets.Image(decode=False))
        items, labels, bad = [], [], []
        for number, (cell, label) in enumerate(zip(list(rows[content]), list(rows[column]), strict=True), 1):
            item = _image(cell, f"{self}#{split}/{number}") if of_images else _text(cell)
            label = _name(label, names)
            if item and label:
                items.append(item)
                labels.append(label)
            else:
                bad.append(str(number))
        warn_of_skipped(f"{self} {split}", "rows without one text or image and one label", bad)
        if not items:
            raise InputError(f"split {split} has no labelled rows", where=str(self), hint="choose another split")
        return Items(items, labels)

    def _builder(self) -> Any:
        try:
            import datasets
        except ImportError as error:
            hint = 'pip install "fewtext[hub]"'
            raise InputError("reading the Hub needs the library datasets", where=str(self), hint=hint) from error
        if os.path.exists(self.path):
            message = f"the folder {self.path} in the current folder would be read instead"
            raise InputError(message, where=str(self), hint="move or rename it")
        logging.getLogger("huggingface_hub").setLevel(
            logging.ERROR
        )  # our error says in one line what its retries log in many
        try:
            builder = datasets.load_dataset_builder(_address(self.path), self.config or None, revision=self.revision)
        except Exception as error:
            raise self._failure(error) from error
        kind = type(builder).__module__.rpartition(".")[2]
        if kind not in _KINDS:
            message = f"is a dataset of kind {kind}, not of tables or images"
            raise InputError(message, where=str(self), hint="choose one of parquet, json or csv files")
        return builder

    def _failure(self, error: Exception) -> InputError:
        """Return the error for whatever the library raised, whose own types come from four libraries."""
        return InputError(
            f"cannot be loaded ({reason(error)})",
            where=str(self),
            hint="check the name and the network, or give a folder with train.csv and test.csv as the corpus",
        )


def _address(path: str) -> str:
    """Return the address that the library loads a dataset from; tests replace it by a folder."""
    return path


def _image(cell: Any, name: str) -> Picture | None:
    """Return an image of the Hub, whose file is in the row, or beside the table."""
    if not isinstance(cell, dict) or not (cell.get("bytes") or cell.get("path")):
        return None
    return Picture(name, content=cell["bytes"] or read_bytes([Picture(cell["path"])])[0])


def _text(value: Any) -> str:
    return "" if value is None or value != value or isinstance(value, (list, dict)) else str(value).strip()


def _name(value: Any, names: list[str] | None) -> str:
    if names and isinstance(value, int):
        return names[value] if 0 <= value < len(names) else ""  # the Hub's -1 is a label that is withheld
    return _text(value)
