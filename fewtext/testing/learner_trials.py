"""Clauses of the contract of a learner by trial and error, which may know no label; other learners are excused."""

from __future__ import annotations

from dataclasses import replace
from unittest.mock import patch

import torch
from torch import Tensor
from torch.nn.functional import one_hot

from fewtext.contracts.bandit import BanditLearner, Referee, follow
from fewtext.contracts.learner import Episode
from fewtext.testing.kit import Checks, Excused, checks_of
from fewtext.testing.learner_cases import Case
from fewtext.testing.tolerance import assert_same

WAYS = 5
BOUND = sum(1 / left for left in range(1, WAYS + 1)) / WAYS  # by elimination alone, of those who are told labels
SEQUENCES = 40


def check_learns_from_rewards_alone(case: Case) -> None:
    """Where labels change no reward they change neither an answer nor the loss (excused: who is told labels)."""
    learner, episode = _by_trial(case), _shuffled(case.episode(WAYS), seed=0)
    other = replace(episode, support=replace(episode.support, y=(episode.support.y + 1) % WAYS))

    def scripted(referee: Referee, place: int, action: Tensor) -> Tensor:
        return action.new_tensor(float(place % 3 == 0))

    with patch.object(Referee, "reward", scripted):
        one, two = (follow(learner, e.support).logits.detach() for e in (episode, other))
        assert_same(one, two, "a label changed an answer: a learner sees its last answer and the reward")
        one, two = (_seeded_loss(learner, e) for e in (episode, other))
        assert_same(one, two, "a label changed the loss: learn from the rewards of the actions taken")


def check_the_first_of_a_class_is_a_guess(case: Case) -> None:
    """The first example of each of five classes is right at most in 46 % (excused: who is told labels)."""
    learner, right = _by_trial(case), []
    with torch.no_grad():
        for seed in range(SEQUENCES):
            support = _shuffled(case.episode(WAYS, shots=2, seed=seed), seed).support
            first = one_hot(support.y, WAYS).cumsum(0).gather(1, support.y[:, None])[:, 0] == 1
            right.append(follow(learner, support).rewards[first])
    share = float(torch.cat(right).mean())
    assert share <= BOUND, f"{share:.0%} of the first examples of a class are right: the label is known too early"


def _by_trial(case: Case) -> BanditLearner:
    learner = case.learner()
    if not isinstance(learner, BanditLearner):
        raise Excused(f"{learner.name} is told labels")
    return learner


def _shuffled(episode: Episode, seed: int) -> Episode:
    order = torch.randperm(len(episode.support.y), generator=torch.Generator().manual_seed(seed))
    return replace(episode, support=episode.support.part(order))


def _seeded_loss(learner: BanditLearner, episode: Episode) -> Tensor:
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(0)
        return learner.loss(episode).detach()


TRIALS: Checks[Case] = checks_of(globals())
