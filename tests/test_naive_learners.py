"""Each well-known error fails exactly the checks that are made for it, and the right version fails none."""

import pytest
from naive_learners import NAIVE
from prototypes import ProtoLike

from fewtext.testing import CHECKS, Case
from fewtext.testing.kit import run


@pytest.mark.parametrize(
    ("learner", "clauses"), [pytest.param(*row, id=row[0].__name__) for row in [(ProtoLike, set()), *NAIVE.items()]]
)
def test_a_naive_learner_fails_what_is_made_for_it_alone(learner, clauses):
    case = Case(learner, {}, "text")
    results = [run(check, [("", case)]) for check in CHECKS]
    assert {result.clause for result in results if result.outcome == "fails"} == clauses, results
