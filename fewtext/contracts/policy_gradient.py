"""Policy gradient: advantage actor-critic with generalised advantage estimation (Mnih 2016; Schulman 2016)."""

from __future__ import annotations

import torch
from torch import Tensor

CRITIC = 0.5  # the weight of the value's squared error


def actor_critic(
    logits: Tensor,
    values: Tensor,
    actions: Tensor,
    rewards: Tensor,
    present: Tensor,
    discount: float,
    gae_lambda: float,
    entropy_weight: float,
) -> Tensor:
    """Return the scalar whose gradient is that of the actor and the critic, the mean over the ``present`` steps.

    ``logits`` and ``actions``, one-hot, are ``[n, ways]``; ``values``, ``rewards`` and ``present`` ``[n]``. Advantages
    are constants to it: its value is not the return.
    """
    advantage = advantages(values.detach(), rewards, present, discount, gae_lambda)
    log_policy = logits.log_softmax(-1)
    actor = -(log_policy * actions).sum(-1) * advantage
    critic = CRITIC * (values - (values.detach() + advantage)).square()
    entropy = -(log_policy.exp() * log_policy).sum(-1)
    return ((actor + critic - entropy_weight * entropy) * present).sum() / present.sum()


def advantages(values: Tensor, rewards: Tensor, present: Tensor, discount: float, gae_lambda: float) -> Tensor:
    """Return generalised advantage estimates ``[n]``; a step that is not present is passed over, and its own is 0."""
    present_first = (~present).to(torch.int64).argsort(stable=True)
    here, reward, counts = values[present_first], rewards[present_first], present[present_first]
    after = torch.cat([here[1:] * counts[1:], torch.zeros_like(here[:1])])
    td_error = (reward + discount * after - here) * counts
    steps = torch.arange(len(values), device=values.device)
    ahead = steps - steps[:, None]
    decay = torch.where(ahead >= 0, (discount * gae_lambda) ** ahead.clamp_min(0), 0.0).to(values.dtype)
    return ((decay @ td_error) * counts)[present_first.argsort()]
