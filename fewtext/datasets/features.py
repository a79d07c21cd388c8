"""Features: a collection encoded once, and cached on disk for every episode that is drawn from it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor

from fewtext.contracts.corpus import Items
from fewtext.contracts.encoder import Encoder, Progress
from fewtext.encoders.encode import encode, encoded_rows, warn_of_truncation
from fewtext.encoders.wrapped import WrappedEncoder
from fewtext.files.feature_store import cached_features


@dataclass(frozen=True)
class Features:
    """Encoded examples ``x`` ``[n, *shape]``, their classes ``y`` ``[n]`` in ``0..len(labels)-1``, and the labels."""

    x: Tensor
    y: Tensor
    labels: tuple[str, ...]

    @property
    def are_images(self) -> bool:
        """Whether each is an image ``[channels, h, w]``, not a vector: they go through a network that costs more."""
        return self.x.dim() > 2

    def of(self, labels: Iterable[str]) -> Features:
        """Return the examples of these labels, with classes numbered in their order."""
        labels = tuple(labels)
        new = {label: number for number, label in enumerate(labels)}
        y = torch.tensor([new.get(label, -1) for label in self.labels], dtype=torch.int64, device=self.y.device)[self.y]
        return Features(self.x[y >= 0], y[y >= 0], labels)

    def to(self, device: torch.device) -> Features:
        """Return the features on a device."""
        return Features(self.x.to(device), self.y.to(device), self.labels)


def encode_items(encoder: Encoder, items: Items, progress: Progress | None = None) -> Features:
    """Encode labelled items, or read their features from the cache; labels are sorted.

    An item whose features are NaN, an image that cannot be decoded, is skipped with a warning that names it.
    """
    labels = tuple(sorted(set(items.labels)))
    index = {label: i for i, label in enumerate(labels)}
    y = torch.tensor([index[label] for label in items.labels], dtype=torch.int64)
    x = encoded(encoder, items.items, progress)
    usable = encoded_rows(x, items.items, "skipped")
    return Features(x, y, labels) if usable.all() else Features(x[usable], y[usable], labels)


def encoded(encoder: Encoder, items: list[Any], progress: Progress | None = None) -> Tensor:
    """Encode items ``[n, *shape]``, or read their features from the cache."""
    with warn_of_truncation(encoder), cached_features():
        return encode(encoder, items, progress, keep_images=True)


class CachedEncoder(WrappedEncoder):
    """An encoder that keeps the features of all items that it has encoded."""

    def __init__(self, encoder: Encoder) -> None:
        super().__init__(encoder)
        self._rows: dict[Any, Tensor] = {}

    def keep(self, items: Items, progress: Progress | None = None) -> None:
        """Encode a collection, or read its features from the cache, and keep them."""
        for item, row in zip(items.items, encoded(self.encoder, items.items, progress), strict=True):
            self._rows[item] = row

    def encode(self, items: Sequence[Any], progress: Progress | None = None) -> Tensor:
        """Return features ``[n, *shape]``; only new items are encoded."""
        if new := [item for item in items if item not in self._rows]:
            self._rows.update(zip(new, encode(self.encoder, new, progress), strict=True))
        return torch.stack([self._rows[item] for item in items])
