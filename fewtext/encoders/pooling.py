"""Pooling: token vectors to one vector a text, and the parts that the features of several layers consist of."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn.functional import normalize

from fewtext.errors import FewtextError


@dataclass(frozen=True)
class Part:
    """One part of an encoder's features: a layer's token vectors, pooled, and the part's share of every similarity."""

    layer: int
    """0 for the word embeddings, 1 for the first layer, …"""
    pooling: str
    share: float

    @classmethod
    def all_of(cls, rows: Any) -> tuple[Part, ...]:
        """Read ``[[layer, pooling, share], …]``; raise ``ValueError`` where it is anything else."""
        parts = tuple(cls(*row) for row in rows)
        for part in parts:
            if type(part.layer) is not int or part.layer < 0 or part.pooling not in ("mean", "cls", "max"):
                raise ValueError(f"no part of an encoder: {part}")
            if not isinstance(part.share, float | int) or not 0 < part.share <= 1:
                raise ValueError(f"a share of {part.share}")
        if not parts or abs(sum(part.share for part in parts) - 1) > 1e-6:
            raise ValueError("the shares of the parts do not add up to 1")
        return parts


def check_layers(parts: Sequence[Part], layers: int) -> None:
    """Raise ``FewtextError`` where a part is of a layer that a model of so many layers does not have."""
    if missing := [part.layer for part in parts if part.layer > layers]:
        message = f"there is no layer {missing[0]} to take a part of the features from"
        raise FewtextError(message, hint=f"the model has {layers} layers")


def pooled_parts(
    hidden: Mapping[int, Tensor], mask: Tensor, parts: Sequence[Part], dense: nn.Module, last: int
) -> list[Tensor]:
    """Pool the layers ``[b, l, hidden]`` that the parts name, and return the unit vectors of each part.

    ``dense`` is what the model applies to the vector of its ``last`` layer, which is the first part.
    """
    pooled = [pool(hidden[part.layer].float(), mask[..., None], part.pooling) for part in parts]
    if parts[0].layer == last:
        pooled[0] = dense(pooled[0])
    return [normalize(vectors, dim=-1) for vectors in pooled]


def joined(vectors: Sequence[Tensor], parts: Sequence[Part]) -> Tensor:
    """Join the parts to one unit vector ``[n, d]``: a cosine is the mean of theirs, by their shares."""
    return torch.cat([vector * part.share**0.5 for vector, part in zip(vectors, parts, strict=True)], -1)


def pool(hidden: Tensor, mask: Tensor, pooling: str) -> Tensor:
    """Reduce ``[b, l, hidden]`` to ``[b, hidden]`` over the tokens where ``mask`` ``[b, l, 1]`` is true."""
    if pooling == "cls":
        return hidden[:, 0]
    if pooling == "max":
        return hidden.masked_fill(~mask, -torch.inf).amax(1)
    return hidden.masked_fill(~mask, 0).sum(1) / mask.sum(1)
