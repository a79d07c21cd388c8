"""A kernel for GPUs: bias, sum and layer normalisation in one way through memory, in float32 within."""

from __future__ import annotations

import torch
import triton
import triton.language as tl
from torch import Tensor

from fewtext.encoders.packed_linear import Norm


def add_and_norm(x: Tensor, bias: Tensor, other: Tensor, norm: Norm) -> Tensor:
    """Return the normalised sum of ``x`` and ``other`` ``[n, d]`` and ``bias`` ``[d]``."""
    out, width = torch.empty_like(x), x.shape[1]
    block = triton.next_power_of_2(width)
    with torch.cuda.device(x.device):  # Triton starts kernels on the current one
        _kernel[(len(x),)](x, bias, other, norm.weight, norm.bias, out, width, norm.eps, BLOCK=block)
    return out


@triton.jit  # type: ignore[untyped-decorator]
def _kernel(x, bias, other, weight, shift, out, width, eps, BLOCK: tl.constexpr):  # type: ignore[no-untyped-def]  # noqa: N803
    columns = tl.arange(0, BLOCK)
    real = columns < width
    row = tl.program_id(0).to(tl.int64) * width + columns
    total = tl.load(x + row, mask=real, other=0).to(tl.float32)
    total += tl.load(other + row, mask=real, other=0).to(tl.float32)
    total += tl.load(bias + columns, mask=real, other=0).to(tl.float32)
    centred = tl.where(real, total - tl.sum(total, 0) / width, 0)
    scaled = centred * tl.rsqrt(tl.sum(centred * centred, 0) / width + eps)
    normed = scaled * tl.load(weight + columns, mask=real, other=0).to(tl.float32)
    normed += tl.load(shift + columns, mask=real, other=0).to(tl.float32)
    tl.store(out + row, normed.to(out.dtype.element_ty), mask=real)
