"""The Hugging Face Hub: tables of texts or images, and folders of images; no script of a dataset is run."""

from __future__ import annotations

import logging
import os
from dataclasses import dataclass
from typing import Any

from fewtext.contracts.corpus import Items
from fewtext.contracts.image import Picture
from fewtext.datasets.local import report_set_aside
from fewtext.errors import InputError
from fewtext.files.examples import TEXT
from fewtext.files.images import read_bytes
from fewtext.files.label_columns import LABEL
from fewtext.registry.failures import reason

PICTURED = ("image", "img")  # columns that are taken where there is no text
# What the library may read with; "cache" is its own copy.
_KINDS = {"parquet", "json", "csv", "arrow", "imagefolder", "cache"}


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
        column, content = self.label, self.text
        if content == TEXT and TEXT not in rows.column_names:
            content = next((name for name in PICTURED if name in rows.column_names), TEXT)
        for name in (content, column):
            if name not in rows.column_names:
                raise InputError(f"no column {name!r} among {', '.join(rows.column_names)}", where=str(self))
        names = getattr(rows.features[column], "names", None)
        if not names and column == LABEL and "label_text" in rows.column_names:
            column = "label_text"  # numbers, with their names beside them: a habit of many datasets
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
        report_set_aside(
            f"{self} {split}", "rows without a text or image, or without a label (one of each, no lists)", bad
        )
        if not items:
            raise InputError(f"nothing labelled in split {split}", where=str(self), hint="choose another split")
        return Items(items, labels)

    def _builder(self) -> Any:
        try:
            import datasets
        except ImportError as error:
            hint = 'pip install "fewtext[hub]"'
            raise InputError("the Hub is read by the library datasets", where=str(self), hint=hint) from error
        if os.path.exists(self.path):
            raise InputError(f"a folder {self.path} is here and would be read instead", where=str(self), hint="move it")
        logging.getLogger("huggingface_hub").setLevel(logging.ERROR)  # one line will say what it retries in many
        try:
            builder = datasets.load_dataset_builder(_address(self.path), self.config or None, revision=self.revision)
        except Exception as error:
            raise self._failure(error) from error
        kind = type(builder).__module__.rpartition(".")[2]
        if kind not in _KINDS:
            raise InputError(f"holds {kind}, not tables", where=str(self), hint="choose one of parquet, json or csv")
        return builder

    def _failure(self, error: Exception) -> InputError:
        """Say what the library raised; its kinds are many, of its own, of the Hub's client, of httpx and of Arrow."""
        return InputError(
            f"cannot be loaded ({reason(error)})",
            where=str(self),
            hint="check the name and the network, or give a folder with train.csv and test.csv as the corpus",
        )


def _address(path: str) -> str:
    """Return where the library finds a dataset of the Hub; tests put a folder here."""
    return path


def _image(cell: Any, name: str) -> Picture | None:
    """Return an image of the Hub: its file is in the row, or beside the table where that was a folder."""
    if not isinstance(cell, dict) or not (cell.get("bytes") or cell.get("path")):
        return None
    return Picture(name, content=cell["bytes"] or read_bytes([Picture(cell["path"])])[0])


def _text(value: Any) -> str:
    return "" if value is None or value != value or isinstance(value, (list, dict)) else str(value).strip()


def _name(value: Any, names: list[str] | None) -> str:
    if names and isinstance(value, int):
        return names[value] if 0 <= value < len(names) else ""  # -1 is how the Hub spells a label kept back
    return _text(value)
