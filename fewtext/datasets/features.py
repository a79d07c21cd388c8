"""Features: a collection encoded once, and cached on disk for every episode that is drawn from it."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from fewtext.contracts.corpus import Items
from fewtext.contracts.encoder import Encoder, Progress
from fewtext.encoders.encode import encode, encoded_rows, warn_of_truncation
from fewtext.encoders.wrapped import WrappedEncoder
from fewtext.errors import InputError
from fewtext.files.atomic import clear
from fewtext.files.cache import cache_folder
from fewtext.files.tensors import read_tensors, write_tensors


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
    kept = _cache_file(encoder, items)
    x = _read(kept, len(items), encoder.shape)
    if x is None:
        with warn_of_truncation(encoder):
            x = encode(encoder, items, progress)
        _write(kept, x)
    return x


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


def _cache_file(encoder: Encoder, items: list[Any]) -> Path | None:
    """Return a path that depends on the items, their order and the encoder; None where the cache is off."""
    folder = cache_folder()
    if folder is None:
        return None
    settings = encoder.name, encoder.fingerprint, encoder.max_length, str(getattr(encoder, "dtype", ""))
    digest = hashlib.sha256(repr(settings).encode())
    for item in items:
        content = (item if isinstance(item, str) else item.identity).encode("utf-8", "surrogatepass")
        digest.update(len(content).to_bytes(8, "little") + content)
    return folder / "features" / f"{digest.hexdigest()[:32]}.safetensors"


def _read(path: Path | None, count: int, shape: tuple[int, ...]) -> Tensor | None:
    if path is None or not path.is_file():
        return None
    try:
        x = read_tensors(path)[0]["x"]
    except (InputError, KeyError):
        return None  # a damaged file is replaced
    x = x / 255 if x.dtype == torch.uint8 else x
    return x if x.shape == (count, *shape) and x.dtype == torch.float32 else None


def _write(path: Path | None, x: Tensor) -> None:
    """Write features to the cache; where that fails they are encoded again next time."""
    if path is None:
        return
    with suppress(OSError, InputError):
        path.parent.mkdir(parents=True, exist_ok=True)
        clear(path.parent)
        write_tensors(path, {"x": _packed(x)}, {})


def _packed(x: Tensor) -> Tensor:
    """Return pixels as bytes, a quarter of the size, where that is lossless; other features unchanged."""
    levels = 255 * x
    if x.dim() > 2 and torch.equal(levels.round() / 255, x):
        return levels.round().to(torch.uint8)
    return x
