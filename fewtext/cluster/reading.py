"""How a cluster reads the texts of a file: part by part, the very parts that one machine would read."""

from __future__ import annotations

import hashlib
import json
import warnings
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from fewtext.errors import FewtextError, FewtextWarning
from fewtext.files.addresses import is_address
from fewtext.files.open_queries import open_queries
from fewtext.files.opened import STDIN
from fewtext.files.source import AnyPath, Source, source_of


@dataclass(frozen=True)
class Reading:
    """A file of texts, and how to read it: parts of so many texts, from the one after the first ``skip`` on."""

    source: Source
    text_column: str | None
    limit: int | None
    size: int
    skip: int = 0

    def parts(self) -> Iterator[bytes]:
        """Yield the texts of each part as JSON, which keeps whatever a text may hold; warnings were given before."""
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", FewtextWarning)
            queries = open_queries(self.source, self.text_column, self.limit)
            for part in queries.parts(self.size, self.skip):
                yield json.dumps(part.texts).encode()

    def after(self, done: int) -> Reading:
        """Return the reading of what follows the first texts."""
        return replace(self, skip=done)


def reading_of(path: AnyPath, text_column: str | None, limit: int | None, size: int) -> Reading:
    """Return how to read a file from another process; raise ``FewtextError`` where it can be read once only."""
    source = source_of(path)
    if source.path == STDIN:
        message = "a cluster reads the texts itself, which standard input does not allow"
        raise FewtextError(message, hint="save them to a file first")
    if not is_address(source.path):
        source = replace(source, path=str(Path(source.path).resolve()))
    return Reading(source, text_column, limit, size)


def digest_of_texts(texts: Sequence[str]) -> bytes:
    """Return a digest by which two processes see whether they have read the same texts."""
    return hashlib.blake2b(json.dumps(list(texts)).encode(), digest_size=16).digest()
