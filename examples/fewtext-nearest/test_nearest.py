"""All it takes to test a learner."""

from fewtext_nearest import Nearest

from fewtext.testing import learner_checks


@learner_checks(Nearest)
def test_nearest(check):
    check()
