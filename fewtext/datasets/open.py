"""Opening any labelled collection: an installed corpus, a file, a folder or a dataset on the Hub."""

from __future__ import annotations

import os
import re
import warnings
from collections.abc import Collection
from functools import partial
from pathlib import Path
from typing import NamedTuple

from fewtext.contracts.corpus import Corpus, Items, Reader, checked_items
from fewtext.datasets.cards import read_card
from fewtext.datasets.hub import HubDataset
from fewtext.datasets.local import read_class_folders, read_file, read_images, texts_in
from fewtext.errors import FewtextWarning, InputError, listed
from fewtext.files.encodings import checked_encoding
from fewtext.files.images import images_in
from fewtext.files.source import Source
from fewtext.files.workbooks import WORKBOOKS
from fewtext.registry import discovery
from fewtext.registry.failures import plugin_errors

SPLITS = ("train", "valid", "validation", "dev", "test")
_TABLES = ("csv", "tsv", "jsonl", "ndjson", "parquet", *WORKBOOKS)
_NOT_ENCODED = ("parquet", *WORKBOOKS)
_HUB = re.compile(r"hub:(?P<path>\w[\w.-]*/\w[\w.-]*)(:(?P<config>[^@:/\s]+))?(@(?P<revision>[\w./-]+))?")


def read_items(corpus: Corpus, split: str | None) -> Items:
    """Read a split of any corpus, or with None all of them without repeats; an error names the corpus."""
    with plugin_errors("corpus", corpus.name):
        return checked_items(corpus.load_all() if split is None else corpus.load(split))


class Reading(NamedTuple):
    """How the tables of a collection are read; None stands for the usual names, the first sheet, what is found."""

    text_column: str | None = None
    label_column: str | None = None
    sheet_name: str | None = None
    encoding: str | None = None

    def source(self, path: Path) -> Source:
        """Return a file with the sheet to read where it is a workbook, and the encoding where it is a text file."""
        return Source(
            str(path),
            self.sheet_name if _ending(path) in WORKBOOKS else None,
            encoding=self.encoding if _ending(path) not in _NOT_ENCODED else None,
        )

    def reader(self, path: Path) -> Reader:
        """Return what reads a file so."""
        return partial(read_file, self.source(path), self.text_column, self.label_column)

    def check(self, where: str, files: Collection[Path]) -> None:
        """Raise ``InputError`` where a sheet or an encoding is named and none of the files takes it."""
        sources = [self.source(path) for path in files]
        if self.sheet_name is not None and not any(source.sheet_name for source in sources):
            raise InputError(
                "takes no sheet name: it is no workbook", where=where, hint="leave out parameter 'sheet_name'"
            )
        if self.encoding is not None and not any(source.encoding for source in sources):
            raise InputError(
                "takes no encoding: it is no text file", where=where, hint="leave out parameter 'encoding'"
            )


def open_corpus(
    spec: str,
    text_column: str | None = None,
    label_column: str | None = None,
    sheet_name: str | None = None,
    encoding: str | None = None,
) -> Corpus:
    """Open any labelled collection.

    ``spec`` is the name of an installed corpus; a csv, tsv, xlsx, ods, jsonl or parquet file with columns text and
    label (one split, ``all``); a folder with a ``card.toml``, with files named after splits, or with a folder of
    ``.txt`` files per class (one split, ``all``); or ``hub:owner/name``, with ``:config`` and ``@revision`` if need be.
    An installed corpus takes precedence over a folder of the same name: write ``./name`` for the folder. Names of
    columns, of a sheet and of an encoding are for collections without a card.
    """
    how = Reading(text_column, label_column, sheet_name, None if encoding is None else checked_encoding(encoding))
    if not spec or "\0" in spec:
        raise InputError(f"{spec!r} does not name a corpus", hint="give a name, a path or hub:owner/name")
    if spec.startswith("hub:"):
        return _from_hub(spec, how)
    is_path = "/" in spec or os.sep in spec or _ending(Path(spec)) in (*_TABLES, "zip")
    if not is_path and (not os.path.exists(spec) or discovery.is_offered("corpora", spec)):
        return _as_it_is(discovery.corpus(spec), how)
    path = Path(spec)
    if os.path.isdir(path):
        return _from_folder(path, how)
    if not os.path.exists(path):
        raise InputError("no such file or folder", where=spec, hint="check the path")
    if _ending(path) == "zip" and path.is_file():
        return _as_it_is(_of_images(path), how)
    if not path.is_file() or _ending(path) not in _TABLES:
        raise InputError("is not a table", where=spec, hint=f"give a folder, or a file of {', '.join(_TABLES)}")
    how.check(spec, [path])
    return _of_texts(path.stem, f"the file {spec}", {"all": how.reader(path)})


