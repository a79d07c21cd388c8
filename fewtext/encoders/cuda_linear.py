"""Frozen layers on an NVIDIA GPU: operations joined where that saves a way through its memory."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from typing import Any

import torch
from torch import Tensor
from torch.nn.functional import gelu, linear

from fewtext.encoders.packed_linear import Norm

LEAST_CAPABILITY = (8, 0)  # of a GPU for FlashAttention
HEADS = 8, 256  # the width of a head is a multiple of the first, and at most the second


class CudaLinear:
    """The weights of a frozen linear layer ``[..., in]`` to ``[..., out]``."""

    def __init__(self, weight: Tensor, bias: Tensor) -> None:
        self.weight, self.bias = weight.detach(), bias.detach()
        self._joined = _has_16_bits(weight)

    def __call__(self, x: Tensor) -> Tensor:
        """Apply the layer."""
        return linear(x, self.weight, self.bias)

    def with_gelu(self, x: Tensor) -> Tensor:
        """Apply the layer, and GELU to what it gives; in 16 bits its tanh form, which they hardly tell from it."""
        if not self._joined:
            return gelu(self(x))
        return torch._addmm_activation(self.bias, x, self.weight.T, use_gelu=True)

    def added_and_normed(self, x: Tensor, other: Tensor, norm: Norm) -> Tensor:
        """Apply the layer, add ``other``, and normalise."""
        add_and_norm = add_and_norm_on(x.device) if self._joined else None
        if add_and_norm is None:
            return norm(self(x) + other)
        normed: Tensor = add_and_norm(x @ self.weight.T, self.bias, other, norm)
        return normed


def has_attention(weights: Tensor, head: int) -> bool:
    """Return whether ``attention`` takes heads of this width where these weights are."""
    if not weights.is_cuda or not _has_16_bits(weights) or _varlen() is None:
        return False
    multiple, most = HEADS
    return (
        torch.cuda.get_device_capability(weights.device) >= LEAST_CAPABILITY and head % multiple == 0 and head <= most
    )


def attention(projected: Tensor, bounds: Tensor, longest: int) -> Tensor:
    """Return the mixed values ``[tokens, d]`` from queries, keys and values ``[tokens, 3, heads, d / heads]``.

    ``bounds`` ``[b + 1]`` are the first tokens of the texts and the end of the last, ``longest`` has so many tokens.
    """
    varlen = _varlen()
    assert varlen is not None
    mixed: Tensor = varlen(*projected.unbind(1), bounds, bounds, longest, longest)
    return mixed.flatten(1)


@cache
def _varlen() -> Callable[..., Any] | None:
    """Return torch's attention over texts of any lengths, which it has from 2.10 on."""
    try:
        from torch.nn.attention.varlen import varlen_attn
    except ImportError:
        return None
    return varlen_attn


@cache
def add_and_norm_on(device: torch.device) -> Callable[..., Tensor] | None:
    """Return the kernel of Triton, once it has run on a device; Triton needs a C compiler, which may be missing."""
    try:
        from fewtext.encoders.triton_norm import add_and_norm

        x = torch.arange(16, device=device, dtype=torch.bfloat16)[None]
        norm = Norm(x[0], x[0], 1e-12)
        same = torch.allclose(add_and_norm(x, x[0], x, norm), norm(3 * x), rtol=0.02, atol=0.02)  # waits for the kernel
    except Exception:  # of Triton, of the compiler, of the system: the operations of torch do as well, more slowly
        return None
    return add_and_norm if same else None


def _has_16_bits(weights: Tensor) -> bool:
    return weights.dtype in (torch.bfloat16, torch.float16)
