"""A corpus: labelled texts in splits, from a card, a file, a folder or the Hub, and its class-disjoint folds."""

from __future__ import annotations

import json
import os
import random
import re
import sys
import warnings
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from difflib import get_close_matches
from functools import partial
from pathlib import Path
from typing import Any, TypeVar

from fewtext.contracts.labels import joined_spellings, normal_form
from fewtext.datasets.cards import CardFile, CardSource
from fewtext.datasets.hub import HubDataset
from fewtext.datasets.local import Items, Reader, read_class_folders, read_file, read_pictures, texts_in
from fewtext.errors import FewtextWarning, InputError
from fewtext.files.images import Picture, pictures_in, turned
from fewtext.registry import discovery
from fewtext.registry.failures import naming

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

__all__ = ["Corpus", "Fold", "Items", "open_corpus", "read_items"]

SPLITS = ("train", "valid", "validation", "dev", "test")
_TABLES = ("csv", "tsv", "jsonl", "ndjson", "parquet")
_PARTS = ("train", "valid", "test")
_LEAST = 2  # classes in a part of a fold: fewer leave nothing to tell apart
_HUB = re.compile(r"hub:(?P<path>\w[\w.-]*/\w[\w.-]*)(:(?P<config>[^@:/\s]+))?(@(?P<revision>[\w./-]+))?")
_TYPES = {"str": str, "int": int, "bool": bool}
T = TypeVar("T", CardFile, HubDataset)


@dataclass(frozen=True)
class Fold:
    """The classes to train, to validate and to test on; no class is in two of them."""

    name: str
    train: tuple[str, ...]
    valid: tuple[str, ...]
    test: tuple[str, ...]


