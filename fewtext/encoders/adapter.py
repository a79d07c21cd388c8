"""Adapters: what an encoder has learned, as a low-rank change of its linear layers in a small file of its own."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn.utils import parametrize

from fewtext.encoders.pooling import Part
from fewtext.errors import InputError, damaged
from fewtext.files.tensors import read_tensors, write_tensors

DOWN, UP = ".down", ".up"
AGAIN = "make it again"
NO_ADAPTER = "none"  # in a spec: the untouched model
SHIPPED = Path(__file__).parent / "minilm_adapter.safetensors"
"""What all-MiniLM-L6-v2 has learned from many corpora; its card says from which."""


@dataclass(frozen=True)
class Adapter:
    """The change of each linear layer's weight ``[out, in]``, as ``up`` ``[out, rank]`` times ``down`` ``[rank, in]``.

    ``model`` is the fingerprint of the model that it belongs to, ``parts`` are the features that it was trained for
    (none: the encoder's own), ``card`` says what it was trained on.
    """

    changes: Mapping[str, tuple[Tensor, Tensor]]
    model: str
    parts: tuple[Part, ...]
    card: Mapping[str, Any]

    @classmethod
    def read(cls, path: Path) -> Adapter:
        """Read an adapter; raise ``InputError`` where the file is not one, or is damaged."""
        if not path.is_file():
            raise InputError("no such adapter", where=str(path), hint="check the path")
        tensors, facts = read_tensors(path, AGAIN)
        try:
            names = sorted(name.removesuffix(DOWN) for name in tensors if name.endswith(DOWN))
            changes = {name: (tensors[name + DOWN].float(), tensors[name + UP].float()) for name in names}
            if len(tensors) != 2 * len(changes) or not all(t.isfinite().all() for t in tensors.values()):
                raise ValueError("its tensors are not those of an adapter")
            return cls(changes, str(facts["model"]), Part.all_of(facts["parts"]), dict(facts["card"]))
        except (KeyError, TypeError, ValueError) as error:
            raise damaged(path, f"it is not an adapter ({error})", AGAIN) from error

    def write(self, path: Path) -> None:
        """Write the adapter in 16 bits."""
        tensors: dict[str, Tensor] = {}
        for name, (down, up) in self.changes.items():
            tensors |= {name + DOWN: down.half(), name + UP: up.half()}
        parts = [[part.layer, part.pooling, part.share] for part in self.parts]
        write_tensors(path, tensors, {"model": self.model, "parts": parts, "card": dict(self.card)})

    @property
    def fingerprint(self) -> str:
        """16 hex digits that change with the changes and the parts."""
        digest = hashlib.sha256(json.dumps([[p.layer, p.pooling, p.share] for p in self.parts]).encode())
        for name, factors in sorted(self.changes.items()):
            digest.update(name.encode() + b"".join(factor.contiguous().numpy().tobytes() for factor in factors))
        return digest.hexdigest()[:16]

    def apply(self, model: nn.Module) -> None:
        """Change the weights of a model in float32; raise ``InputError`` where they do not fit."""
        linears = linears_of(model)
        for name, (down, up) in self.changes.items():
            linear = linears.get(name)
            if linear is None or linear.weight.shape != (len(up), down.shape[1]) or up.shape[1] != len(down):
                message = f"the model has no linear layer {name} of the adapter's size"
                raise InputError(message, hint="give the model that the adapter was made for")
            linear.weight.data += (up @ down).to(linear.weight)


def split_adapter(spec: str) -> tuple[str, str]:
    """Return the model and the adapter of ``MODEL+ADAPTER``; the adapter is empty where the spec names none."""
    found = [(spec[:i], spec[i + 1 :]) for i, character in enumerate(spec) if character == "+"]
    named = [pair for pair in found if pair[1] == NO_ADAPTER or pair[1].endswith(".safetensors")]
    return next((pair for pair in named if Path(pair[1]).is_file()), named[0] if named else (spec, ""))


def linears_of(model: nn.Module) -> dict[str, nn.Linear]:
    """Return the linear layers of a model by name, but for a pooler, which sentence encoders do not use."""
    named = ((name, module) for name, module in model.named_modules() if isinstance(module, nn.Linear))
    return {name: module for name, module in named if "pooler" not in name.split(".")}


def averaged(adapters: Sequence[Adapter], strength: float, rank: int, card: Mapping[str, Any]) -> Adapter:
    """Return the mean of several adapters' changes, times ``strength``, at this rank.

    It is the model's weights interpolated with those of its trained versions: what several runs agree on is kept, and
    little is forgotten. Raises ``InputError`` where the adapters are of different models or parts.
    """
    first = adapters[0]
    if any((other.model, other.parts) != (first.model, first.parts) for other in adapters):
        raise InputError("the adapters belong to different models, or to different parts of its features")
    names = sorted({name for adapter in adapters for name in adapter.changes})
    changes = {}
    for name in names:
        own = [adapter.changes[name] for adapter in adapters if name in adapter.changes]
        down, up = torch.cat([down for down, _ in own]), torch.cat([up for _, up in own], 1)
        changes[name] = low_rank(strength / len(adapters) * (up @ down), rank)
    return Adapter(changes, first.model, first.parts, card)


def low_rank(change: Tensor, rank: int) -> tuple[Tensor, Tensor]:
    """Return ``down`` and ``up``, whose product is the nearest of this rank to a change ``[out, in]``."""
    left, values, right = torch.linalg.svd(change.double(), full_matrices=False)
    root = values[:rank].sqrt()
    return (root[:, None] * right[:rank]).float(), (left[:, :rank] * root).float()


class LowRank(nn.Module):
    """A weight ``[out, in]`` and a trained change of low rank (LoRA: Hu et al., 2022); it begins at no change."""

    def __init__(self, linear: nn.Linear, rank: int, generator: torch.Generator) -> None:
        super().__init__()
        start = torch.randn(rank, linear.in_features, generator=generator) / linear.in_features**0.5
        self.down = nn.Parameter(start.to(linear.weight))
        self.up = nn.Parameter(linear.weight.new_zeros(linear.out_features, rank))
        self.scale = 8.0 / rank**0.5  # keeps the size of a step from depending on the rank

    def forward(self, weight: Tensor) -> Tensor:
        """Return the changed weight."""
        changed: Tensor = weight + self.scale * (self.up @ self.down)
        return changed


def make_low_rank(model: nn.Module, rank: int, generator: torch.Generator) -> None:
    """Freeze a model but for a change of low rank in each of its linear layers."""
    model.requires_grad_(False)
    for linear in linears_of(model).values():
        parametrize.register_parametrization(linear, "weight", LowRank(linear, rank, generator))


def change_of(trained: nn.Module, before: nn.Module, rank: int) -> dict[str, tuple[Tensor, Tensor]]:
    """Return the change of every linear layer between two models of the same shape, at this rank."""
    start = linears_of(before)
    with torch.no_grad():
        differences = {name: (now.weight - start[name].weight).cpu() for name, now in linears_of(trained).items()}
    return {name: low_rank(difference, rank) for name, difference in differences.items()}
