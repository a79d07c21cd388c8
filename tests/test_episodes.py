"""Episodes are disjoint, drawn evenly, and reproducible by their seed."""

from dataclasses import replace

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch.nn.functional import one_hot

from fewtext.contracts.learner import Learner
from fewtext.contracts.recipe import Range, Recipe
from fewtext.datasets.features import Features
from fewtext.errors import FewtextError, InputError
from fewtext.registry.options import build_learner
from fewtext.training.episodes import EpisodeSampler
from fewtext.training.loop import meta_train


def numbered(counts):
    """Features whose only coordinate is the row's number, rows of the classes mixed."""
    y = torch.repeat_interleave(torch.arange(len(counts)), torch.tensor(counts))
    y = y[torch.randperm(len(y), generator=torch.Generator().manual_seed(0))]
    return Features(
        torch.arange(len(y), dtype=torch.float32)[:, None], y, tuple(f"class {i}" for i in range(len(counts)))
    )


def draw(features, ways=(3, 3), shots=(2, 2), queries=2, tasks=50, seed=0, unequal=False):
    sampler = EpisodeSampler(features, Range(*ways), Range(*shots), queries, unequal)
    return sampler.draw(tasks, torch.Generator().manual_seed(seed))


def assert_disjoint(features, episodes):
    """In no task is a row support and query, or twice in either, and a class number stands for one class."""
    for task in range(len(episodes.rows)):
        rows = torch.cat([episodes.rows[task], episodes.query[task]])
        numbers = torch.cat([episodes.y[task], episodes.target[task]])
        assert len(rows.unique()) == len(rows), "an example is there twice"
        owners = {(int(n), int(c)) for n, c in zip(numbers, features.y[rows], strict=True)}
        assert len(owners) == episodes.ways == len({c for _, c in owners}) == len({n for n, _ in owners})


@settings(max_examples=40, deadline=None)
@given(
    st.lists(st.integers(4, 30), min_size=4, max_size=9),
    st.tuples(st.integers(1, 2), st.integers(0, 1)),
    st.integers(1, 1),
    st.booleans(),
    st.integers(0, 999),
)
def test_support_and_queries_are_disjoint_and_of_their_classes(counts, shots, queries, unequal, seed):
    """E8: whatever is drawn, and each class has as many shots as are asked for."""
    features = numbered(counts)
    shots = (shots[0], shots[0] + shots[1])
    episodes = draw(features, (2, 4), shots, queries, tasks=7, seed=seed, unequal=unequal)
    assert_disjoint(features, episodes)
    for task in range(7):
        present = (one_hot(episodes.y[task], episodes.ways) * episodes.weight[task, :, None]).sum(0)
        assert present.min() >= shots[0] and present.max() <= shots[1]
        assert unequal or present.min() == present.max()


def test_queries_that_are_drawn_without_regard_to_the_support_are_found():
    """E8, as it is usually made: the queries of a class are any of its examples."""
    features = numbered([9, 9, 9, 9])
    episodes, generator = draw(features), torch.Generator().manual_seed(1)
    query = episodes.query.clone()
    for own in features.y.unique():
        rows, places = (features.y == own).nonzero()[:, 0], features.y[query] == own
        query[places] = rows[torch.randint(len(rows), (int(places.sum()),), generator=generator)]
    assert_disjoint(features, episodes)
    with pytest.raises(AssertionError, match="an example is there twice"):
        assert_disjoint(features, replace(episodes, query=query))


def test_the_same_seed_gives_the_same_list_and_another_seed_another():
    features = numbered([9, 8, 7, 10, 6])
    assert draw(features).fingerprint == draw(features).fingerprint
    assert draw(features).fingerprint != draw(features, seed=1).fingerprint
    assert draw(features, shots=(1, 2)).fingerprint != draw(features).fingerprint


def test_the_tasks_of_a_seed_never_change():
    """Published numbers name this list: a change to the sampler that alters it is a breaking change."""
    assert draw(numbered([20] * 10), (5, 5), (1, 5), 15, tasks=100).fingerprint == "4b6fe562248de537"


