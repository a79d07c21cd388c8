"""Offsets of labels: the loss that is written down here has its least where they say, however the answers lie."""

import pytest
import torch
from torch.nn.functional import binary_cross_entropy_with_logits

from fewtext.classify import label_offsets
from fewtext.classify.label_offsets import Answers, fitted_offsets


def answers(n=300, labels=7, heat=1.0, seed=0):
    """Return logits that are too sure by this heat, of which some are not known, and which labels are right."""
    draw = torch.Generator().manual_seed(seed)
    right = torch.rand(n, labels, generator=draw) < torch.linspace(0.02, 0.4, labels)
    logits = heat * (torch.randn(n, labels, generator=draw, dtype=torch.float64) + 2 * right - 2)
    known = torch.rand(n, labels, generator=draw) < 0.9
    return Answers(logits.masked_fill(~known, torch.nan), known, right)


def loss(point, given, scale, usual, spread):
    logit = given.logits.nan_to_num() * scale * point[0].exp() + usual + point[1] + point[2:]
    lost = binary_cross_entropy_with_logits(logit, given.right.double(), reduction="none")
    return (lost * given.known).sum() + (point / spread).square().sum() / 2


def point_of(found, scale, usual, spread):
    """Return the point that a scale and offsets stand for: of all shifts and own parts, those that cost least."""
    factor, offsets = found
    apart = offsets - usual
    shift = (apart / spread[2:].square()).sum() / (1 / spread[1:].square()).sum()
    return torch.cat([torch.tensor([factor / scale]).double().log(), shift[None], apart - shift])


@pytest.mark.parametrize("heat", [0.05, 1.0, 30.0])
@pytest.mark.parametrize("scale", [1.0, 12.5])
def test_nothing_near_what_is_found_has_a_lower_loss(heat, scale):
    given = answers(heat=heat)
    usual, spread = torch.linspace(-4, 0, 7).double(), torch.tensor([2.0, 5.0, *[1.0] * 7]).double()
    point = point_of(fitted_offsets(given, scale, usual, spread), scale, usual, spread).requires_grad_()
    value = loss(point, given, scale, usual, spread)
    (slope,) = torch.autograd.grad(value, point)
    assert slope.abs().max() < 1e-4 * value.detach(), "it is flat there"
    for step in 0.05 * torch.eye(9, dtype=torch.float64):
        assert loss(point + step, given, scale, usual, spread) > value < loss(point - step, given, scale, usual, spread)


def test_many_labels_take_few_steps(monkeypatch):
    given = answers(400, 300)
    usual, spread = torch.full((300,), -3.0).double(), torch.tensor([2.0, 5.0, *[1.0] * 300]).double()
    whole = fitted_offsets(given, 1.0, usual, spread)
    monkeypatch.setattr(label_offsets, "STEPS", 8)
    few = fitted_offsets(given, 1.0, usual, spread)
    assert few[0] == pytest.approx(whole[0], rel=1e-6) and torch.allclose(few[1], whole[1], atol=1e-6)


def test_without_a_known_answer_they_are_the_usual_ones():
    given = Answers(torch.full((3, 2), torch.nan), torch.zeros(3, 2, dtype=torch.bool), torch.ones(3, 2).bool())
    usual, spread = torch.tensor([-1.0, 2.0]).double(), torch.tensor([2.0, 5.0, 1.0, 1.0]).double()
    scale, offsets = fitted_offsets(given, 2.5, usual, spread)
    assert scale == 2.5 and torch.equal(offsets, usual)


def test_labels_that_are_told_apart_perfectly_have_finite_offsets():
    right = torch.tensor([[True, False], [False, True]] * 20)
    logits = 50.0 * (2.0 * right - 1)
    usual, spread = torch.zeros(2).double(), torch.tensor([2.0, 5.0, 1.0, 1.0]).double()
    scale, offsets = fitted_offsets(Answers(logits, torch.ones_like(right), right), 1.0, usual, spread)
    assert 0 < scale < 1e4 and offsets.abs().max() < 1e-3