def _from_hub(spec: str, how: Reading) -> Corpus:
    if not (match := _HUB.fullmatch(spec)):
        raise InputError(
            "is not the name of a Hub dataset", where=spec, hint="write hub:owner/name[:config][@revision]"
        )
    how.check(spec, [])
    given = {**match.groupdict(), "text": how.text_column, "label": how.label_column}
    dataset = HubDataset(**{part: text for part, text in given.items() if text})
    return _of_texts(match["path"], f"{dataset}", {split: partial(dataset.read, split) for split in dataset.splits()})


def _from_folder(folder: Path, how: Reading) -> Corpus:
    where = str(folder)
    if (folder / "card.toml").is_file():
        return _as_it_is(read_card(folder / "card.toml"), how)
    try:
        entries = sorted(path for path in folder.iterdir() if not path.name.startswith("."))
    except OSError as error:
        raise InputError(f"cannot be read: {error.strerror}", where=where, hint="check the path") from error
    tables = [path for path in entries if _ending(path) in _TABLES and path.is_file()]
    files: dict[str, Path] = {}
    for path in tables:
        if path.stem in files:
            what = f"has two files of the split {path.stem}: {files[path.stem].name} and {path.name}"
            raise InputError(what, where=where, hint="keep one of them")
        if path.stem in SPLITS:
            files[path.stem] = path
    readers: dict[str, Reader] = {split: how.reader(files[split]) for split in SPLITS if split in files}
    left = [path.name for path in tables if path not in files.values()]
    classes = [path.name for path in entries if path.is_dir() and texts_in(path)]
    if not files and classes:
        left += [path.name for path in entries if path.is_dir() and path.name not in classes]
        readers["all"] = partial(read_class_folders, folder, classes, how.encoding)
    if not readers and images_in(folder):
        return _as_it_is(_of_images(folder), how)
    if not readers:
        what = f"has no known split but {listed([p.name for p in entries])}" if entries else "is empty"
        files_named = f"name the files {', '.join(SPLITS)} (.{', .'.join(_TABLES)})"
        hint = f"{files_named}, or give a folder of .txt files or of images per class"
        raise InputError(what, where=where, hint=hint)
    if left:
        warnings.warn(f"{where}: skipped: {listed(left)}", FewtextWarning, stacklevel=3)
    corpus = _of_texts(folder.resolve().name, f"the folder {where}", readers)
    if files:
        how.check(where, list(files.values()))
    return corpus if files else _as_it_is(corpus, how._replace(encoding=None))


def _as_it_is(corpus: Corpus, how: Reading) -> Corpus:
    """Return a corpus that says itself how it is read; raise ``InputError`` where columns and the like are named."""
    if how.text_column or how.label_column:
        message = f"corpus {corpus.name} takes no column names: its card has them, or it is not a table"
        raise InputError(message, hint="leave the column names out")
    how.check(f"corpus {corpus.name}", [])
    return corpus


def _of_images(path: Path) -> Corpus:
    name, readers = path.resolve().stem, {"all": partial(read_images, path)}
    return Corpus(name, "image", f"the images of {path}", "not known", "", readers, encoder="pixels")


def _of_texts(name: str, description: str, readers: dict[str, Reader]) -> Corpus:
    return Corpus(name, "text", description, "not known", "", readers)


def _ending(path: Path) -> str:
    return path.suffix.lower().lstrip(".")
