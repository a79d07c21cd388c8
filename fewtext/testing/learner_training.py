"""Clauses of a learner's contract about what it is trained by: its loss, the gradient, and labels in their time."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import torch
from torch import Tensor

from fewtext.contracts.learner import Episode, Learner, SequentialLearner
from fewtext.testing.kit import Checks, Excused, checks_of
from fewtext.testing.learner_cases import Case, answer, batch_of
from fewtext.testing.tolerance import SOLVED, assert_same
from fewtext.training.batching import over_tasks

HARD = 2.0  # noise at which no loss is zero
STEP, CLOSE = 1e-6, 1e-2  # of the loss's slope, and how near its gradient comes where it passes a solver
EXACT = 1e-9  # how near to 1 probabilities of float64 add up


def check_logits_are_not_probabilities(case: Case) -> None:
    """A classifier returns logits or the logarithm of probabilities: the loss takes the softmax itself, once."""
    episode = case.episode()
    logits = answer(case.learner(), episode.support, episode.query)
    sums = bool((logits >= 0).all()) and bool(((logits.sum(1) - 1).abs() < EXACT).all())
    assert not sums, "the logits are probabilities, of which the softmax is taken once more: return their logarithm"


def check_the_loss_reaches_the_backbone(case: Case) -> None:
    """Every parameter of the backbone gets a gradient: on a hard episode, since on an easy one the loss is zero."""
    learner = case.learner()
    loss = learner.loss(case.episode(noise=HARD))
    assert loss.requires_grad, "the loss has no gradient at all"
    loss.backward()  # type: ignore[no-untyped-call]
    for name, parameter in learner.backbone.named_parameters():
        assert parameter.grad is not None and parameter.grad.any(), (
            f"no gradient for the backbone's {name}: neither detach nor copy it"
        )


def check_the_gradient_of_several_tasks_is_the_mean_of_theirs(case: Case) -> None:
    """The loss of several tasks at once gives the mean of their gradients, and of one task twice, that of one."""
    learner, one, other = case.learner(), case.episode(noise=HARD), case.episode(noise=HARD, seed=1)
    _refuse_chance(learner, one)
    alone, second = (_gradient(learner, [episode]) for episode in (one, other))
    twice, both = _gradient(learner, [one, one]), _gradient(learner, [one, other])
    assert_same(alone, twice, "one task twice gives another gradient than once", SOLVED)
    assert_same((alone + second) / 2, both, "two tasks do not give the mean of their gradients", SOLVED)


def may_be_trained_by_the_gradient_of_its_loss(case: Case) -> None:
    """The loss's gradient is its slope, by a finite difference (not that of a first-order or a surrogate loss)."""
    learner, episode = case.learner(), case.episode(noise=HARD)
    _refuse_chance(learner, episode)
    parameters = [parameter for parameter in learner.parameters() if parameter.requires_grad]
    generator = torch.Generator().manual_seed(6)
    way = [torch.randn(p.shape, generator=generator, dtype=p.dtype) for p in parameters]
    gradients = torch.autograd.grad(learner.loss(episode), parameters, allow_unused=True)
    slope = sum(float((g * d).sum()) for g, d in zip(gradients, way, strict=True) if g is not None)

    def moved(step: float) -> float:
        with torch.no_grad():
            for parameter, direction in zip(parameters, way, strict=True):
                parameter.add_(direction, alpha=step)
        loss = float(learner.loss(episode).detach())
        with torch.no_grad():
            for parameter, direction in zip(parameters, way, strict=True):
                parameter.sub_(direction, alpha=step)
        return loss

    difference = (moved(STEP) - moved(-STEP)) / (2 * STEP)
    off = abs(difference - slope) / max(abs(difference), 1e-6)
    assert off < CLOSE, f"the gradient of the loss is {slope:.4g} along a direction whose slope is {difference:.4g}"


def check_a_label_comes_after_its_answer(case: Case) -> None:
    """Of a sequence, an answer depends on no label that comes with it or later (excused: learners of no sequence)."""
    learner, support = case.learner(), case.episode().support
    if not isinstance(learner, SequentialLearner):
        raise Excused(f"{learner.name} follows no sequence")
    now = len(support.y) // 2
    others = torch.cat([support.y[:now], (support.y[now:] + 1) % support.ways])
    with torch.no_grad():
        before, after = (learner.sequence(s)[: now + 1] for s in (support, replace(support, y=others)))
    assert_same(before, after, "an answer depends on its own label or a later one: present labels one step late")


def _refuse_chance(learner: Learner, episode: Episode) -> None:
    """Excuse a learner whose loss is another each time, as one by trial and error has it."""
    if not torch.equal(learner.loss(episode), learner.loss(episode)):
        raise Excused(f"the loss of {learner.name} is drawn at random")


def _gradient(learner: Learner, episodes: Sequence[Episode]) -> Tensor:
    """Return the gradient of the mean loss of tasks, for all parameters in one row; zeros for one without any."""
    parameters = [parameter for parameter in learner.parameters() if parameter.requires_grad]
    loss = over_tasks(learner, learner.loss, batch_of(episodes)).mean()
    found = torch.autograd.grad(loss, parameters, allow_unused=True)
    return torch.cat(
        [(p.new_zeros(p.shape) if g is None else g).flatten() for p, g in zip(parameters, found, strict=True)]
    )


TRAINING: Checks[Case] = checks_of(globals())
