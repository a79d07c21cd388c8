"""Weighted parts: an encoder whose features are weighted anew, part by part, for a task."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from typing import Any

import torch
from torch import Tensor

from fewtext.contracts.encoder import Encoder, Progress
from fewtext.encoders.encode import encode
from fewtext.encoders.wrapped import WrappedEncoder


class WeightedParts(WrappedEncoder):
    """An encoder's features with other ``shares`` of the parts that they consist of; the model is the same."""

    def __init__(self, encoder: Encoder, shares: Sequence[float]) -> None:
        super().__init__(encoder)
        self.shares = tuple(shares)
        self.dtype = getattr(encoder, "dtype", torch.float32)
        self.fingerprint = hashlib.sha256(f"{encoder.fingerprint} {self.shares}".encode()).hexdigest()[:16]

    def encode(self, items: Sequence[Any], progress: Progress | None = None) -> Tensor:
        """Return features ``[n, d]``."""
        return reweighted(encode(self.encoder, items, progress), self.encoder.shares, self.shares)


def reweighted(x: Tensor, before: Sequence[float], after: Sequence[float]) -> Tensor:
    """Return features ``[n, d]`` of equally wide parts with other shares of their similarities."""
    factors = (torch.tensor(after) / torch.tensor(before)).sqrt()
    return x * factors.repeat_interleave(x.shape[1] // len(factors))


def unweighted(encoder: Encoder) -> Encoder:
    """Return the encoder beneath one with weighted parts, and any other as it is."""
    return encoder.encoder if isinstance(encoder, WeightedParts) else encoder
