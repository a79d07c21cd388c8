"""One temperature for all labels and an offset for each, fitted together by Newton's method.

The second derivative is that of each offset, of what all labels share, and of how the two go together: an arrow, which
is solved in time and memory of the number of labels.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor
from torch.nn.functional import softplus

STEPS = 50  # at most: a handful is usual
CLOSE = 1e-12  # of the loss: a step that promises to lower it by less is not taken
ENOUGH = 1e-4  # of the fall that a step promises, for it to be taken
SHORTENED = 20  # times at most: then the loss falls no further in this precision
BLOCK = 2**16  # answers that are compared at once: they fit into a processor's cache

_Block = tuple[Tensor, Tensor, Tensor]


@dataclass(frozen=True)
class Answers:
    """Held-out answers: their logits ``[n, labels]``, which of them are known, and which labels are right."""

    logits: Tensor
    known: Tensor
    right: Tensor

    def blocks(self) -> list[_Block]:
        """Return the parts, each of few rows."""
        rows = max(1, BLOCK // self.logits.shape[1])
        return list(zip(*(torch.split(part, rows) for part in (self.logits, self.known, self.right)), strict=True))


@dataclass(frozen=True)
class _Surroundings:
    """The loss at a point, its slope, and its second derivative: of the two shared numbers, the offsets, and both."""

    value: float
    slope: Tensor
    shared: Tensor  # [2, 2]
    mixed: Tensor  # [2, labels]
    own: Tensor  # [labels]

    def newton(self) -> Tensor:
        """Return the step to where the loss would be least if it were quadratic."""
        ratio = self.mixed / self.own
        shared = torch.linalg.solve(self.shared - ratio @ self.mixed.T, self.slope[:2] - ratio @ self.slope[2:])
        return -torch.cat([shared, (self.slope[2:] - self.mixed.T @ shared) / self.own])


def fitted_offsets(answers: Answers, scale: float, usual: Tensor, spread: Tensor) -> tuple[float, Tensor]:
    """Return the scale and the offsets ``[labels]`` of sigmoid(scale * logit + offset) that make the loss least.

    The loss is the cross-entropy of the known answers, and half the square of each of these in units of its ``spread``
    ``[2 + labels]``: the logarithm of the scale beside the usual ``scale``, a shift that all offsets share, and each
    offset's own distance from the ``usual`` ones ``[labels]``.
    """
    blocks = answers.blocks()

    def around(point: Tensor) -> _Surroundings:
        return _around(point, blocks, scale, usual, spread)

    point = torch.zeros_like(spread)
    here = around(point)
    for _ in range(STEPS):
        step = here.newton()
        fall = float(step @ here.slope)
        if -fall <= CLOSE * abs(here.value):
            break
        size = 1.0
        for _ in range(SHORTENED):
            ahead = around(point + size * step)
            if ahead.value <= here.value + ENOUGH * size * fall:
                break
            size *= 0.5
        else:
            break
        point, here = point + size * step, ahead
    return scale * float(point[0].exp()), usual + point[1] + point[2:]


def _around(point: Tensor, blocks: list[_Block], scale: float, usual: Tensor, spread: Tensor) -> _Surroundings:
    factor, offsets = scale * point[0].exp(), usual + point[1] + point[2:]
    value = (point / spread).square().sum() / 2
    slope, prior = point / spread.square(), 1 / spread.square()
    of_label = usual.new_zeros(4, len(usual))  # sums over the answers of each label
    errors, curves, leans, bends = of_label
    turn = usual.new_zeros(())
    for logits, known, right in blocks:
        scaled = logits.to(usual.dtype).nan_to_num_() * factor
        logit = scaled + offsets
        value = value + (softplus(logit) - right * logit).mul_(known).sum()
        chance = logit.sigmoid_()
        error = (chance - right.to(usual.dtype)).mul_(known)
        weight = (chance - chance.square()).mul_(known)
        errors += error.sum(0)
        curves += weight.sum(0)
        turn += error.mul_(scaled).sum()
        leans += weight.mul_(scaled).sum(0)
        bends += weight.mul_(scaled).sum(0)
    slope[0] += turn
    slope[1] += errors.sum()
    slope[2:] += errors
    # Where ``turn`` is negative it is left out: at the least it is almost nothing, and the rest is positive definite.
    corner, side = bends.sum() + turn.clamp_min(0) + prior[0], leans.sum()
    shared = torch.stack([corner, side, side, curves.sum() + prior[1]]).view(2, 2)
    return _Surroundings(float(value), slope, shared, torch.stack([leans, curves]), curves + prior[2:])
