"""The contract, and that the head stays where it was."""

import torch
from fewtext_boil import Boil
from torch import nn

from fewtext.api import Backbone, Support
from fewtext.testing import learner_checks


@learner_checks(Boil, steps=2, rate=0.001)
def test_boil(check):
    check()


class Body(Backbone):
    """One linear layer."""

    name, features = "body", 3

    def __init__(self):
        super().__init__((4,))
        self.linear = nn.Linear(4, 3)

    def forward(self, x):
        return self.linear(x)


def test_the_head_stays_and_the_body_moves():
    torch.manual_seed(0)
    learner, x = Boil(Body(), steps=2, rate=0.1, gram=False), torch.randn(6, 4)
    start, *_, end = [
        weights for weights, _ in learner.trajectory(Support(x, torch.tensor([0, 1, 2] * 2), 3, torch.ones(6)))
    ]
    assert torch.equal(start["head.weight"], end["head.weight"])
    assert not torch.equal(start["backbone.linear.weight"], end["backbone.linear.weight"])
