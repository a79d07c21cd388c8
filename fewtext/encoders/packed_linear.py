"""Linear layers with weights that oneDNN has packed for the CPU: the same numbers about 1.2 times as fast."""

from __future__ import annotations

from typing import NamedTuple

import torch
from torch import Tensor, nn
from torch.nn.functional import gelu, layer_norm, linear


class Norm(NamedTuple):
    """A frozen layer normalisation of vectors ``[..., d]``."""

    weight: Tensor
    bias: Tensor
    eps: float

    @classmethod
    def of(cls, norm: nn.LayerNorm) -> Norm:
        """Return that of a module."""
        return cls(norm.weight.detach(), norm.bias.detach(), norm.eps)

    def __call__(self, x: Tensor) -> Tensor:
        """Normalise."""
        return layer_norm(x, self.weight.shape, self.weight, self.bias, self.eps)


class Packed:
    """The weights of a frozen linear layer ``[..., in]`` to ``[..., out]``, with the operators of torch.compile.

    Where this build of torch cannot pack their dtype, they are as they were.
    """

    def __init__(self, weight: Tensor, bias: Tensor | None) -> None:
        self.bias = None if bias is None else bias.detach()
        self.packed = can_pack(weight.dtype)
        self.weight = torch.ops.mkldnn._reorder_linear_weight(weight.detach()) if self.packed else weight.detach()

    def __call__(self, x: Tensor) -> Tensor:
        """Apply the layer."""
        return self._fused(x, "none") if self.packed else linear(x, self.weight, self.bias)

    def with_gelu(self, x: Tensor) -> Tensor:
        """Apply the layer, and GELU to what it gives."""
        return self._fused(x, "gelu") if self.packed else gelu(linear(x, self.weight, self.bias))

    def added_and_normed(self, x: Tensor, other: Tensor, norm: Norm) -> Tensor:
        """Apply the layer, add ``other``, and normalise."""
        if not self.packed:
            return norm(linear(x, self.weight, self.bias) + other)
        return norm(torch.ops.mkldnn._linear_pointwise.binary(x, other, self.weight, self.bias, "add"))

    def _fused(self, x: Tensor, after: str) -> Tensor:
        applied: Tensor = torch.ops.mkldnn._linear_pointwise(x, self.weight, self.bias, after, [], "none")
        return applied


class PackedLinear(nn.Module):
    """A packed linear layer in a model of transformers."""

    def __init__(self, linear: nn.Linear) -> None:
        super().__init__()
        self.bias, self._packed = linear.bias, Packed(linear.weight, linear.bias)

    def forward(self, x: Tensor) -> Tensor:
        """Apply the layer."""
        return self._packed(x)


def pack_linears(model: nn.Module, dtype: torch.dtype) -> None:
    """Replace every linear layer of a frozen model on the CPU, where this build of torch can pack its dtype."""
    if not can_pack(dtype):
        return
    for module in list(model.modules()):
        for name, child in module.named_children():
            if type(child) is nn.Linear:
                setattr(module, name, PackedLinear(child))


def can_pack(dtype: torch.dtype) -> bool:
    """Return whether this build of torch can pack linear layers of a dtype."""
    operators = torch.ops.mkldnn
    if not torch.backends.mkldnn.is_available() or not hasattr(operators, "_linear_pointwise"):  # type: ignore[no-untyped-call]
        return False
    return dtype == torch.float32 or dtype == torch.bfloat16 and operators._is_mkldnn_bf16_supported()
