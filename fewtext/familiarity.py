"""Familiarity: how near a text is to any class. What is of none is often answered surely, and seldom near one."""

from __future__ import annotations

import torch
from torch import Tensor
from torch.nn.functional import normalize

from fewtext.errors import FewtextError
from fewtext.learning import Support

LEAST = 10  # examples: fewer do not say what is usual


def familiarity(x: Tensor, support: Support) -> Tensor:
    """Return the cosine of each of ``x`` ``[n, *shape]`` to the mean of the class nearest to it: ``[n]``."""
    means = support.membership.T @ support.x.flatten(1)
    return (normalize(x.flatten(1), dim=-1) @ normalize(means, dim=-1).T).amax(-1)


def of_the_examples(support: Support, examples: int) -> Tensor:
    """Return the familiarity of the first ``examples`` of a support, each as if it were not in it, where others are."""
    x, membership = support.x.flatten(1), support.membership
    means, own = membership.T @ x, membership.sum(0)
    y, weight = support.y[:examples], support.weight[:examples, None]
    near = normalize(x[:examples], dim=-1) @ normalize(means, dim=-1).T
    without = normalize(means[y] - weight * x[:examples], dim=-1)
    near[torch.arange(examples), y] = (normalize(x[:examples], dim=-1) * without).sum(-1)
    accompanied = own[y] - weight[:, 0] > 1e-6
    return near[accompanied].amax(-1)


def familiar_from(support: Support, examples: int, share: float) -> float:
    """Return the familiarity that this share of examples have: below it a text is taken to be of no class."""
    if not 0 < share < 1:
        raise FewtextError(f"{share} is no share of familiar texts", cure="above 0 and below 1, 0.95 say")
    usual = of_the_examples(support, examples)
    if len(usual) < LEAST:
        raise FewtextError(
            f"{len(usual)} examples have others of their label, too few to say what is familiar",
            cure="give at least two examples of a label, of as many labels as you can",
        )
    return float(torch.quantile(usual, 1 - share))
