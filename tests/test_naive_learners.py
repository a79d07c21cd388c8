"""Each well-known error fails exactly the checks that are made for it, and the right version fails none."""

import pytest
import torch
from naive_learners import GRADIENT, NAIVE
from prototypes import ProtoLike

from fewtext.testing import CHECKS, Case
from fewtext.testing.kit import clause_of, run


@pytest.mark.parametrize(
    ("learner", "clauses"), [pytest.param(*row, id=row[0].__name__) for row in [(ProtoLike, set()), *NAIVE.items()]]
)
def test_a_naive_learner_fails_what_is_made_for_it_alone(learner, clauses):
    case = Case(learner, {}, "text")
    results = [run(check, [("", case)]) for check in CHECKS]
    assert {result.clause for result in results if result.outcome == "fails"} == clauses, results


class DrawsItsLoss(ProtoLike):
    """Guesses, and learns from how right the guess was."""

    def loss(self, episode):
        return super().loss(episode) * torch.rand(1)


@pytest.mark.parametrize("clause", ["the_gradient_of_several_tasks_is_the_mean_of_theirs", GRADIENT])
def test_a_loss_that_is_drawn_at_random_is_excused(clause):
    (check,) = (check for check in CHECKS if clause_of(check) == clause)
    result = run(check, [("", Case(DrawsItsLoss, {}, "text"))])
    assert (result.outcome, result.message) == ("excused", "the loss of naive is drawn at random")
