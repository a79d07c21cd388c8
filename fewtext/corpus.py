"""A corpus: a card in TOML (source, licence, citation, checksums) and the labelled texts it speaks of."""

from __future__ import annotations

import hashlib
import sys
from dataclasses import dataclass
from pathlib import Path

from fewtext.errors import InputError
from fewtext.inputs import read_support

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib


@dataclass(frozen=True)
class Items:
    """One split: what is to be classified, and the label of each."""

    items: list[str]
    labels: list[str]


@dataclass(frozen=True)
class Corpus:
    """A labelled collection, described by its card; nothing is read before ``load``.

    ``files`` maps a split to the file beside the card and its sha256.
    """

    name: str
    modality: str
    description: str
    licence: str
    citation: str
    folder: Path
    files: dict[str, dict[str, str]]

    @classmethod
    def from_card(cls, path: Path) -> Corpus:
        """Read a card; raise ``InputError`` where it is no TOML or a field is missing or unknown."""
        try:
            card = tomllib.loads(path.read_text(encoding="utf-8"))
            return cls(folder=path.parent, **card)
        except (OSError, ValueError, TypeError) as error:
            raise InputError(f"not a corpus card: {error}", where=str(path)) from error

    @property
    def splits(self) -> list[str]:
        """The names of the splits."""
        return list(self.files)

    def load(self, split: str) -> Items:
        """Read one split, checked against the card's sha256."""
        if split not in self.files:
            raise InputError(f"corpus {self.name} has no split {split!r}", cure=f"it has: {', '.join(self.splits)}")
        path = self.folder / self.files[split]["file"]
        if hashlib.sha256(path.read_bytes()).hexdigest() != self.files[split]["sha256"]:
            raise InputError("does not match the checksum in its card", where=str(path), cure="reinstall the corpus")
        examples = read_support(path)
        return Items(examples.texts, examples.labels)
