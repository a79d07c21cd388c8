"""When two ways to one answer agree."""

from __future__ import annotations

import torch
from torch import Tensor

TOLERANCE = 1e-6
"""Of two ways to one answer, relative to its size: in float64 even fifty steps of Adam stay far below. In float32 they
make a last bit of the first sum, which every processor rounds as it likes, a hundredth of the answer."""
SOLVED = 1e-3
"""Of two fits that may come from different solvers, each of which stops near the minimum."""


def assert_same(one: Tensor, other: Tensor, because: str, tolerance: float = TOLERANCE) -> None:
    """Fail where numbers differ by more than ``tolerance`` of their size."""
    one, other = one.detach(), other.detach()
    atol = tolerance * (1 + float(one.abs().max()))
    torch.testing.assert_close(one, other, rtol=tolerance, atol=atol, msg=lambda text: f"{because}\n{text}")
