"""Cards: the description of a corpus, by which the rows of each split are found, downloaded and checked."""

from __future__ import annotations

import hashlib
import os
import re
import tomllib
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import partial
from http.client import HTTPException
from pathlib import Path
from typing import Any
from urllib.request import urlopen

from fewtext.contracts.corpus import Corpus, Items
from fewtext.datasets.hub import HubDataset
from fewtext.datasets.local import read_file, read_images
from fewtext.errors import InputError
from fewtext.files.atomic import write_bytes
from fewtext.files.images import quarter_turns
from fewtext.files.typed_fields import dataclass_from
from fewtext.registry.failures import reason

DATA_FOLDER = "FEWTEXT_DATA"
MOST_DOWNLOADED = 2**30  # bytes


@dataclass(frozen=True)
class CardFile:
    """A card's description of one split.

    ``rows`` and ``labels`` are their numbers, ``names`` the sha256 of the sorted label names joined by newlines,
    ``hub`` the split's name on the Hub. A split that is not there may be at an https address ``url``, as a file with
    this ``md5`` or at a commit that the address names. ``text`` is the column of texts, where that has another name.
    """

    file: str
    sha256: str = ""
    rows: int = 0
    labels: int = 0
    names: str = ""
    hub: str = ""
    url: str = ""
    md5: str = ""
    text: str = ""
    out_of_scope: bool = False

    @property
    def is_fixed(self) -> bool:
        """True where there is no address, or its content cannot change unnoticed."""
        known = len(self.md5) == 32 or re.search(r"/[0-9a-f]{40}/", self.url)
        return not self.url or self.url.startswith("https://") and bool(known)


@dataclass(frozen=True)
class CardSource:
    """One split of a corpus with a card: beside the card, in ``$FEWTEXT_DATA/<corpus>``, on the Hub or at an address.

    ``outside`` is the label of out-of-scope texts, which on the Hub share a split with the others.
    """

    corpus: str
    folder: Path
    entry: CardFile
    hub: HubDataset | None = None
    outside: str = ""
    rotated: bool = False

    def read(self) -> Items:
        """Read the split and check it against the card: by its sha256, or without one by its counts and labels."""
        data = Path(os.environ.get(DATA_FOLDER) or f"${DATA_FOLDER}") / self.corpus
        for path in (self.folder / self.entry.file, data / self.entry.file):
            if path.is_file():
                return self._read_file(path)
        holds = f"columns {self.entry.text or 'text'} and label"
        if self._is_zip:
            holds = "a folder of images for each label"
        proof = ", sha256 as in the card" if self.entry.sha256 else ""
        by_hand = f"put {self.entry.file} ({holds}{proof}) into {data}, or open a folder of your own"
        if self.entry.url:
            return self._read_file(self._downloaded(by_hand))
        if self.hub is None or not self.entry.hub:
            raise InputError(
                f"corpus {self.corpus} has no file {self.entry.file}", where=str(self.folder), hint=by_hand
            )
        try:
            items = self.hub.read(self.entry.hub)
        except InputError as error:
            install = error.hint if error.hint.startswith("pip") else ""
            hint = f"{install}, or {by_hand}" if install else by_hand
            raise InputError(error.what, where=error.where, hint=hint) from error
        if self.outside:
            kept = [pair for pair in zip(items.items, items.labels, strict=True)
                    if (pair[1] == self.outside) == self.entry.out_of_scope]  # fmt: skip
            items = Items([text for text, _ in kept], [label for _, label in kept])
        return self._checked(items, f"{self.hub} {self.entry.hub}")

    @property
    def _is_zip(self) -> bool:
        return self.entry.file.endswith(".zip")

    def _read_file(self, path: Path) -> Items:
        read: Callable[[Path], Items] = partial(read_file, text_column=self.entry.text or None)
        if self._is_zip:
            read = partial(read_images, rotated=self.rotated)
        if not self.entry.sha256:
            return self._checked(read(path), str(path))
        try:
            content = path.read_bytes()
        except OSError as error:
            raise InputError(f"cannot be read: {error.strerror}", where=str(path)) from error
        if hashlib.sha256(content).hexdigest() == self.entry.sha256:
            return read(path)
        if not self.entry.md5 or hashlib.md5(content, usedforsecurity=False).hexdigest() != self.entry.md5:
            hint = "put the original back, or open its folder as a corpus of your own"
            raise InputError("does not match the checksum in its card", where=str(path), hint=hint)
        return self._checked(read(path), str(path))

    def _downloaded(self, by_hand: str) -> Path:
        """Return the public file in ``$FEWTEXT_DATA/<corpus>`` or the cache; download it where it is missing."""
        folder = Path(os.environ.get(DATA_FOLDER) or Path.home() / ".cache" / "fewtext" / "corpora", self.corpus)
        path = folder / self.entry.file
        if path.is_file():
            return path
        try:
            with urlopen(self.entry.url, timeout=60) as answer:
                content = answer.read(MOST_DOWNLOADED)
            if self.entry.md5 and hashlib.md5(content, usedforsecurity=False).hexdigest() != self.entry.md5:
                raise InputError("does not match the checksum in the card", where=self.entry.url, hint=by_hand)
            folder.mkdir(parents=True, exist_ok=True)
            write_bytes(path, content)
        except (OSError, HTTPException) as error:
            message = f"cannot be downloaded ({reason(error)})"
            raise InputError(message, where=self.entry.url, hint=by_hand) from error
        return path

    def _checked(self, items: Items, where: str) -> Items:
        labels = items.labels
        if self.entry.names and _digest(labels) != self.entry.names:
            labels = [label.replace(" ", "_") for label in labels]  # as some copies spell them
        known, names = sorted(set(items.labels)), _digest(labels)
        for what, here, card in (
            ("rows", len(labels), self.entry.rows),
            ("labels", len(known), self.entry.labels),
            (f"label names ({', '.join(known[:3])}, …)", names, self.entry.names),
        ):
            if card and here != card:
                counted = isinstance(card, int)
                message = f"{here} {what} instead of {card}" if counted else f"its {what} are not the card's"
                hint = f"put the card's {self.entry.file} into ${DATA_FOLDER}/{self.corpus}"
                raise InputError(message, where=where, hint=hint)
        return Items(items.items, labels)


