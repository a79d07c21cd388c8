"""The memory: what is written where, which labels are seen when, sequences and queries."""

import pytest
import torch
from fewtext_plugins.mann import Mann
from fewtext_plugins.memory import DECAY
from naive_learners import PresentsLabelsAtOnce
from torch.nn.functional import normalize, one_hot

from fewtext.contracts.learner import Support
from fewtext.contracts.recipe import Range
from fewtext.datasets.features import Features
from fewtext.errors import FewtextError
from fewtext.evaluation.episodic import Tasks
from fewtext.evaluation.task_accuracy import evaluate_sequences
from fewtext.registry.options import build_learner
from fewtext.testing import Case, learner_checks
from fewtext.training.batching import Batch, over_tasks
from fewtext.training.episodes import EpisodeSampler


@learner_checks(Mann)
def test_mann(check):
    check()


@pytest.fixture(scope="module")
def trained():
    return Case(Mann, {}, "text").learner()


def drawn(count=200, ways=5, each=10):
    """``count`` tasks of five classes far apart, ten examples of each in random order."""
    case = Case(Mann, {}, "text")
    many = case.episode(ways=20, shots=1, queries=12, noise=0.3, seed=5)
    features = Features(many.query, many.target, tuple(map(str, range(20))))
    sampler = EpisodeSampler(features, Range(ways, ways), Range(each, each), 1)
    return features, sampler.draw(count, torch.Generator().manual_seed(0))


def sequences(count=200, ways=5, each=10):
    features, episodes = drawn(count, ways, each)
    (batch,) = episodes.batches(features, count)
    return batch


def right_by_presentation(learner, batch: Batch):
    """The share of right answers ``[10]`` at the first, second, … presentation of a class."""
    with torch.no_grad():
        logits = over_tasks(learner, lambda e: learner.sequence(e.support), batch)
    earlier = one_hot(batch.y, batch.ways).cumsum(1).gather(2, batch.y[..., None])[..., 0] - 1
    right = (logits.argmax(-1) == batch.y).double()
    return torch.stack([right[earlier == k].mean() for k in range(10)])


def test_a_label_comes_one_step_late(trained):
    """The first of a class can be told by elimination alone: (1/5 + 1/4 + 1/3 + 1/2 + 1) / 5 = 46 % at most."""
    right = right_by_presentation(trained, sequences())
    assert right[0] <= 0.46
    assert right[1] >= 0.8 and right[9] >= 0.9


def test_an_evaluation_reports_each_presentation(trained):
    found = evaluate_sequences(trained, *drawn(60))
    torch.testing.assert_close(
        torch.tensor(found.by_presentation), right_by_presentation(trained, sequences(60)).float()
    )
    assert found.accuracy == pytest.approx(sum(found.by_presentation) / 10) and 0 < found.interval < 0.1


def test_without_the_offset_the_first_presentation_is_given_away():
    leaking = Case(PresentsLabelsAtOnce, {}, "text").untrained()
    assert right_by_presentation(leaking, sequences(50))[0] >= 0.95


def test_an_answer_depends_on_nothing_later(trained):
    """Neither an example's own label nor what comes after it changes the answer to it."""
    support = Case(Mann, {}, "text").episode().support
    before = trained.sequence(support)
    changed = Support(
        torch.cat([support.x[:6], -support.x[6:]]), torch.cat([support.y[:5], 3 - support.y[5:]]), 4, support.weight
    )
    after = trained.sequence(changed)
    assert torch.equal(before[:6], after[:6])
    assert not torch.allclose(before[6:], after[6:])


def small(slots=4, heads=1, **options):
    """Two-dimensional keys over an identity, and gates shut: every write goes to the least used rows."""
    learner = build_learner(Mann, {"slots": slots, "heads": heads, "width": 2, "controller": 3, **options}, (2,))
    with torch.no_grad():
        learner.of_output.weight.zero_()
        learner.of_output.bias.zero_()[-heads:] = -100.0
    return learner


def follow(learner, x, y, ways=3):
    """The states after each example."""
    support = Support(x, y, ways, torch.ones(len(y)))
    state, states = learner._empty(support.ways, support.x), []
    for x_t, label in zip(learner._project(x), support.membership, strict=True):
        _, state = learner._step(state, x_t, label)
        states.append(state)
    return states


X = torch.tensor([[1.0, 0.0], [0.0, 1.0], [-1.0, 0.0], [0.0, -1.0], [1.0, 1.0]])


