"""Corpus lists: many corpora for one training, by name, as the files of a folder, or with their families in a TOML."""

from __future__ import annotations

import os
import tomllib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from fewtext.contracts.corpus import Items
from fewtext.datasets.open import SPLITS
from fewtext.datasets.session import Session
from fewtext.errors import InputError, listed

TABLES = {".csv", ".tsv", ".jsonl", ".ndjson", ".parquet"}


@dataclass(frozen=True)
class Member:
    """One corpus of a list. Families are drawn by their ``weight``, and each of a family's corpora as often."""

    name: str
    family: str
    weight: float
    licence: str
    items: Items

    @property
    def card(self) -> dict[str, Any]:
        """What an adapter's card says of the corpus."""
        labels = len(set(self.items.labels))
        counts = {"texts": len(self.items.items), "classes": labels, "data": self.items.fingerprint}
        return {"name": self.name, "family": self.family, "weight": self.weight, "licence": self.licence, **counts}


def read_members(specs: Sequence[str], session: Session) -> list[Member]:
    """Open corpora by name or path, every table of a folder, or the families of a TOML; read their training texts.

    A TOML has tables ``[[family]]`` with ``name``, ``corpora`` (paths from the TOML's folder or ``$FEWTEXT_DATA``),
    and optionally ``weight`` and ``licence``.
    """
    members = []
    for spec in specs:
        for found, family, weight, licence in _entries(spec):
            corpus = session.corpus(found)
            split = "train" if "train" in corpus.splits else None
            name = corpus.name
            members.append(
                Member(name, family or name, weight, licence or corpus.licence, session.items(corpus, split))
            )
    if twice := sorted({m.name for m in members if [n.name for n in members].count(m.name) > 1}):
        raise InputError(f"a corpus is listed twice: {listed(twice)}", hint="leave one of them out")
    if images := [member.name for member in members if member.items.of_images]:
        raise InputError(f"{images[0]} holds images", hint="give corpora of texts")
    return members


def _entries(spec: str) -> Iterator[tuple[str, str, float, str]]:
    path = Path(spec)
    if path.suffix == ".toml":
        yield from _families(path)
        return
    if path.is_dir() and not (path / "card.toml").exists():
        tables = sorted(table for table in path.iterdir() if table.suffix in TABLES)
        if tables and not any(table.stem in SPLITS for table in tables):
            yield from ((str(table), "", 1.0, "") for table in tables)
            return
    yield spec, "", 1.0, ""


def _families(path: Path) -> Iterator[tuple[str, str, float, str]]:
    try:
        families = tomllib.loads(path.read_text(encoding="utf-8"))["family"]
        for family in families:
            if unknown := sorted(family.keys() - {"name", "corpora", "weight", "licence"}):
                raise ValueError(f"a family has no {listed(unknown)}")
            weight = float(family.get("weight", 1.0))
            if not weight > 0:
                raise ValueError(f"family {family['name']} has a weight of {weight}")
            for corpus in family["corpora"]:
                yield _found(path, str(corpus)), str(family["name"]), weight, str(family.get("licence", ""))
    except OSError as error:
        raise InputError(f"cannot be read: {error.strerror}", where=str(path), hint="check the path") from error
    except (KeyError, TypeError, ValueError) as error:
        what = f"has no {error}" if isinstance(error, KeyError) else str(error)
        raise InputError(f"is not a list of corpora: {what}", where=str(path), hint="give [[family]] tables") from error


def _found(path: Path, corpus: str) -> str:
    folders = [path.parent, Path(os.environ.get("FEWTEXT_DATA", "."))]
    return next((str(folder / corpus) for folder in folders if (folder / corpus).exists()), corpus)
