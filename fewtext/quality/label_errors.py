"""How probable it is that a label is wrong: a logistic regression over tasks of other corpora with changed labels.

``benchmarks/learned_checks.py fit`` made its weights. It is learning to learn: what tells a wrong label is the same in
every task, whatever the labels mean.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import NamedTuple

import torch
from torch import Tensor
from torch.nn.functional import normalize

SUSPECT = 2 / 3  # probability of an error, were one label in ten wrong, from which on a label is suspected
WEIGHTS, BIAS = (0.976, 0.793, 0.500, -0.591), -4.801  # of ``evidence``
BLOCK = 1 << 20  # examples times labels at once
LEAST_SPREAD = 1e-3  # below it, examples are all equally near, which says nothing


class HeldOut(NamedTuple):
    """Held-out ``probabilities`` ``[m, ways]`` of ``rows`` ``[m]`` of the examples, vectors ``x`` ``[n, d]``, ``y``."""

    probabilities: Tensor
    rows: Tensor
    x: Tensor
    y: Tensor


def error_probabilities(held_out: HeldOut) -> Tensor:
    """Return how probable it is that an example does not have a label, if it is given that: ``[m, ways]``.

    The probability is that where one label in ten is wrong, and 0 where no other label is likelier.
    """
    own_ratio, own_nearer = _of_given(held_out)
    spread, labels = _spread(own_nearer), _of_labels(held_out, own_ratio)
    of_label = labels @ labels.new_tensor(WEIGHTS[2:]) + BIAS
    return torch.cat(
        [
            (WEIGHTS[0] * ratio + WEIGHTS[1] * nearer / spread + of_label).sigmoid().masked_fill(ratio <= 0, 0.0)
            for ratio, nearer, _ in _compared(held_out)
        ]
    )


def evidence(held_out: HeldOut) -> Tensor:
    """Return what speaks against the label of each example: ``[m, 4]``.

    That is the logarithm of how much likelier the best other label is; how much nearer the mean of that label is than
    that of the other examples with its own, in standard deviations over the examples; and of its label the logarithm of
    the number of examples, and the mean of the first, which is that of all where none of a label was held out.
    """
    ratio, nearer = _of_given(held_out)
    of_label = _of_labels(held_out, ratio)[held_out.y[held_out.rows]]
    return torch.cat([torch.stack([ratio, nearer / _spread(nearer)], 1), of_label], 1)


def likelier(probabilities: Tensor) -> tuple[Tensor, Tensor]:
    """Return of each label how much likelier the best other one is, as a logarithm, and which it is: ``[m, ways]``."""
    (first, second), (best, next_best) = (torch.split(part, 1, dim=-1) for part in probabilities.topk(2))
    is_best = torch.arange(probabilities.shape[1], device=best.device) == best
    other = torch.where(is_best, second, first).clamp_min(1e-12)
    return (other / probabilities.clamp_min(1e-12)).log(), torch.where(is_best, next_best, best)


def _compared(held_out: HeldOut) -> Iterator[tuple[Tensor, Tensor, Tensor]]:
    """Yield for some examples at once how much likelier another label is, how much nearer, and their own ``[b, 1]``."""
    probabilities, rows, x, y = held_out
    unit, ways = normalize(x.double(), dim=-1), probabilities.shape[1]
    sums = unit.new_zeros(ways, unit.shape[1]).index_add_(0, y, unit)
    length = sums.norm(dim=-1)
    size = max(1, BLOCK // ways)
    for some, places in zip(torch.split(probabilities, size), torch.split(rows, size), strict=True):
        own, vectors = y[places][:, None], unit[places]
        near, square = vectors @ sums.T, vectors.square().sum(-1, keepdim=True)
        with_itself = near.gather(1, own)  # an example is not among those that it is compared with
        alone = (length[own] ** 2 - 2 * with_itself + square).clamp_min(0).sqrt()
        lengths = length.expand(len(some), ways).scatter(1, own, alone)
        near = near.scatter(1, own, with_itself - square) / lengths.clamp_min(1e-6)
        ratio, other = likelier(some)
        yield ratio, near.gather(1, other) - near, own


def _of_given(held_out: HeldOut) -> tuple[Tensor, Tensor]:
    pairs = [torch.cat([ratio.gather(1, own), nearer.gather(1, own)], 1) for ratio, nearer, own in _compared(held_out)]
    ratio, nearer = torch.cat(pairs).unbind(1)
    return ratio, nearer


def _spread(nearer: Tensor) -> float:
    spread = float(nearer.std(correction=0))
    return spread if spread >= LEAST_SPREAD else math.inf


def _of_labels(held_out: HeldOut, ratio: Tensor) -> Tensor:
    """Return of each label the logarithm of its number of examples, and the mean log-ratio of those held out."""
    ways, given = held_out.probabilities.shape[1], held_out.y[held_out.rows]
    count, asked = (own.bincount(minlength=ways).to(ratio) for own in (held_out.y, given))
    mean = ratio.new_zeros(ways).index_add_(0, given, ratio) / asked.clamp_min(1)
    return torch.stack([count.clamp_min(1).log(), torch.where(asked > 0, mean, ratio.mean())], 1)
