"""Clauses of a learner's contract that compare two ways to one answer, which a faster way may not change."""

from __future__ import annotations

from dataclasses import replace

import torch
from torch import Tensor

from fewtext.contracts.learner import LabelledSupport, Support
from fewtext.testing.kit import Checks, Excused, checks_of
from fewtext.testing.learner_cases import Case, answer
from fewtext.testing.tolerance import SOLVED, assert_same
from fewtext.training.embedding import on_embeddings

COARSE, FINE = 1e-8, 1e-9  # steps of a numerical derivative that float32 rounds away


def check_fit_without_equals_fit(case: Case) -> None:
    """A fit without some examples is the fit of the others: what ``fit_without`` makes faster stays the same."""
    learner, episode = case.learner(), case.episode(shots=4)
    support = episode.support
    folds = torch.stack([torch.arange(len(support.y)) % 4 == fold for fold in range(3)] + [support.y > support.ways])
    with torch.no_grad():
        fitted = learner.fit_without(support, folds)
        for out, classify in zip(folds, fitted, strict=True):
            wanted = answer(learner, replace(support, weight=support.weight * ~out), episode.query)
            assert_same(wanted, classify(episode.query), "fit_without is not the fit without these examples", SOLVED)


def check_fit_labels_equals_two_way_tasks(case: Case) -> None:
    """Of several labels a text, each is a two-way task: ``fit_labels`` gives the difference of its two logits.

    Excused is a learner that declares ``own_label_tasks``.
    """
    learner, episode = case.learner(), case.episode(ways=3, shots=4)
    if learner.own_label_tasks:
        raise Excused(f"{learner.name} says that labels are tasks of another kind")
    x, y = episode.support.x, episode.support.y
    matrix = torch.stack([y == 0, y != 2, torch.arange(len(y)) % 3 == 0], 1)
    support = LabelledSupport(x, matrix, episode.support.weight)
    folds = torch.stack([torch.zeros(len(y), dtype=torch.bool), torch.arange(len(y)) % 4 == 1])
    with torch.no_grad():
        fitted = learner.fit_labels(support, folds)
        for out, classify in zip(folds, fitted, strict=True):
            margins = classify(episode.query)
            for label in range(matrix.shape[1]):
                two = answer(learner, support.without(out).of(label), episode.query)
                own = two[:, 1] - two[:, 0]
                assert_same(own, margins[:, label], "fit_labels is not the two-way task of each label", SOLVED)


def check_embeddings_are_all_it_needs(case: Case) -> None:
    """On embeddings made beforehand the answers are those on the features (excused: without ``embeds_first``)."""
    learner, episode = case.learner(), case.episode()
    if not learner.embeds_first:
        raise Excused(f"{learner.name} does not say that it embeds first")
    embed, quick = learner.backbone, on_embeddings(learner, learner.backbone.features)
    before = answer(learner, episode.support, episode.query)
    embedded = replace(episode.support, x=embed(episode.support.x))
    after = answer(quick, embedded, embed(episode.query))
    assert_same(before, after, "embedded beforehand, examples get other answers: do not declare embeds_first")


def check_computes_in_float64_throughout(case: Case) -> None:
    """Features of float64 are computed with in float64: a millionth of a millionth more is not rounded away."""
    learner, episode = case.learner(), case.episode()
    way = torch.randn(episode.query.shape, generator=torch.Generator().manual_seed(4), dtype=case.dtype)
    support_way = torch.randn(episode.support.x.shape, generator=torch.Generator().manual_seed(5), dtype=case.dtype)

    def moved(support_step: float, step: float) -> Tensor:
        support = replace(episode.support, x=episode.support.x + support_step * support_way)
        return answer(learner, support, episode.query + step * way)

    here = moved(0.0, 0.0)
    for name, at in (("support", (1.0, 0.0)), ("queries", (0.0, 1.0))):
        coarse, fine = ((moved(step * at[0], step * at[1]) - here) / step for step in (COARSE, FINE))
        off = float((coarse - fine).norm() / coarse.norm().clamp(min=1e-9))
        assert off < 0.5, f"a small change of the {name} is rounded away: something is computed in float32"


def check_any_number_of_threads_gives_the_same_answer(case: Case) -> None:
    """On one thread and on several the answers are the same."""
    learner, episode, threads = case.learner(), case.episode(), torch.get_num_threads()
    try:
        torch.set_num_threads(1)
        one = answer(learner, episode.support, episode.query)
        torch.set_num_threads(3)
        several = answer(learner, episode.support, episode.query)
    finally:
        torch.set_num_threads(threads)
    assert_same(one, several, "the number of threads changed the answers")


def check_works_on_cuda(case: Case) -> None:
    """On a GPU the answer is the CPU's."""
    if not torch.cuda.is_available():
        raise Excused("no CUDA here")
    learner, episode = case.learner(), case.episode()
    before = answer(learner, episode.support, episode.query)
    support = episode.support
    moved = Support(support.x.cuda(), support.y.cuda(), support.ways, support.weight.cuda())
    after = answer(learner.cuda(), moved, episode.query.cuda())
    assert_same(before, after.cpu(), "the GPU answers differently")


AGREEMENTS: Checks[Case] = checks_of(globals())