def test_rows_are_written_in_turn_and_the_least_used_one_is_overwritten():
    states = follow(small(slots=4), X, torch.tensor([0, 1, 2, 0, 1]))
    rows = [int(state.writing.argmax()) for state in states]
    assert sorted(rows[:4]) == [0, 1, 2, 3]
    assert rows[4] == int(states[3].usage.argmin())
    forgotten = rows.index(rows[4])
    contents = states[4].memory[:, :2]
    directions = normalize(contents, dim=-1) @ normalize(states[forgotten].memory[rows[forgotten], :2], dim=-1)
    assert (directions < 0.99).all(), "the least used row was cleared before it was written to"
    assert torch.equal(states[4].memory[rows[4], 2:], torch.zeros(3)), (
        "its label went, and the new one is not there yet"
    )


def test_usage_decays_and_grows_by_reading_and_writing():
    one, two = follow(small(), X[:2], torch.tensor([0, 1]))
    assert torch.allclose(one.usage, torch.full((4,), 0.25) + one.writing[0])  # all rows empty, read alike
    assert torch.allclose(two.usage, DECAY * one.usage + two.reading[0] + two.writing[0])
    assert torch.allclose(two.reading.sum(-1), torch.ones(1)) and torch.allclose(two.writing.sum(-1), torch.ones(1))


def test_a_row_holds_the_label_of_its_example():
    states = follow(small(), X[:3], torch.tensor([2, 0, 1]))
    labels = states[2].memory[:, 2:]
    assert torch.equal(labels[int(states[0].writing.argmax())], torch.tensor([0.0, 0.0, 1.0]))
    assert torch.equal(labels[int(states[1].writing.argmax())], torch.tensor([1.0, 0.0, 0.0]))
    assert torch.equal(labels[int(states[2].writing.argmax())], torch.zeros(3)), "the last one's is still to come"


def test_heads_write_to_rows_of_their_own():
    (state,) = follow(small(slots=6, heads=3), X[:1], torch.tensor([0]))
    assert torch.equal(state.writing.sum(0).sort().values, torch.tensor([0.0, 0.0, 0.0, 1.0, 1.0, 1.0]))


def test_an_open_gate_writes_where_it_read_last():
    learner = small()
    with torch.no_grad():
        learner.of_output.bias[-1] = 100.0
    states = follow(learner, X[:3], torch.tensor([0, 1, 2]))
    assert torch.allclose(states[2].writing, states[1].reading)


@pytest.mark.parametrize("place", [0, 5, 12])
def test_padding_anywhere_leaves_the_whole_state_alone(trained, place):
    episode = Case(Mann, {}, "text").episode()
    support = episode.support

    def padded(part, row):
        return torch.cat([part[:place], row, part[place:]])

    noise = padded(support.x, torch.randn(2, 24, generator=torch.Generator().manual_seed(0)))
    weight = padded(support.weight, torch.zeros(2))
    other = Support(noise, padded(support.y, torch.tensor([1, 3])), 4, weight)
    assert torch.allclose(trained.fit(support)(episode.query), trained.fit(other)(episode.query), atol=1e-5)
    assert torch.allclose(trained.sequence(support), trained.sequence(other)[weight > 0], atol=1e-5)


def test_the_loss_trains_both_modes(trained):
    episode = Case(Mann, {}, "text").episode(noise=2.0)
    trained.zero_grad()
    trained.loss(episode).backward()
    assert all(parameter.grad.abs().sum() > 0 for parameter in trained.parameters())
    in_sequence = trained.loss(episode) - torch.nn.functional.cross_entropy(
        trained.fit(episode.support)(episode.query), episode.target
    )
    expected = torch.nn.functional.cross_entropy(trained.sequence(episode.support), episode.support.y)
    assert torch.allclose(in_sequence, expected, atol=1e-5)


def test_more_heads_than_rows_are_refused():
    with pytest.raises(ValueError, match="heads"):
        Mann(torch.nn.Identity(), slots=2)


def test_a_sequence_may_take_all_examples_of_a_class():
    """It asks no queries, so there need not be any left."""
    features = Features(torch.randn(12, 4), torch.arange(3).repeat(4), ("a", "b", "c"))
    assert len(Tasks(ways=2, shots=Range(3, 3), episodes=2, sequence=True).draw(features)) == 2
    with pytest.raises(FewtextError, match="4 examples"):
        Tasks(ways=2, shots=Range(3, 3), episodes=2).draw(features)
