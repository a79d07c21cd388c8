"""The contract, and what the queries are worth to one another."""

import torch
from fewtext_laplacianshot import LaplacianShot

from fewtext.api import Support
from fewtext.testing import learner_checks


@learner_checks(LaplacianShot)
def test_laplacianshot(check):
    check()


def test_a_query_between_the_classes_goes_with_its_neighbours():
    angles = torch.tensor([0.0, 90.0, 50.0, 30.0, 32.0, 34.0]).deg2rad()
    x = torch.stack([angles.cos(), angles.sin()], 1)
    learner = LaplacianShot(torch.nn.Identity(), pull=8.0)
    classify = learner.fit(Support(x[:2], torch.tensor([0, 1]), 2, torch.ones(2)))
    assert classify(x[2:3]).argmax(1).tolist() == [1]  # alone, nearer to the second class by five degrees
    assert classify(x[2:]).argmax(1).tolist() == [0, 0, 0, 0]
