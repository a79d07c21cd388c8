"""When two ways to one answer agree."""

from __future__ import annotations

import torch
from torch import Tensor

TOLERANCE = 1e-6
"""Of two ways to one answer, relative to its size: in float64 even fifty steps of Adam stay far below. In float32 they
make a last bit of the first sum, which every processor rounds as it likes, a hundredth of the answer."""


def assert_same(one: Tensor, other: Tensor, because: str) -> None:
    """Fail where numbers differ by more than ``TOLERANCE`` of their size."""
    one, other = one.detach(), other.detach()
    atol = TOLERANCE * (1 + float(one.abs().max()))
    torch.testing.assert_close(one, other, rtol=TOLERANCE, atol=atol, msg=lambda text: f"{because}\n{text}")
