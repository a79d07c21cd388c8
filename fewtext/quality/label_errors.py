"""How probable it is that a label is wrong: a logistic regression over tasks of other corpora with changed labels.

``benchmarks/learned_checks.py fit`` made its weights. It is learning to learn: what tells a wrong label is the same in
every task, whatever the labels mean.
"""

from __future__ import annotations

import torch
from torch import Tensor
from torch.nn.functional import normalize, one_hot

WEIGHTS, BIAS = (0.976, 0.793, 0.500, -0.591), -4.801


def error_probabilities(probabilities: Tensor, rows: Tensor, x: Tensor, y: Tensor) -> Tensor:
    """Return how probable it is that an example does not have a label, if it is given that: ``[m, ways]``.

    The probability is that where one label in ten is wrong. The arguments are those of ``properties``.
    """
    found = properties(probabilities, rows, x, y)
    return (found @ found.new_tensor(WEIGHTS) + BIAS).sigmoid()


def properties(probabilities: Tensor, rows: Tensor, x: Tensor, y: Tensor) -> Tensor:
    """Return what speaks against a label, of each example and label: ``[m, ways, 4]``.

    That is the logarithm of how much likelier the best other label is; how much nearer the mean of the other examples
    with that one is, in standard deviations over the examples as they are labelled; of the label, the logarithm of its
    examples and the mean of the first. ``probabilities`` ``[m, ways]`` are held-out ones of ``rows`` ``[m]``; ``x``
    ``[n, d]`` and ``y`` ``[n]`` are features and labels of all examples.
    """
    ways, own = probabilities.shape[1], y[rows][:, None]
    ratio, other = against(probabilities)
    unit, members = normalize(x.double(), dim=-1), one_hot(y, ways).double()
    sums = members.T @ unit
    near, length = unit[rows] @ sums.T, sums.norm(dim=-1).expand(len(rows), ways)
    with_itself = near.gather(1, own)  # an example is not among those that it is compared with
    alone = (length.gather(1, own) ** 2 - 2 * with_itself + 1).clamp_min(1e-12).sqrt()
    near = near.scatter(1, own, with_itself - 1) / length.scatter(1, own, alone).clamp_min(1e-6)
    nearer = near.gather(1, other) - near
    spread = nearer.gather(1, own).std(correction=0).clamp_min(1e-6)
    given = members[rows]
    mean = (given * ratio).sum(0) / given.sum(0).clamp_min(1)
    of_label = torch.stack([members.sum(0).clamp_min(1).log(), mean], -1).expand(len(rows), ways, 2)
    return torch.cat([torch.stack([ratio, nearer / spread], -1), of_label], -1)


def against(probabilities: Tensor) -> tuple[Tensor, Tensor]:
    """Return of each label how much likelier the best other one is, as a logarithm, and which it is: ``[m, ways]``."""
    (first, second), (best, next_best) = (torch.split(part, 1, dim=-1) for part in probabilities.topk(2))
    is_best = torch.arange(probabilities.shape[1]) == best
    likeliest = torch.where(is_best, second, first).clamp_min(1e-12)
    return (likeliest / probabilities.clamp_min(1e-12)).log(), torch.where(is_best, next_best, best)
