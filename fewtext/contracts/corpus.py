"""Corpus: a labelled collection in splits, and the items read from them."""

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
    """Texts or images with the label of each, as read from a split."""

    items: list[Any]
    labels: list[str]

    @property
    def fingerprint(self) -> str:
        """16 hex digits that change with any item, any label and their order."""
        keys = [item if isinstance(item, str) else item.identity for item in self.items]
        return hashlib.sha256(repr((keys, self.labels)).encode("utf-8", "surrogatepass")).hexdigest()[:16]

    @property
    def of_images(self) -> bool:
        """Whether the items are images."""
        return bool(self.items) and isinstance(self.items[0], Picture)


Reader = Callable[[], Items]
"""Reads one split, or raises ``InputError``."""


@dataclass(frozen=True)
class Fold:
    """Disjoint sets of classes to train, to validate and to test on."""

    name: str
    train: tuple[str, ...]
    valid: tuple[str, ...]
    test: tuple[str, ...]


def _itself(name: str) -> Sequence[str]:
    return (name,)


@dataclass(frozen=True)
class Corpus:
    """A labelled collection; nothing is read before ``load``.

    ``readers`` maps the name of a split to a function that reads it. ``source`` is the address of the public home,
    ``folds_file`` the JSON file of published folds. The splits named in ``out_of_scope`` hold out-of-scope examples.
    ``encoder`` is the default encoder for it. ``fold_classes`` gives the classes that a name in ``folds_file`` stands
    for: of rotated images, each quarter turn.
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
        """Read one split, checked against the card if it has one; labels are normalised."""
        if split not in self.readers:
            raise InputError(f"corpus {self.name} has no split {split!r}", hint=f"it has: {', '.join(self.splits)}")
        items = checked_items(self.readers[split]())
        return Items(items.items, joined_spellings(items.labels, f"{self.name}/{split}"))

    def load_all(self) -> Items:
        """Read and join all splits but the out-of-scope ones: class folds are drawn from all classes.

        A text that is repeated under one label is kept once, so that no query is also a support example.
        """
        loaded = [self.load(split) for split in self.splits if split not in self.out_of_scope]
        rows = dict.fromkeys(row for part in loaded for row in zip(part.items, part.labels, strict=True))
        return Items([text for text, _ in rows], [label for _, label in rows])


def checked_items(items: Items) -> Items:
    """Return what a reader returned; raise ``TypeError`` or ``ValueError`` unless it is items with a label each."""
    if not isinstance(items, Items):
        raise TypeError(f"the reader returned a {type(items).__name__}, not Items")
    if len(items.items) != len(items.labels):
        raise ValueError(f"{len(items.items)} items but {len(items.labels)} labels")
    if other := [item for item in items.items if not isinstance(item, (str, Picture))]:
        raise TypeError(f"an item is a {type(other[0]).__name__}, neither a str nor a Picture")
    if other := [label for label in items.labels if not isinstance(label, str)]:
        raise TypeError(f"a label is a {type(other[0]).__name__}, not a str")
    return items
