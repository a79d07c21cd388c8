"""Bandit feedback: learners that are told no label, only whether the answer that they gave was right."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import Any, NamedTuple

import torch
from torch import Tensor
from torch.nn.functional import one_hot

from fewtext.contracts.learner import Classifier, Episode, Learner, Support
from fewtext.contracts.policy_gradient import actor_critic

QUERIES = 256  # answered at once: each makes a state of its own
State = Any
"""What a learner carries from step to step: a named tuple of tensors, whose shapes stay the same."""


class Move(NamedTuple):
    """What a learner does at a step: ``logits`` of its answers ``[ways]``, the ``value`` it expects, its next state."""

    logits: Tensor
    value: Tensor
    state: State


class Rollout(NamedTuple):
    """What came of a sequence: ``logits`` and ``actions``, one-hot, ``[n, ways]``; ``values`` and ``rewards`` ``[n]``.

    An example of weight 0 is passed over: it changes no state, and its reward is 0.
    """

    logits: Tensor
    values: Tensor
    actions: Tensor
    rewards: Tensor


class Referee:
    """Owns the labels of a sequence, and says of an answer only whether it was right."""

    def __init__(self, support: Support) -> None:
        self._truth = support.membership > 0

    def reward(self, place: int, action: Tensor) -> Tensor:
        """Return 1 where the answer, one-hot, to the example at this place is right, else 0."""
        return (action * self._truth[place]).sum()


class BanditLearner(Learner, ABC):
    """A learner by trial and error: it sees an example, its own last answer, and whether that was right.

    A subclass writes ``start`` and ``step``; the core follows sequences with them (``follow``), and no label reaches
    the learner. It is trained by advantage actor-critic: ``discount`` is that of later rewards, ``gae_lambda`` the
    lambda of generalised advantage estimation, ``entropy`` the weight of the policy's, which falls to 0 over training.
    """

    order_matters = True
    needs_training = True
    discount: float = 0.9
    gae_lambda: float = 0.95
    entropy: float = 0.02

    @abstractmethod
    def start(self, like: Tensor, ways: int) -> State:
        """Return the state before the first example, with the dtype and device of ``like``."""

    @abstractmethod
    def step(self, state: State, x: Tensor, action: Tensor, reward: Tensor) -> Move:
        """Answer one example ``[p]``, an embedded one, from the state and what became of the last answer.

        That is ``action`` ``[ways]``, one-hot, and ``reward`` 1 or 0; at the first step both are zeros.
        """

    def embed(self, x: Tensor) -> Tensor:
        """Return what ``step`` takes of each example ``[n, p]``: of all at once, each independent of the others."""
        embedding: Tensor = self.backbone(x)
        return embedding

    def loss(self, episode: Episode) -> Tensor:
        """Return the actor-critic loss of one sequence that is answered by sampling from the policy."""
        support = episode.support
        rollout = follow(self, support, gumbel_noise(support))
        entropy = self.entropy * (1 - episode.progress)
        return actor_critic(*rollout, support.weight > 0, self.discount, self.gae_lambda, entropy)

    def fit(self, support: Support) -> Classifier:
        """Take each labelled example as one that was answered rightly; each query comes next, by itself."""
        x = self.embed(support.x)
        state = self.start(x, support.ways)
        action, reward = x.new_zeros(support.ways), x.new_zeros(())
        labels, right = one_hot(support.y, support.ways).to(x.dtype), torch.ones_like(reward)
        for x_t, label, weight in zip(x, labels, support.weight, strict=True):
            after = self.step(state, x_t, action, reward).state
            state = state._make(torch.where(weight > 0, new, old) for new, old in zip(after, state, strict=True))
            action, reward = torch.where(weight > 0, label, action), torch.where(weight > 0, right, reward)

        def answer(query: Tensor) -> Tensor:
            return self.step(state, query, action, reward).logits

        return lambda queries: torch.func.vmap(answer, chunk_size=QUERIES)(self.embed(queries))


def follow(learner: BanditLearner, support: Support, noise: Tensor | None = None) -> Rollout:
    """Follow the examples in order: the learner answers, and a referee tells it whether it was right, one step late.

    The answer is the best one by the logits plus ``noise`` ``[n, ways]``, if any.
    """
    present_first = (support.weight <= 0).to(torch.int64).argsort(stable=True)
    support = support.part(present_first)
    x, referee = learner.embed(support.x), Referee(support)
    state = learner.start(x, support.ways)
    action, reward = x.new_zeros(support.ways), x.new_zeros(())
    noise = noise[present_first] if noise is not None else torch.zeros_like(support.membership)
    steps = []
    for place in range(len(x)):
        logits, value, state = learner.step(state, x[place], action, reward)
        action = one_hot((logits.detach() + noise[place]).argmax(-1), support.ways).to(x.dtype)
        reward = referee.reward(place, action)
        steps.append((logits, value, action, reward))
    order = present_first.argsort()
    return Rollout(*(torch.stack(part)[order] for part in zip(*steps, strict=True)))


def gumbel_noise(support: Support) -> Tensor:
    """Return Gumbel noise ``[n, ways]``: the best answer by logits plus noise is a sample from the policy."""
    uniform = torch.rand(len(support.y), support.ways, dtype=support.x.dtype, device=support.x.device)
    return -(-uniform.clamp_min(1e-20).log()).clamp_min(1e-20).log()
