"""RL²: what is told when, that no label is seen, and what a memory of rewarded answers learns to do."""

import sys
from copy import deepcopy
from dataclasses import replace

import pytest
import torch
from fewtext_plugins.rl2 import Rl2
from torch.nn.functional import cross_entropy, one_hot

from fewtext.contracts.bandit import Referee, follow, gumbel_noise
from fewtext.contracts.learner import Support
from fewtext.contracts.policy_gradient import actor_critic, advantages
from fewtext.contracts.recipe import Range
from fewtext.datasets.features import Features
from fewtext.evaluation.task_accuracy import evaluate_sequences
from fewtext.testing import Case, learner_checks
from fewtext.testing.learner_trials import check_learns_from_rewards_alone, check_the_first_of_a_class_is_a_guess
from fewtext.training.batching import over_tasks
from fewtext.training.episodes import EpisodeSampler
from fewtext.training.loop import Listener, meta_train
from fewtext.training.trials import examined

CASE = Case(Rl2, {}, "text")


@learner_checks(Rl2)
def test_rl2(check):
    check()


class Peeks(Rl2):
    """Looks the label up where the core keeps it."""

    def step(self, state, x, action, reward):
        move = super().step(state, x, action, reward)
        outside = sys._getframe(1).f_locals
        return move._replace(logits=move.logits + 99 * outside["referee"]._truth[outside["place"]])


class TaughtByLabels(Rl2):
    """Trained by the labels, not by its rewards."""

    def loss(self, episode):
        return cross_entropy(follow(self, episode.support).logits, episode.support.y)


def untrained(learner_class):
    """Spare a learner that is not to be trained by peeking its training."""
    return Case(type(learner_class.__name__, (learner_class,), {"needs_training": False}), {}, "text")


def test_a_learner_that_peeks_at_the_label_fails():
    with pytest.raises(AssertionError, match="a label changed an answer"):
        check_learns_from_rewards_alone(untrained(Peeks))
    with pytest.raises(AssertionError, match="100% of the first examples"):
        check_the_first_of_a_class_is_a_guess(untrained(Peeks))


def test_a_learner_that_is_trained_by_labels_fails():
    with pytest.raises(AssertionError, match="a label changed the loss"):
        check_learns_from_rewards_alone(untrained(TaughtByLabels))


@pytest.fixture(scope="module")
def shuffled():
    support = CASE.episode(ways=4, shots=4).support
    return support.part(torch.randperm(16, generator=torch.Generator().manual_seed(0)))


def test_a_referee_says_right_or_wrong(shuffled):
    referee = Referee(shuffled)
    for place, label in enumerate(shuffled.y):
        told = [float(referee.reward(place, action)) for action in torch.eye(4)]
        assert told == one_hot(label, 4).tolist()


def test_an_answer_depends_on_nothing_later(shuffled):
    learner = CASE.untrained()
    changed = replace(shuffled, x=torch.cat([shuffled.x[:6], -shuffled.x[6:]]))
    before, after = follow(learner, shuffled).logits, follow(learner, changed).logits
    torch.testing.assert_close(before[:6], after[:6])
    assert not torch.allclose(before[6:], after[6:])


def test_what_is_told_comes_one_step_late(shuffled, monkeypatch):
    """Another verdict on an answer changes the next one, and not this one."""
    learner, told = CASE.untrained(), Referee.reward
    before = follow(learner, shuffled).logits
    monkeypatch.setattr(Referee, "reward", lambda s, t, a: told(s, t, a) if t != 5 else 1 - told(s, t, a))
    after = follow(learner, shuffled).logits
    torch.testing.assert_close(before[:6], after[:6])
    assert not torch.allclose(before[6], after[6])


@pytest.mark.parametrize("place", [0, 5, 16])
def test_padding_anywhere_is_passed_over(shuffled, place):
    learner = CASE.untrained()

    def padded(part, row):
        return torch.cat([part[:place], row, part[place:]])

    noise = torch.randn(2, 24, generator=torch.Generator().manual_seed(0), dtype=shuffled.x.dtype)
    weight = padded(shuffled.weight, torch.zeros(2))
    other = Support(padded(shuffled.x, noise), padded(shuffled.y, torch.tensor([1, 3])), 4, weight)
    plain, rollout = follow(learner, shuffled), follow(learner, other)
    for name in ("logits", "values", "actions", "rewards"):
        torch.testing.assert_close(getattr(plain, name), getattr(rollout, name)[weight > 0])
    assert not rollout.rewards[weight == 0].any()


def test_a_label_is_an_answer_that_was_right(shuffled):
    """A classifier's memory is that of a sequence in which every answer was right."""
    learner, queries = CASE.untrained(), CASE.episode(ways=4).query
    logits = learner.fit(shuffled)(queries)
    surely = 1e6 * one_hot(shuffled.y, 4)
    for query, expected in zip(queries, logits, strict=True):
        x, y = torch.cat([shuffled.x, query[None]]), torch.cat([shuffled.y, torch.tensor([0])])
        noise = torch.cat([surely, torch.zeros(1, 4)])
        rollout = follow(learner, Support(x, y, 4, x.new_ones(17)), noise)
        torch.testing.assert_close(rollout.logits[-1], expected)


def test_actions_are_samples_from_the_policy():
    support = Support(torch.zeros(20_000, 1, dtype=torch.float64), torch.zeros(20_000, dtype=torch.int64), 3, None)
    logits = torch.tensor([0.0, 1.0, -1.0], dtype=torch.float64)
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(0)
        chosen = (logits + gumbel_noise(support)).argmax(-1)
    share = torch.bincount(chosen, minlength=3) / len(chosen)
    assert (share - logits.softmax(0)).abs().max() < 0.015, "four standard errors of 20,000 samples"


