"""Encoding: items to features, each distinct item once, with warnings of those that were cut or not readable."""

from __future__ import annotations

import os
import warnings
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import torch
from torch import Tensor

from fewtext.contracts.encoder import Encoder, Progress
from fewtext.encoders.cached import encode_cached, is_cached
from fewtext.errors import FewtextError, FewtextWarning, listed
from fewtext.files.feature_store import store_in_use
from fewtext.registry.failures import plugin_errors

ROWS = 4096  # looked at at once: the question takes as much memory as the features


def _after_fork() -> None:
    """Use one thread in a forked process, where the thread pools of OpenMP and of tokenizers do not exist."""
    torch.set_num_threads(1)
    os.environ.setdefault("TOKENIZERS_PARALLELISM", "false")


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_after_fork)


def encode(
    encoder: Encoder, items: Sequence[Any], progress: Progress | None = None, *, keep_images: bool = False
) -> Tensor:
    """Encode items, each distinct one once, and return features ``[n, *shape]`` in input order.

    Within ``cached_features`` those of texts are cached, with ``keep_images`` those of images, too.
    """
    check_modality(encoder, items)
    places: dict[Any, int] = {}
    inverse = [places.setdefault(_clean(item), len(places)) for item in items]
    if not places:
        return torch.zeros(0, *encoder.shape)
    with torch.no_grad(), plugin_errors("encoder", encoder.name):
        distinct = list(places)
        store = store_in_use() if keep_images or all(isinstance(item, str) for item in distinct) else None
        if store is not None and is_cached(encoder):
            x = encode_cached(encoder, distinct, progress, store)
        else:
            x = encoder.encode(distinct, progress)
        _check_features(x, (len(places), *encoder.shape))
        return x if len(x) == len(inverse) and not x.is_inference() else x[torch.tensor(inverse)]


def _check_features(x: object, shape: tuple[int, ...]) -> None:
    """Raise ``ValueError`` unless an encoder has returned float32 features of this shape on the CPU."""
    if not isinstance(x, Tensor):
        raise ValueError(f"encode returned a {type(x).__name__}, not a torch.Tensor")
    if tuple(x.shape) != shape:
        raise ValueError(f"encode returned features of shape {tuple(x.shape)}, not {shape}")
    if x.dtype != torch.float32 or x.device.type != "cpu":
        raise ValueError(f"encode returned {x.dtype} on {x.device}, not torch.float32 on the CPU")


def check_modality(encoder: Encoder, items: Sequence[Any]) -> None:
    """Raise ``FewtextError`` where texts are given to an encoder of images, or the reverse."""
    for item in items:
        kind = "text" if isinstance(item, str) else "image"
        if kind not in encoder.modalities:
            raise FewtextError(
                f"the encoder {encoder.name} takes {' and '.join(encoder.modalities)}, not {kind}: {item!s:.60}",
                hint="set parameter 'encoder' to pixels, or to sentence-transformers:MODEL with a CLIP or ViT model"
                if kind == "image"
                else "choose an encoder of texts",
            )


def finite_rows(x: Tensor) -> Tensor:
    """Return which rows of features ``[n, *shape]`` are finite: ``[n]``. Unreadable items are encoded as NaN."""
    if not len(x):
        return torch.zeros(0, dtype=torch.bool)
    return torch.cat([part.isfinite().flatten(1).all(1) for part in torch.split(x, ROWS)])


def encoded_rows(x: Tensor, items: Sequence[Any], outcome: str) -> Tensor:
    """Return which items have finite features ``[n, *shape]``: ``[n]``; warn of the others and of their ``outcome``."""
    finite = finite_rows(x)
    if unreadable := [str(items[i]) for i in (~finite).nonzero()[:, 0].tolist()]:
        message = f"{len(unreadable)} of {len(finite)} items cannot be read and are {outcome}: {listed(unreadable)}"
        warnings.warn(message, FewtextWarning, stacklevel=3)
    return finite


def _clean(item: Any) -> Any:
    """Replace lone surrogates in a text, which tokenizers reject; return other items unchanged."""
    return item.encode("utf-8", "replace").decode() if isinstance(item, str) and not item.isascii() else item


@contextmanager
def warn_of_truncation(encoder: Encoder) -> Iterator[None]:
    """Warn at the end of the block of the distinct texts that were cut, and of those without any known token."""
    truncated, unknown = encoder.truncated, encoder.unknown
    yield
    if cut := encoder.truncated - truncated:
        message = f"{_texts(cut)} longer than {encoder.longest} and cut there"
        warnings.warn(message, FewtextWarning, stacklevel=4)
    if not_known := encoder.unknown - unknown:
        message = f"{_texts(not_known)} without any word that the encoder knows, such as emoji or another script"
        warnings.warn(f"{message}: answers for them are arbitrary", FewtextWarning, stacklevel=4)


def _texts(count: int) -> str:
    return "1 text was" if count == 1 else f"{count:,} texts were"
