"""Cached features: only items that the store does not have are encoded, in one call, and those are kept.

A key is a keyed hash of the item's content and of everything that its features may depend on to the last bit: the
encoder's fingerprint, length and number format, the device, and the versions of what computes.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from functools import cache
from importlib.metadata import PackageNotFoundError, version
from typing import Any

import torch
from torch import Tensor

from fewtext.contracts.encoder import Encoder, Progress
from fewtext.encoders.wrapped import WrappedEncoder
from fewtext.files.feature_database import Row
from fewtext.files.feature_store import AT_ONCE, FeatureStore

CUT, UNKNOWN = 1, 2  # marks of an item: it counts as cut, or as without anything known
ALIKE = 0.02  # of a vector's length: features in 16 bits differ by less from one batch to another
LIBRARIES = ("fewtext", "tokenizers", "transformers", "sentence-transformers")


def is_cached(encoder: Encoder) -> bool:
    """Return whether an encoder's features may be kept: not where it is fitted to a support.

    A wrapped encoder asks the one beneath, whose features are kept.
    """
    fitted = encoder.needs_fit or type(encoder).fit is not Encoder.fit
    return not fitted and not isinstance(encoder, WrappedEncoder)


def encode_cached(encoder: Encoder, items: Sequence[Any], progress: Progress | None, store: FeatureStore) -> Tensor:
    """Encode distinct items ``[n, *shape]``, or take their features from the store; counts are as without it."""
    secret = store.secret()
    if secret is None:
        return encoder.encode(items, progress)
    own = hashlib.blake2b(repr(_circumstances(encoder)).encode(), key=secret).digest()
    keys = [hashlib.blake2b(_content(item), key=own, digest_size=16).digest() for item in items]
    x, marks = torch.empty(len(items), *encoder.shape), dict[int, int]()  # the marks of those that are found
    for start in range(0, len(keys), AT_ONCE):
        known = store.read(keys[start : start + AT_ONCE])
        found = [i for i, key in enumerate(keys[start : start + AT_ONCE], start) if key in known]
        _unpack(x, found, [known[keys[i]].content for i in found])
        marks.update((i, known[keys[i]].marks) for i in found)
    if not marks:
        return _encoded(encoder, items, keys, progress, store)
    if not _is_true(encoder, items[min(marks)], x[min(marks)], store):
        return encoder.encode(items, progress)
    if missing := [i for i in range(len(items)) if i not in marks]:
        x[missing] = _encoded(encoder, [items[i] for i in missing], [keys[i] for i in missing], progress, store)
    _count(encoder, list(marks.values()))
    return x


def _encoded(
    encoder: Encoder, items: Sequence[Any], keys: Sequence[bytes], progress: Progress | None, store: FeatureStore
) -> Tensor:
    """Encode items and keep their features, where it can be told for which items the encoder's counts have grown."""
    before = encoder.truncated, encoder.unknown
    x = encoder.encode(items, progress)
    counts = encoder.truncated - before[0], encoder.unknown - before[1]
    marks: Sequence[int] = [0] * len(items)
    if any(counts):
        marks = encoder.marks(items) if encoder.marks else []
    if _counts(marks) == counts and _is_whole(x, (len(items), *encoder.shape)):
        usable = x.isfinite().flatten(1).all(1).nonzero()[:, 0].tolist()
        store.add([(keys[i], Row(row, marks[i])) for i, row in zip(usable, _packed(x, usable), strict=True)])
    return x


def _count(encoder: Encoder, marks: Sequence[int]) -> None:
    """Let the encoder count items as if it had encoded them."""
    if any(counts := _counts(marks)):
        encoder.truncated += counts[0]
        encoder.unknown += counts[1]


def _counts(marks: Sequence[int]) -> tuple[int, int]:
    return sum(mark & CUT > 0 for mark in marks), sum(mark & UNKNOWN > 0 for mark in marks)


def _is_true(encoder: Encoder, item: Any, kept: Tensor, store: FeatureStore) -> bool:
    """Return whether an encoder gives an item the features that are kept of it; say so where it does not.

    Of a third-party encoder one item is encoded again in each run: nothing else tells whether its fingerprint changes
    with its features.
    """
    if type(encoder).__module__.partition(".")[0] == "fewtext" or encoder.fingerprint in store.checked:
        return True
    store.checked.add(encoder.fingerprint)
    before = encoder.truncated, encoder.unknown
    now = encoder.encode([item])[0]
    if (encoder.truncated, encoder.unknown) != before:
        encoder.truncated, encoder.unknown = before
    if now.shape == kept.shape and (now - kept).norm() <= ALIKE * now.norm():
        return True
    store.distrust(
        f"no features are cached: the encoder {encoder.name} gives others than those kept under its fingerprint "
        f"{encoder.fingerprint}, which should change with them; fewtext cache clear removes those"
    )
    return False


def _circumstances(encoder: Encoder) -> tuple[Any, ...]:
    """Return everything that features may depend on beside the item."""
    kind = type(encoder)
    options = encoder.found_by[2] if encoder.found_by else {}
    number_format = str(getattr(encoder, "dtype", options.get("dtype")))
    own = kind.__module__, kind.__qualname__, encoder.fingerprint, encoder.max_length, number_format, encoder.shape
    return *own, *_machine(encoder.device, torch.get_num_threads())


@cache
def _machine(device: torch.device, threads: int) -> tuple[Any, ...]:
    chip = torch.cuda.get_device_name(device) if device.type == "cuda" else torch.backends.cpu.get_cpu_capability()
    return device.type, chip, threads, torch.__version__, *map(_version, LIBRARIES)


def _version(library: str) -> str:
    try:
        return version(library)
    except PackageNotFoundError:
        return ""


def _content(item: Any) -> bytes:
    return str(item if isinstance(item, str) else item.identity).encode("utf-8", "surrogatepass")


def _is_whole(x: object, shape: tuple[int, ...]) -> bool:
    return isinstance(x, Tensor) and tuple(x.shape) == shape and x.dtype == torch.float32 and x.device.type == "cpu"


def _packed(x: Tensor, places: Sequence[int]) -> Iterator[memoryview]:
    """Return the bytes of features ``[n, *shape]`` at these places; pixels are a quarter as many, where lossless."""
    if x.dim() > 2 and torch.equal((255 * x).round() / 255, x):
        x = (255 * x).round().to(torch.uint8)
    flat = _bytes_of(x.contiguous())
    size = len(flat) // max(1, len(x))
    return (flat[place * size : (place + 1) * size] for place in places)


def _unpack(x: Tensor, places: Sequence[int], rows: Sequence[bytes | memoryview]) -> None:
    """Put features into ``x`` ``[n, *shape]`` at these places; copying each once, since there may be many."""
    flat, size = _bytes_of(x), 4 * x[0].numel()
    for place, row in zip(places, rows, strict=True):
        if len(row) == size:
            flat[place * size : (place + 1) * size] = row
        else:  # pixels
            x[place] = torch.frombuffer(bytearray(row), dtype=torch.uint8).view(x.shape[1:]) / 255


def _bytes_of(x: Tensor) -> memoryview:
    """Return the bytes of a tensor that they share."""
    return memoryview(x.numpy().data).cast("B") if x.numel() else memoryview(b"")
