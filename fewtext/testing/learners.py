"""The contract of a learner, one named check per clause, for plugin authors to run on theirs.

::

    from fewtext.testing import learner_checks

    @learner_checks(Nearest)
    def test_nearest(check):
        check()
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import torch
from torch import Tensor

from fewtext.contracts.learner import Learner, Support
from fewtext.contracts.linear_head import LinearHead
from fewtext.testing.kit import Checks, Excused, checks_of, parametrized
from fewtext.testing.learner_agreement import AGREEMENTS
from fewtext.testing.learner_cases import Case, answer, batch_of
from fewtext.testing.learner_training import TRAINING
from fewtext.testing.learner_trials import TRIALS
from fewtext.testing.signatures import assert_options_are_declared
from fewtext.testing.tolerance import assert_same
from fewtext.training.batching import answer_tasks

EASY = 0.1  # the noise of an example about its class's centre, whose coordinates are standard normal


def check_options_are_declared(case: Case) -> None:
    """Options are keyword-only parameters with a type and a default; the class has a name."""
    assert_options_are_declared(case.learner_class)


def check_returns_logits_per_way(case: Case) -> None:
    """A classifier returns finite logits ``[queries, ways]``, in the numbers of the features: float32 or float64."""
    for dtype in (torch.float32, torch.float64):
        case = replace(case, dtype=dtype)
        episode = case.episode()
        logits = answer(case.learner(), episode.support, episode.query)
        wanted = len(episode.query), episode.support.ways
        assert logits.shape == wanted, (
            f"logits of shape {tuple(logits.shape)}: make it [queries, support.ways], {wanted}"
        )
        assert logits.dtype == dtype, f"{logits.dtype} for features of {dtype}: make tensors by support.x.new_zeros"
        assert logits.isfinite().all(), f"logits must be finite numbers, in {dtype} too"


def check_fit_leaves_the_learner_unchanged(case: Case) -> None:
    """Neither fitting nor answering changes it, and asking twice gives one answer (excused: ``keeps_state``)."""
    learner, episode = case.learner(), case.episode()
    if learner.keeps_state:
        raise Excused(f"{learner.name} says that it keeps state")
    before = {key: value.clone() for key, value in learner.state_dict().items()}
    attributes = set(vars(learner))
    classify = learner.fit(episode.support)
    first, second = classify(episode.query), classify(episode.query)
    for key, value in learner.state_dict().items():
        assert torch.equal(before[key], value), f"fit changed {key}"
    assert set(vars(learner)) == attributes, "fit left something on the learner: return it in the classifier"
    assert torch.equal(first, second), "asking twice gave two answers"


def check_classifiers_are_independent(case: Case) -> None:
    """Fitting another task does not change the classifier of the first (excused: ``keeps_state``)."""
    learner, one, other = case.learner(), case.episode(seed=1), case.episode(seed=2)
    if learner.keeps_state:
        raise Excused(f"{learner.name} says that it keeps state")
    classify = learner.fit(one.support)
    before = classify(one.query)
    answer(learner, other.support, other.query)
    assert torch.equal(before, classify(one.query)), (
        "a later fit changed an earlier classifier: keep nothing on self or on the class"
    )


def check_support_order_is_irrelevant(case: Case) -> None:
    """Shuffling the support changes nothing (excused: ``order_matters``)."""
    learner, episode = case.learner(), case.episode()
    if learner.order_matters:
        raise Excused(f"{learner.name} says that order matters")
    shuffled = _rows(
        episode.support, torch.randperm(len(episode.support.y), generator=torch.Generator().manual_seed(1))
    )
    before = answer(learner, episode.support, episode.query)
    assert_same(
        before,
        answer(learner, shuffled, episode.query),
        "the order of the support changed the answers: declare order_matters = True if it is to",
    )


def check_relabelling_the_classes_relabels_the_answers(case: Case) -> None:
    """Class numbers mean nothing: permuting them permutes the columns of the logits."""
    learner, episode = case.learner(), case.episode()
    order = torch.tensor([2, 0, 3, 1])
    renamed = replace(episode.support, y=order[episode.support.y])
    before = answer(learner, episode.support, episode.query)
    assert_same(
        before,
        answer(learner, renamed, episode.query)[:, order],
        "an answer depends on a class's number: use membership, not y",
    )


def check_queries_do_not_see_each_other(case: Case) -> None:
    """The answer to a query is the same alone and in company (excused: ``transductive``)."""
    learner, episode = case.learner(), case.episode()
    if learner.transductive:
        raise Excused(f"{learner.name} says that it is transductive")
    classify = learner.fit(episode.support)
    together = classify(episode.query).detach()
    alone = torch.cat([classify(query[None]) for query in episode.query]).detach()
    assert_same(
        together, alone, "the answer to one query depends on the others; declare transductive = True if it is to"
    )


def check_vmap_equals_the_loop(case: Case) -> None:
    """Many tasks at once give what one after the other gives (excused: ``vectorizes = False``)."""
    learner, episodes = case.learner(), [case.episode(seed=seed) for seed in range(3)]
    if not learner.vectorizes:
        raise Excused(f"{learner.name} says that it does not vectorize")
    batched = answer_tasks(learner, batch_of(episodes))
    looped = torch.stack([answer(learner, e.support, e.query) for e in episodes])
    assert_same(looped, batched.detach(), "vmap and the loop disagree")


def check_a_weight_of_two_is_the_example_twice(case: Case) -> None:
    """Weights count examples (excused: ``order_matters``)."""
    learner, episode = case.learner(), case.episode()
    if learner.order_matters:
        raise Excused(f"{learner.name} says that order matters")
    support = episode.support
    twice = _rows(support, torch.tensor([0, *range(len(support.y))]))
    weighted = replace(support, weight=support.weight.new_tensor([2.0] + [1.0] * (len(support.y) - 1)))
    before = answer(learner, twice, episode.query)
    assert_same(
        before,
        answer(learner, weighted, episode.query),
        "weight 2 is not the example twice: multiply by support.membership",
    )


def check_a_weight_of_zero_is_no_example(case: Case) -> None:
    """An example of weight 0, which pads unequal shots, changes nothing. Nobody is excused."""
    learner, episode = case.learner(), case.episode()
    support = episode.support
    noise = torch.randn(2, *case.shape, generator=torch.Generator().manual_seed(3), dtype=case.dtype)
    padded = Support(
        torch.cat([support.x, noise]),
        torch.cat([support.y, torch.tensor([1, 0])]),
        support.ways,
        torch.cat([support.weight, support.weight.new_zeros(2)]),
    )
    before = answer(learner, support, episode.query)
    assert_same(
        before,
        answer(learner, padded, episode.query),
        "an example of weight 0 was not ignored: multiply by support.membership",
    )


def check_any_number_of_ways_and_shots(case: Case) -> None:
    """One learner takes one shot, two ways, more ways, and unequal shots."""
    learner = case.learner()
    for ways, shots in ((2, 1), (7, 1), (3, 5)):
        episode = case.episode(ways, shots)
        logits = answer(learner, episode.support, episode.query)
        assert logits.shape[1] == ways and logits.isfinite().all(), f"failed at {ways} ways, {shots} shots"
    episode = case.episode(3, 4)
    unequal = _rows(episode.support, torch.tensor([0, 4, 5, 8, 9, 10, 11]))
    logits = answer(learner, unequal, episode.query)
    assert logits.shape[1] == 3 and logits.isfinite().all(), "failed at 1, 2 and 4 shots"


def check_fits_without_gradients(case: Case) -> None:
    """Under ``torch.no_grad`` the answer is the same: an inner loop takes its gradients from ``torch.func``."""
    learner, episode = case.learner(), case.episode()
    before = answer(learner, episode.support, episode.query)
    with torch.no_grad():
        after = answer(learner, episode.support, episode.query)
    assert_same(before, after, "no_grad changed the answers: take gradients by torch.func.grad")


def check_solves_an_easy_episode(case: Case) -> None:
    """Classes that are far apart are classified, in float32."""
    case = replace(case, dtype=torch.float32)
    episode = case.episode(ways=4, shots=5, queries=10, noise=EASY)
    right = (answer(case.learner(), episode.support, episode.query).argmax(1) == episode.target).float().mean()
    assert right >= 0.9, f"only {right:.0%} right on classes that are far apart"


def check_survives_a_state_dict_round_trip(case: Case) -> None:
    """Another instance with this one's weights answers alike, also by the tensors of a fitted head."""
    one, other, episode = case.learner(), case.untrained(seed=1), case.episode()
    other.load_state_dict(one.state_dict())
    if isinstance(head := one.fit(episode.support), LinearHead):
        same = torch.equal(head(episode.query), LinearHead.of(other.backbone, head.tensors)(episode.query))
        assert same, "something that matters is not among the tensors of its head"
    before = answer(one, episode.support, episode.query)
    assert_same(
        before,
        answer(other, episode.support, episode.query),
        "something that matters is not in the state_dict: make it a parameter or a buffer",
    )


def check_same_seed_same_answer(case: Case) -> None:
    """Two instances made alike answer alike."""
    one, other, episode = case.untrained(seed=5), case.untrained(seed=5), case.episode()
    same = torch.equal(answer(one, episode.support, episode.query), answer(other, episode.support, episode.query))
    assert same, "two learners made with one seed answer differently"


def _rows(support: Support, index: Tensor) -> Support:
    return Support(support.x[index], support.y[index], support.ways, support.weight[index])


CHECKS: Checks[Case] = (*checks_of(globals()), *TRAINING, *AGREEMENTS, *TRIALS)


def learner_checks(learner: type[Learner], **options: Any) -> Callable[[Callable[..., None]], Callable[..., None]]:
    """Parametrize a test over every check and modality; ``options`` are given to the learner."""
    return parametrized(CHECKS, [(modality, Case(learner, options, modality)) for modality in ("text", "image")])
