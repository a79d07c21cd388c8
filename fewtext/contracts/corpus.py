"""Corpus: a labelled collection in splits, and what is read from it."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from fewtext.contracts.image import Picture
from fewtext.contracts.labels import joined_spellings
from fewtext.errors import InputError


@dataclass(frozen=True)
class Items:
    """One split: what is to be classified, texts or images, and the label of each."""

    items: list[Any]
    labels: list[str]

    @property
    def fingerprint(self) -> str:
        """16 hex digits that change with any item, any label and their order."""
        keys = [item if isinstance(item, str) else item.identity for item in self.items]
        return hashlib.sha256(repr((keys, self.labels)).encode("utf-8", "surrogatepass")).hexdigest()[:16]

    @property
    def of_images(self) -> bool:
        """Whether these are images."""
        return bool(self.items) and isinstance(self.items[0], Picture)


Reader = Callable[[], Items]
"""Reads the rows of one split, or raises ``InputError``."""


@dataclass(frozen=True)
class Fold:
    """The classes to train, to validate and to test on; no class is in two of them."""

    name: str
    train: tuple[str, ...]
    valid: tuple[str, ...]
    test: tuple[str, ...]


def _itself(name: str) -> Sequence[str]:
    return (name,)


@dataclass(frozen=True)
class Corpus:
    """A labelled collection; nothing is read before ``load``.

    ``readers`` maps a split to what reads its rows. ``source`` is the address of the public home, ``folds_file`` the
    JSON file of published folds. The splits named in ``out_of_scope`` belong to no class. ``encoder`` is what encodes
    it by default. ``fold_classes`` gives the classes that a name in ``folds_file`` stands for: of rotated images, each
    quarter turn.
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
    fold_classes: Callable[[str], Sequence[str]] = _itself

    @property
    def splits(self) -> list[str]:
        """The names of the splits."""
        return list(self.readers)

    def load(self, split: str) -> Items:
        """Read one split, checked against the card where there is one; labels are in their normal form."""
        if split not in self.readers:
            raise InputError(f"corpus {self.name} has no split {split!r}", hint=f"it has: {', '.join(self.splits)}")
        items = checked_items(self.readers[split]())
        return Items(items.items, joined_spellings(items.labels, f"{self.name}/{split}"))

    def load_all(self) -> Items:
        """Read all splits but those out of scope, one after the other: what class folds are drawn from.

        A text that stands twice under one label is read once: it would be a support example and its own query.
        """
        loaded = [self.load(split) for split in self.splits if split not in self.out_of_scope]
        rows = dict.fromkeys(row for part in loaded for row in zip(part.items, part.labels, strict=True))
        return Items([text for text, _ in rows], [label for _, label in rows])


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
