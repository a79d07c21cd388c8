"""The contract, and the formula."""

import torch
from fewtext_simpleshot import SimpleShot

from fewtext.api import Support
from fewtext.testing import learner_checks


@learner_checks(SimpleShot)
def test_simpleshot(check):
    check()


def test_the_formula():
    x = torch.tensor([[1.0, 0.0], [3.0, 0.0], [0.0, 2.0]], dtype=torch.float64)
    support = Support(x, torch.tensor([0, 0, 1]), 2, torch.ones(3))
    learner = SimpleShot(torch.nn.Identity())
    # The class means are (2, 0) and (0, 2), the centre (1, 1).
    a, b, c = (row / row.norm() for row in x - 1.0)
    query = torch.tensor([4.0, 1.0], dtype=torch.float64)
    expected = [-((torch.tensor([1.0, 0.0]) - mean) ** 2).sum() for mean in ((a + b) / 2, c)]
    assert torch.allclose(learner.fit(support)(query[None])[0], torch.stack(expected).double())
