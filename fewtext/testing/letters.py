"""An encoder that can be trained and needs no weights: counts of letters through a linear map."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn.functional import normalize

from fewtext.contracts.encoder import Encoder, Progress

COUNTED, SIZE = 32, 16


def counts(texts: Sequence[str]) -> Tensor:
    """Return how often each letter is in each text, by its code modulo ``COUNTED``."""
    x = torch.zeros(len(texts), COUNTED)
    for row, text in zip(x, texts, strict=True):
        for letter in text:
            row[ord(letter) % COUNTED] += 1
    return x


class _Model(nn.Module):
    def __init__(self, weight: Tensor) -> None:
        super().__init__()
        self.weight = nn.Parameter(weight.clone())

    def forward(self, texts: Sequence[str]) -> Tensor:
        return normalize(counts(texts) @ self.weight, dim=-1)


class Letters(Encoder):
    """Unit vectors of ``SIZE`` numbers."""

    name = "letters"
    shape = (SIZE,)

    def __init__(
        self,
        model: str | None = None,
        *,
        device: str = "auto",
        dtype: str = "auto",
        max_length: int | None = None,
        offline: bool = False,
    ) -> None:
        self.device = torch.device("cpu")
        self._use(torch.randn(COUNTED, SIZE, generator=torch.Generator().manual_seed(0)))

    def _use(self, weight: Tensor) -> None:
        self._weight = weight.detach().clone()
        self.fingerprint = f"letters-{hashlib.sha256(self._weight.numpy().tobytes()).hexdigest()[:16]}"

    def encode(self, items: Sequence[Any], progress: Progress | None = None) -> Tensor:
        """Return the counts of letters, mapped and of length one."""
        return normalize(counts(items) @ self._weight, dim=-1)

    def trainable(self) -> nn.Module:
        """Return a copy of the map."""
        return _Model(self._weight)

    def with_weights(self, weights: Mapping[str, Tensor]) -> Encoder:
        """Return this encoder with another map."""
        other = Letters()
        other._use(weights["weight"])
        other.weights = dict(weights)
        return other
