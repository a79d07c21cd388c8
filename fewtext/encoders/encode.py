"""Encoding: items to feature vectors, each distinct one once, with what could not be read told."""

from __future__ import annotations

import os
import warnings
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import torch
from torch import Tensor

from fewtext.contracts.encoder import Encoder, Progress
from fewtext.errors import FewtextError, FewtextWarning, listed
from fewtext.registry.failures import plugin_errors


def _after_fork() -> None:
    """Use one thread in a child process: the pools of OpenMP and of the tokenizers do not live on there."""
    torch.set_num_threads(1)
    os.environ.setdefault("TOKENIZERS_PARALLELISM", "false")


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_after_fork)


def encode(encoder: Encoder, items: Sequence[Any], progress: Progress | None = None) -> Tensor:
    """Encode items, each distinct one once, and return features ``[n, *shape]`` in input order."""
    check_modality(encoder, items)
    places: dict[Any, int] = {}
    inverse = [places.setdefault(_clean(item), len(places)) for item in items]
    if not places:
        return torch.zeros(0, *encoder.shape)
    with torch.no_grad(), plugin_errors("encoder", encoder.name):
        x = encoder.encode(list(places), progress)
        fault = _fault(x, (len(places), *encoder.shape))
        if fault:
            raise ValueError(fault)
        return x[torch.tensor(inverse)]


def _fault(x: object, shape: tuple[int, ...]) -> str:
    """Return what is wrong with features that should be of this shape."""
    if not isinstance(x, Tensor):
        return f"encode returned a {type(x).__name__}, which is no torch.Tensor"
    if tuple(x.shape) != shape:
        return f"encode returned features of shape {tuple(x.shape)}, not {shape}"
    if x.dtype != torch.float32 or x.device.type != "cpu":
        return f"encode returned {x.dtype} on {x.device}, not torch.float32 on the CPU"
    return ""


def check_modality(encoder: Encoder, items: Sequence[Any]) -> None:
    """Raise ``FewtextError`` where items are texts to an encoder of images, or the other way round."""
    for item in items:
        kind = "text" if isinstance(item, str) else "image"
        if kind not in encoder.modalities:
            raise FewtextError(
                f"the encoder {encoder.name} takes {' and '.join(encoder.modalities)}, not {kind}: {item!s:.60}",
                hint="give --encoder: pixels, or sentence-transformers:MODEL with a CLIP or ViT model"
                if kind == "image"
                else "choose an encoder of texts",
            )


def finite_rows(x: Tensor) -> Tensor:
    """Return which features ``[n, *shape]`` are numbers: ``[n]``. An encoder gives NaN for what it cannot read."""
    return x.isfinite().flatten(1).all(1) if len(x) else torch.zeros(0, dtype=torch.bool)


def encoded_rows(x: Tensor, items: Sequence[Any], outcome: str) -> Tensor:
    """Return which features ``[n, *shape]`` are numbers: ``[n]``; warn of the items that could not be read."""
    usable = finite_rows(x)
    if lost := [str(items[i]) for i in (~usable).nonzero()[:, 0].tolist()]:
        message = f"{len(lost)} of {len(usable)} items cannot be read and are {outcome}: {listed(lost)}"
        warnings.warn(message, FewtextWarning, stacklevel=3)
    return usable


def _clean(item: Any) -> Any:
    """Replace lone surrogates of a text, which no tokenizer takes; other items are left as they are."""
    return item.encode("utf-8", "replace").decode() if isinstance(item, str) and not item.isascii() else item


@contextmanager
def warn_of_truncation(encoder: Encoder) -> Iterator[None]:
    """Warn, once for all that is encoded in the block, of distinct texts that were cut and of those not understood."""
    truncated, unknown = encoder.truncated, encoder.unknown
    yield
    if cut := encoder.truncated - truncated:
        message = f"{_texts(cut)} longer than {encoder.longest} and cut there"
        warnings.warn(message, FewtextWarning, stacklevel=4)
    if strange := encoder.unknown - unknown:
        message = f"{_texts(strange)} without any word that the encoder knows (emoji or another script, say)"
        warnings.warn(f"{message}: what is answered there says nothing", FewtextWarning, stacklevel=4)


def _texts(count: int) -> str:
    return "1 text was" if count == 1 else f"{count:,} texts were"