def test_advantages_are_those_of_the_definition():
    """A_t is the sum of (discount * lambda)^k times the temporal-difference error k steps later; padding is no step."""
    values, rewards = torch.tensor([[0.5, 9.0, 0.2, -0.3], [1.0, 9.0, 0.0, 1.0]], dtype=torch.float64)
    present = torch.tensor([True, False, True, True])
    found = advantages(values, rewards, present, 0.9, 0.8)
    last = 1.0 + 0.3
    middle = 0.0 + 0.9 * -0.3 - 0.2 + 0.72 * last
    first = 1.0 + 0.9 * 0.2 - 0.5 + 0.72 * middle
    torch.testing.assert_close(found, torch.tensor([first, 0.0, middle, last], dtype=torch.float64))


def test_the_actor_moves_towards_what_was_rewarded():
    logits = torch.zeros(2, 3, dtype=torch.float64, requires_grad=True)
    values, rewards = torch.tensor([0.5, 0.5]), torch.tensor([1.0, 0.0])
    actions = torch.eye(3, dtype=torch.float64)[:2]
    loss = actor_critic(logits, values, actions, rewards, torch.tensor([True, True]), 0.0, 0.0, 0.0)
    (gradient,) = torch.autograd.grad(loss, logits)
    assert gradient[0, 0] < 0 < gradient[0, 1], "what was right becomes more likely"
    assert gradient[1, 1] > 0 > gradient[1, 0], "what was wrong becomes less likely"


def drawn(count, ways=5, each=8):
    many = CASE.episode(ways=20, shots=1, queries=each + 2, noise=0.5, seed=5)
    features = Features(many.query.float(), many.target, tuple(map(str, range(20))))
    sampler = EpisodeSampler(features, Range(ways, ways), Range(each, each), 1)
    return features, sampler.draw(count, torch.Generator().manual_seed(0))


def test_training_reduces_regret_and_a_seed_repeats_it():
    """The reading starts so blunt that it finds nothing, and learns to find."""
    features, episodes = drawn(60)
    recipe = replace(Rl2.recipe_for("text"), shots=Range(8, 8), tasks=16, steps=8, rate=0.3)

    def trained():
        learner = replace(CASE, options={"controller": 8, "slots": 40, "width": 24}, dtype=torch.float32).untrained()
        for name, parameter in learner.named_parameters():
            parameter.requires_grad_(name == "log_sharpness")
        with torch.no_grad():
            learner.log_sharpness.fill_(1.0)
        start = evaluate_sequences(learner, features, episodes)
        meta_train(learner, features, None, recipe)
        return learner, start, evaluate_sequences(learner, features, episodes)

    (one, start, end), (two, _, _) = trained(), trained()
    assert end.regret[-1] < start.regret[-1] - 1
    assert one.log_sharpness > 1.05
    assert end.regret[-1] == pytest.approx(40 * (1 - end.accuracy)) and len(end.by_presentation) == 8
    assert torch.equal(one.log_sharpness, two.log_sharpness)


def test_a_resumed_run_tries_what_an_unbroken_one_would_have():
    features, _ = drawn(1)
    recipe = replace(Rl2.recipe_for("text"), shots=Range(3, 3), tasks=2, steps=4, validate_every=2)
    small = replace(CASE, options={"controller": 8, "slots": 16, "width": 8}, dtype=torch.float32)
    kept = []
    unbroken, resumed = small.untrained(), small.untrained(seed=1)
    meta_train(unbroken, features, None, recipe, listener=Listener(keep=lambda at: kept.append(deepcopy(at))))
    assert [at.step for at in kept] == [2, 4]
    meta_train(resumed, features, None, recipe, resume=kept[0])
    for name, value in unbroken.state_dict().items():
        assert torch.equal(value, resumed.state_dict()[name]), name


def test_validation_is_the_reward_along_sequences():
    features, episodes = drawn(6)
    learner = replace(CASE, dtype=torch.float32).untrained()
    (batch,) = episodes.batches(features, 6)
    logits, target = examined(learner, batch)
    rewards = over_tasks(learner, lambda e: follow(learner, e.support).rewards, batch)
    assert torch.equal((logits.argmax(-1) == target).float(), rewards.flatten())


def test_padding_has_no_part_in_validation():
    features, _ = drawn(1)
    sampler = EpisodeSampler(features, Range(4, 4), Range(2, 6), 1)
    (batch,) = sampler.draw(8, torch.Generator().manual_seed(0)).batches(features, 8)
    learner = replace(CASE, dtype=torch.float32).untrained()
    present = [int(weights.sum()) for weights in batch.weight]
    assert min(present) < batch.weight.shape[1], "some task is padded"
    alone = [follow(learner, batch.episode(task).support.part(batch.weight[task] > 0)) for task in range(8)]
    logits, target = examined(learner, batch)
    assert len(target) == sum(present)
    torch.testing.assert_close(logits, torch.cat([rollout.logits for rollout in alone]))
    rewards = torch.cat([rollout.rewards for rollout in alone])
    assert (logits.argmax(-1) == target).double().mean() == pytest.approx(rewards.double().mean().item())


def test_tasks_at_once_try_different_things():
    """Under vmap each task has chance of its own."""
    features, episodes = drawn(8)
    (batch,) = episodes.batches(features, 8)
    batch = replace(batch, x=batch.x[:1].expand_as(batch.x), y=batch.y[:1].expand_as(batch.y))
    learner = replace(CASE, dtype=torch.float32).untrained()
    actions = over_tasks(learner, lambda e: follow(learner, e.support, gumbel_noise(e.support)).actions, batch)
    assert len(actions.argmax(-1).unique(dim=0)) > 1
