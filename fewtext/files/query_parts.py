"""Queries part by part: a small file is read at once, a large one as its parts are asked for."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterator
from dataclasses import replace

from fewtext.files.digests import digest_of_rows
from fewtext.files.examples import IMAGE
from fewtext.files.queries import Queries

SMALL = 8 * 2**20  # bytes of a file that is read at once: some 100,000 short texts


class QueryParts(ABC):
    """Texts or images to classify that need not be in memory together.

    ``total`` is how many there are, None where only their end will tell.
    """

    total: int | None = None
    in_parts = True  # and not in memory

    @property
    @abstractmethod
    def like(self) -> Queries:
        """Queries without any row, which tell the columns and the kind."""

    @property
    def are_images(self) -> bool:
        """Whether they are images instead of texts."""
        return self.like.kind == IMAGE

    @abstractmethod
    def parts(self, size: int, skip: int = 0) -> Iterator[Queries]:
        """Yield at most ``size`` queries at a time, from the one after the first ``skip`` on."""

    @abstractmethod
    def digest(self) -> str:
        """Return what changes with the content; empty where it cannot be read twice."""

    def whole(self) -> Queries:
        """Return all of them in memory."""
        found = self.like
        texts, carried, shown = [], [], []
        for part in self.parts(2**16):
            texts += part.texts
            carried += part.carried
            shown += part.shown
        return replace(found, texts=texts, carried=carried, shown=shown)


class InMemory(QueryParts):
    """Queries that were read at once."""

    in_parts = False

    def __init__(self, queries: Queries) -> None:
        self._queries, self.total = queries, len(queries.texts)

    @property
    def like(self) -> Queries:
        """Queries without any row."""
        return replace(self._queries, texts=[], carried=[], shown=[])

    def parts(self, size: int, skip: int = 0) -> Iterator[Queries]:
        """Yield slices of them."""
        own = self._queries
        for at in range(skip, len(own.texts), size):
            to = at + size
            yield replace(own, texts=own.texts[at:to], carried=own.carried[at:to], shown=own.shown[at:to])

    def digest(self) -> str:
        """Return the digest of all rows, and of the content of images."""
        return digest_of_rows(self._queries)

    def whole(self) -> Queries:
        """Return them."""
        return self._queries
