"""Intervals cover what they should, pairs are paired, and many comparisons cost."""

import numpy as np
import pytest

from fewtext.metrics.intervals import half_width, holm, paired_bootstrap, wilson


def test_half_widths_are_those_of_the_normal_and_of_students_t():
    values = [0.7, 0.8, 0.75, 0.85]
    error = np.std(values, ddof=1) / 2
    assert half_width(values) == pytest.approx(1.96 * error)
    assert half_width(values, few=True) == pytest.approx(3.1824 * error, rel=1e-4)
    assert np.isnan(half_width([0.5]))


def test_the_interval_of_a_paired_difference_is_that_of_its_mean():
    differences = np.random.default_rng(1).normal(0.02, 0.1, (400, 1))
    found = paired_bootstrap([differences])
    half = half_width(differences[:, 0])
    assert found.mean == pytest.approx(differences.mean())
    assert found.high - found.mean == pytest.approx(half, rel=0.1)
    assert found.mean - found.low == pytest.approx(half, rel=0.1)


def test_intervals_cover_the_truth_about_19_times_in_20():
    generator = np.random.default_rng(2)
    covered = []
    for _ in range(100):
        # Supports and queries both shift the difference: the truth is what others of both would have given.
        effect = 0.05 + generator.normal(0, 0.05, (8, 1)) + generator.normal(0, 0.3, (1, 60))
        found = paired_bootstrap([effect + generator.normal(0, 0.1, (8, 60))])
        covered.append(found.low <= 0.05 <= found.high)
    assert 0.87 <= np.mean(covered) <= 1.0


def test_groups_that_differ_widen_the_interval():
    generator = np.random.default_rng(3)
    folds = [generator.normal(shift, 0.02, (200, 1)) for shift in (-0.05, 0.0, 0.05, 0.1)]
    apart, pooled = paired_bootstrap(folds), paired_bootstrap([np.concatenate(folds)])
    assert apart.mean == pytest.approx(pooled.mean)
    assert apart.high - apart.low > 3 * (pooled.high - pooled.low)
    assert apart.p > 0.05 > pooled.p


def test_no_difference_is_no_surprise():
    assert paired_bootstrap([np.zeros((50, 1))]).p == 1.0
    assert paired_bootstrap([np.full((50, 1), 0.1)]).p < 0.001


def test_holm_multiplies_the_least_by_their_number():
    assert holm([0.01, 0.04, 0.03]) == pytest.approx([0.03, 0.06, 0.06])
    assert holm([0.9, 0.5]) == [1.0, 1.0] and holm([]) == []


@pytest.mark.parametrize("n", [1, 3, 8, 100])
def test_a_share_is_never_below_none_or_above_all(n):
    assert wilson(0, n)[0] == 0.0 and wilson(n, n)[1] <= 1.0
    assert f"{wilson(0, n)[0]:.1f}" == "0.0", "not -0.0"