def test_classes_and_examples_are_drawn_evenly():
    features = numbered([10, 20, 30, 40])
    episodes = draw(features, (2, 2), (1, 1), 1, tasks=8000)
    classes = torch.bincount(features.y[episodes.query.flatten()], minlength=4) / 16000
    assert torch.allclose(classes, torch.full((4,), 0.25), atol=0.015)
    of_first = episodes.query[features.y[episodes.query] == 0]
    rows, times = of_first.unique(return_counts=True)
    assert len(rows) == 10 and (times / len(of_first) - 0.1).abs().max() < 0.03


def test_the_support_comes_in_random_order():
    """A sequential memory must not learn that the first example is of class 0."""
    first = draw(numbered([9, 9, 9, 9]), tasks=3000).y[:, 0]
    assert (torch.bincount(first) / 3000 - 1 / 3).abs().max() < 0.05


class Memorises(Learner):
    """Knows every row's class number by heart, as it was in the first task that it saw."""

    name = "memorises"

    def fit(self, support):
        return lambda x: one_hot((x[:, 0].long() // 20) % support.ways, support.ways).float()


def right_by_heart(owners, target):
    """How often the number that a class had in the first task is its number in the others."""
    learned = dict(zip(owners[0].tolist(), target[0].tolist(), strict=True))
    known = torch.tensor([learned[owner] for owner in owners[1:].flatten().tolist()])
    return float((known == target[1:].flatten()).double().mean())


def test_a_learner_that_memorises_classes_is_at_chance():
    """E7: class numbers are fresh in every task; where they are in the classes' order, memory is enough."""
    y = torch.arange(5).repeat_interleave(20)
    features = Features(torch.arange(100.0)[:, None], y, tuple("abcde"))
    episodes = draw(features, (5, 5), (1, 1), 5, tasks=600)
    owners = features.y[episodes.query]
    in_order = torch.stack([own.unique(return_inverse=True)[1] for own in owners])
    assert abs(right_by_heart(owners, episodes.target) - 0.2) < 0.02
    assert right_by_heart(owners, in_order) == 1


def test_ranges_include_both_ends():
    features = numbered([20] * 8)
    sampler = EpisodeSampler(features, Range(2, 5), Range(1, 4), 3)
    generator = torch.Generator().manual_seed(0)
    drawn = [sampler.draw(20, generator) for _ in range(30)]
    assert {episodes.ways for episodes in drawn} == {2, 3, 4, 5}
    shots = {int(w.sum()) // e.ways for e in drawn for w in e.weight}
    assert shots == {1, 2, 3, 4}


def test_a_class_with_too_few_examples_is_named():
    with pytest.raises(InputError, match=r"class 'class 1' has 3 examples \(1 more classes.* 2 queries needs 4"):
        draw(numbered([9, 3, 9, 3]))
    with pytest.raises(InputError, match="there are 2 classes to draw 3 ways from"):
        draw(numbered([9, 9]))


@pytest.mark.parametrize(("text", "low", "high"), [("5", 5, 5), ("1-5", 1, 5)])
def test_a_range_is_written_with_a_dash(text, low, high):
    assert Range.parse(text) == (low, high) and str(Range.parse(text)) == text


@pytest.mark.parametrize("text", ["", "a", "5-1", "0", "1-", "-3", "1-2-3"])
def test_what_is_not_a_range_is_refused(text):
    with pytest.raises(FewtextError, match="write 5 or 1-5|ends below its start|give 1 or more"):
        Range.parse(text)


def test_features_of_some_labels_are_renumbered():
    features = numbered([3, 4, 5])
    some = features.of(["class 2", "class 0"])
    assert some.labels == ("class 2", "class 0") and torch.bincount(some.y).tolist() == [5, 3]
    assert torch.equal(features.y[some.x[:, 0].long()] == 2, some.y == 0)


def test_a_learner_without_parameters_cannot_be_trained():
    features = numbered([9] * 6)
    with pytest.raises(FewtextError, match="memorises has no weights to train"):
        meta_train(build_learner(Memorises, {}, (1,)), features, features, Recipe())