@dataclass(frozen=True)
class Corpus:
    """A labelled collection; nothing is read before ``load``.

    ``readers`` maps a split to what reads its rows. ``source`` is the address of the public home, ``folds_file`` the
    JSON file of published folds. The splits named in ``out_of_scope`` belong to no class. ``encoder`` is what encodes
    it unless somebody says otherwise. Where pictures are ``rotated``, a fold names characters, not their rotations.
    """

    name: str
    modality: str
    description: str
    licence: str
    citation: str
    readers: Mapping[str, Reader]
    source: str = ""
    out_of_scope: tuple[str, ...] = ()
    folds_file: Path | None = None
    encoder: str = ""
    rotated: bool = False

    @classmethod
    def from_card(cls, path: Path) -> Corpus:
        """Read a card; raise ``InputError`` where it is no TOML or a field is missing, unknown or of another type."""
        try:
            card = tomllib.loads(path.read_text(encoding="utf-8"))
            hub = _made(HubDataset, card.pop("hub")) if "hub" in card else None
            files = {split: _made(CardFile, entry) for split, entry in card.pop("files").items()}
            folds, outside = card.pop("folds", ""), card.pop("out_of_scope", "")
            rotated = card.pop("rotated", False) is True
            if not all(isinstance(value, str) for value in (folds, outside, *card.values())):
                raise TypeError("a field that is no text")
            for entry in files.values():
                if not entry.is_fixed:
                    raise ValueError(f"{entry.url!r} is no https address with an md5 or of a commit")
            for name in (card["name"], folds or "-", *(entry.file for entry in files.values())):
                if Path(name).name != name or "\0" in name or name == "..":
                    raise ValueError(f"{name!r} is not the plain name of a file")
            return cls(
                readers={
                    s: CardSource(card["name"], path.parent, e, hub, outside, rotated).read for s, e in files.items()
                },
                rotated=rotated,
                out_of_scope=tuple(split for split, entry in files.items() if entry.out_of_scope),
                folds_file=path.parent / folds if folds else None,
                **card,
            )
        except KeyError as error:
            raise InputError(f"not a corpus card: no {error}", where=str(path)) from error
        except (OSError, ValueError, TypeError, AttributeError, RecursionError) as error:
            raise InputError(f"not a corpus card: {error}", where=str(path)) from error

    @property
    def splits(self) -> list[str]:
        """The names of the splits."""
        return list(self.readers)

    def load(self, split: str) -> Items:
        """Read one split, checked against the card where there is one; labels are in their normal form."""
        if split not in self.readers:
            raise InputError(f"corpus {self.name} has no split {split!r}", cure=f"it has: {', '.join(self.splits)}")
        items = checked_items(self.readers[split]())
        return Items(items.items, joined_spellings(items.labels, f"{self.name}/{split}"))

    def load_all(self) -> Items:
        """Read all splits but those out of scope, one after the other: what class folds are drawn from.

        A text that stands twice under one label is read once: it would be a support example and its own query.
        """
        loaded = [self.load(split) for split in self.splits if split not in self.out_of_scope]
        rows = dict.fromkeys(row for part in loaded for row in zip(part.items, part.labels, strict=True))
        return Items([text for text, _ in rows], [label for _, label in rows])

    @property
    def folds(self) -> tuple[str, ...]:
        """The names of the published folds."""
        return tuple(self._published())

    def fold(self, name: str, labels: Sequence[str]) -> Fold:
        """Return a published fold, or ``random_N``: the labels shuffled by seed N and cut into 50, 25 and 25 %.

        ``labels`` are those of the data, in any order, repeated or not: a published fold may name no others.
        """
        published, present = self._published(), sorted(set(labels))
        if name in published:
            parts = published[name]
            if self.rotated and isinstance(parts, dict):
                parts = {part: list(turned(dict.fromkeys(names, []))) for part, names in parts.items()}
            return _checked(name, parts, present, str(self.folds_file))
        if not (seed := re.fullmatch(r"random_([0-9]{1,18})", name)):
            close = get_close_matches(name, [*published, "random_0"], n=1)
            hint = f"did you mean {close[0]}? " if close else ""
            cure = f"{hint}there are: {', '.join([*published, 'random_N (N: any seed)'])}"
            raise InputError(f"corpus {self.name} has no fold {name!r}", cure=cure)
        if len(present) < 3 * _LEAST:
            cure = f"at least {3 * _LEAST} are needed, {_LEAST} each to train, to validate and to test on"
            raise InputError(f"corpus {self.name} has {len(present)} classes, too few for a class fold", cure=cure)
        random.Random(int(seed[1])).shuffle(present)
        quarter = max(_LEAST, len(present) // 4)
        train, rest = present[: -2 * quarter], present[-2 * quarter :]
        return Fold(name, tuple(train), tuple(rest[:quarter]), tuple(rest[quarter:]))

    def _published(self) -> dict[str, Any]:
        if self.folds_file is None:
            return {}
        try:
            folds = json.loads(self.folds_file.read_text(encoding="utf-8"))
        except (OSError, ValueError, RecursionError) as error:
            raise InputError(f"cannot be read as folds: {error}", where=str(self.folds_file)) from error
        if not isinstance(folds, dict):
            raise InputError("holds no folds by name", where=str(self.folds_file))
        return folds


def read_items(corpus: Corpus, split: str | None) -> Items:
    """Read a split of a corpus, anybody's, or with None all of them without repeats; what it fails at names it."""
    with naming("corpus", corpus.name):
        return checked_items(corpus.load_all() if split is None else corpus.load(split))


def checked_items(items: Items) -> Items:
    """Return what a split was read as; raise ``TypeError`` or ``ValueError`` where these are no labelled items."""
    if not isinstance(items, Items):
        raise TypeError(f"load returned a {type(items).__name__}, not Items")
    if len(items.items) != len(items.labels):
        raise ValueError(f"{len(items.items)} items but {len(items.labels)} labels")
    if other := [item for item in items.items if not isinstance(item, (str, Picture))]:
        raise TypeError(f"an item is a {type(other[0]).__name__}, neither a text nor a Picture")
    if other := [label for label in items.labels if not isinstance(label, str)]:
        raise TypeError(f"a label is a {type(other[0]).__name__}, not a str")
    return items


def open_corpus(spec: str, text_column: str | None = None, label_column: str | None = None) -> Corpus:
    """Open any labelled collection.

    ``spec`` is the name of an installed corpus; a csv, tsv, jsonl or parquet file with columns text and label (one
    split, ``all``); a folder with a ``card.toml``, with files named after splits, or with a folder of ``.txt`` files
    per class (one split, ``all``); or ``hub:owner/name``, with ``:config`` and ``@revision`` if need be. An installed
    corpus goes before a folder of the same name: write ``./name`` for the folder. The columns' names are for
    collections without a card.
    """
    if not spec or "\0" in spec:
        raise InputError(f"{spec!r} names no corpus", cure="give a name, a path or hub:owner/name")
    if spec.startswith("hub:"):
        return _from_hub(spec, text_column, label_column)
    is_path = "/" in spec or os.sep in spec or _ending(Path(spec)) in (*_TABLES, "zip")
    if not is_path and (not os.path.exists(spec) or discovery.is_offered("corpora", spec)):
        return _without_columns(discovery.corpus(spec), text_column, label_column)
    path = Path(spec)
    if os.path.isdir(path):
        return _from_folder(path, text_column, label_column)
    if not os.path.exists(path):
        raise InputError("no such file or folder", where=spec, cure="check the path")
    if _ending(path) == "zip" and path.is_file():
        return _without_columns(_of_pictures(path), text_column, label_column)
    if not path.is_file() or _ending(path) not in _TABLES:
        raise InputError("is no table", where=spec, cure=f"give a folder, or a file of {', '.join(_TABLES)}")
    return _unnamed(path.stem, f"the file {spec}", {"all": partial(read_file, path, text_column, label_column)})


def _from_hub(spec: str, text_column: str | None, label_column: str | None) -> Corpus:
    if not (match := _HUB.fullmatch(spec)):
        raise InputError("is no dataset of the Hub", where=spec, cure="write hub:owner/name[:config][@revision]")
    given = {**match.groupdict(), "text": text_column, "label": label_column}
    dataset = HubDataset(**{part: text for part, text in given.items() if text})
    return _unnamed(match["path"], f"{dataset}", {split: partial(dataset.read, split) for split in dataset.splits()})


def _from_folder(folder: Path, text_column: str | None, label_column: str | None) -> Corpus:
    where = str(folder)
    if (folder / "card.toml").is_file():
        return _without_columns(Corpus.from_card(folder / "card.toml"), text_column, label_column)
    try:
        entries = sorted(path for path in folder.iterdir() if not path.name.startswith("."))
    except OSError as error:
        raise InputError(f"cannot be read: {error.strerror}", where=where, cure="check the path") from error
    tables = [path for path in entries if _ending(path) in _TABLES and path.is_file()]
    files: dict[str, Path] = {}
    for path in tables:
        if path.stem in files:
            what = f"two files of the split {path.stem}: {files[path.stem].name} and {path.name}"
            raise InputError(what, where=where, cure="keep one of them")
        if path.stem in SPLITS:
            files[path.stem] = path
    readers: dict[str, Reader] = {
        split: partial(read_file, files[split], text_column, label_column) for split in SPLITS if split in files
    }
    left = [path.name for path in tables if path not in files.values()]
    classes = [path.name for path in entries if path.is_dir() and texts_in(path)]
    if not files and classes:
        left += [path.name for path in entries if path.is_dir() and path.name not in classes]
        readers["all"] = partial(read_class_folders, folder, classes)
    if not readers and pictures_in(folder):
        return _without_columns(_of_pictures(folder), text_column, label_column)
    if not readers:
        what = f"holds no split that is known, but {', '.join(p.name for p in entries[:5])}" if entries else "is empty"
        files_named = f"name the files {', '.join(SPLITS)} (.{', .'.join(_TABLES)})"
        cure = f"{files_named}, or give a folder of .txt files or of pictures per class"
        raise InputError(what, where=where, cure=cure)
    if left:
        warnings.warn(f"{where}: not read: {', '.join(left)}", FewtextWarning, stacklevel=3)
    corpus = _unnamed(folder.resolve().name, f"the folder {where}", readers)
    return corpus if files else _without_columns(corpus, text_column, label_column)


def _without_columns(corpus: Corpus, *named: str | None) -> Corpus:
    """Return a corpus whose columns nobody can name; raise ``InputError`` where somebody does."""
    if any(named):
        told = f"corpus {corpus.name} has no columns to be named: they are its card's, or it is no table"
        raise InputError(told, cure="leave out the names of columns")
    return corpus


def _of_pictures(path: Path) -> Corpus:
    name, readers = path.resolve().stem, {"all": partial(read_pictures, path)}
    return Corpus(name, "image", f"the pictures of {path}", "not known", "", readers, encoder="pixels")


def _unnamed(name: str, description: str, readers: dict[str, Reader]) -> Corpus:
    return Corpus(name, "text", description, "not known", "", readers)


def _ending(path: Path) -> str:
    return path.suffix.lower().lstrip(".")


def _made(kind: type[T], table: Any) -> T:
    """Build a dataclass of plain fields from a TOML table."""
    if not isinstance(table, dict):
        raise TypeError(f"{table!r} is not a table")
    made = kind(**table)
    for field in fields(made):
        if type(getattr(made, field.name)) is not _TYPES[str(field.type)]:
            raise TypeError(f"{field.name} is not of type {field.type}")
    return made


def _checked(name: str, parts: Any, present: Sequence[str], where: str) -> Fold:
    """Make a published fold, in which every label is one of the data's and in one part only."""
    if not isinstance(parts, dict) or set(parts) != set(_PARTS):
        raise InputError(f"fold {name} is not made of {', '.join(_PARTS)}", where=where)
    seen: dict[str, str] = {}
    known = set(present)
    for part in _PARTS:
        if not isinstance(parts[part], list) or not parts[part]:
            raise InputError(f"fold {name} has no list of labels to {part}", where=where)
        for label in map(normal_form, parts[part]):
            if label not in known:
                close = get_close_matches(str(label), present, n=1)
                cure = f"the data spell it {close[0]!r}" if close else "the fold is of other data"
                raise InputError(
                    f"fold {name} names a label {label!r} that the data do not have", where=where, cure=cure
                )
            if label in seen:
                fault = f"the label {label!r} of fold {name} is in {seen[label]} and in {part}"
                raise InputError(fault, where=where, cure="leave it in one")
            seen[label] = part
    return Fold(name, *(tuple(map(normal_form, parts[part])) for part in _PARTS))
