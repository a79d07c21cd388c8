"""One temperature from held-out examples: right where there is evidence, the prior where there is none."""

import pytest
import torch
from fewtext_plugins.protonet import ProtoNet
from torch import nn

from fewtext.contracts.learner import Support
from fewtext.metrics.calibration import fit_temperature, held_out_logits


def test_it_finds_the_temperature_that_generated_the_labels():
    generator = torch.Generator().manual_seed(0)
    logits = 5 * torch.randn(5000, 4, generator=generator)
    target = torch.multinomial((logits / 3.0).softmax(-1), 1, generator=generator)[:, 0]
    assert fit_temperature(logits, target, prior=1.0) == pytest.approx(3.0, rel=0.15)  # the grid's steps are 12 %


def test_without_evidence_it_is_the_prior():
    assert fit_temperature(torch.zeros(0, 3), torch.zeros(0, dtype=torch.int64), prior=0.08) == pytest.approx(0.08)


def test_a_few_easy_examples_do_not_make_it_certain():
    logits = torch.eye(3)[[0, 1, 2]]
    assert fit_temperature(logits, torch.arange(3), prior=1.0) > 0.3


def support_of(counts):
    y = torch.tensor([k for k, count in enumerate(counts) for _ in range(count)])
    return Support(
        torch.randn(len(y), 6, generator=torch.Generator().manual_seed(0)), y, len(counts), torch.ones(len(y))
    )


def test_classes_with_three_examples_are_held_out_whole_and_others_not():
    support = support_of([2, 3, 7])
    _, rows = held_out_logits(ProtoNet(nn.Identity()), support, torch.ones(12, dtype=torch.bool))
    assert torch.bincount(support.y[rows], minlength=3).tolist() == [0, 3, 7]


def test_an_example_is_answered_without_itself():
    support = support_of([3, 3])
    logits, rows = held_out_logits(ProtoNet(nn.Identity()), support, torch.ones(6, dtype=torch.bool))
    first = Support(support.x[[1, 2, 4, 5]], support.y[[1, 2, 4, 5]], 2, torch.ones(4))
    expected = ProtoNet(nn.Identity()).fit(first)(support.x[[0, 3]])
    assert torch.allclose(logits[:2], expected, atol=1e-5) and rows[:2].tolist() == [0, 3]


def test_names_are_never_held_out():
    support = support_of([4, 4])
    examples = torch.tensor([True, True, True, False] * 2)
    _, rows = held_out_logits(ProtoNet(nn.Identity()), support, examples)
    assert sorted(rows.tolist()) == [0, 1, 2, 4, 5, 6]