def _digest(labels: list[str]) -> str:
    return hashlib.sha256("\n".join(sorted(set(labels))).encode("utf-8", "replace")).hexdigest()


@dataclass(frozen=True)
class _Card:
    """The fields of ``card.toml``; ``folds`` is a file beside it, ``out_of_scope`` a label."""

    name: str
    modality: str
    description: str
    licence: str
    citation: str
    files: dict[str, dict[str, Any]]
    hub: dict[str, Any] | None = None
    source: str = ""
    encoder: str = ""
    folds: str = ""
    out_of_scope: str = ""
    rotated: bool = False


def read_card(path: Path) -> Corpus:
    """Read a card; raise ``InputError`` where it is not TOML, or a field is missing, unknown or of another type."""
    try:
        card = dataclass_from(tomllib.loads(path.read_text(encoding="utf-8")), _Card)
        hub = dataclass_from(card.hub, HubDataset, "hub") if card.hub is not None else None
        files = {split: dataclass_from(entry, CardFile, f"files.{split}") for split, entry in card.files.items()}
        for entry in files.values():
            if not entry.is_fixed:
                raise ValueError(f"{entry.url!r} is not an https address with an md5 or at a commit")
        for name in (card.name, card.folds or "-", *(entry.file for entry in files.values())):
            if Path(name).name != name or "\0" in name or name == "..":
                raise ValueError(f"{name!r} is not a plain file name")
    except (OSError, ValueError, RecursionError) as error:
        raise InputError(f"not a corpus card: {error}", where=str(path)) from error
    corpus = Corpus(
        name=card.name,
        modality=card.modality,
        description=card.description,
        licence=card.licence,
        citation=card.citation,
        source=card.source,
        encoder=card.encoder,
        readers={
            split: CardSource(card.name, path.parent, entry, hub, card.out_of_scope, card.rotated).read
            for split, entry in files.items()
        },
        out_of_scope=tuple(split for split, entry in files.items() if entry.out_of_scope),
        folds_file=path.parent / card.folds if card.folds else None,
    )
    return replace(corpus, fold_classes=quarter_turns) if card.rotated else corpus
