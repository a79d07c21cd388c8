"""Metrics of each class: the same as scikit-learn's, and an interval that covers."""

import random

import pytest

from fewtext.metrics.per_class import class_metrics, confused_pairs, macro_f1


def answers(n=300, seed=0):
    draw = random.Random(seed)
    target = [draw.choice("abcd") for _ in range(n)]
    return target, [label if draw.random() < 0.7 else draw.choice("abcde") for label in target]


def test_they_are_those_of_scikit_learn():
    metrics = pytest.importorskip("sklearn.metrics")
    target, answer = answers()
    report = metrics.classification_report(target, answer, labels=list("abcd"), output_dict=True, zero_division=0)
    for own in class_metrics(target, answer):
        expected = report[own.label]
        assert (own.support, own.precision, own.recall, own.f1) == pytest.approx(
            (expected["support"], expected["precision"], expected["recall"], expected["f1-score"])
        )
    assert macro_f1(target, answer)[0] == pytest.approx(report["macro avg"]["f1-score"])


def test_a_class_that_is_never_answered_has_no_precision():
    (a, b) = class_metrics(["a", "b"], ["a", "a"])
    assert (a.precision, a.recall, b.precision, b.recall, b.f1) == (0.5, 1.0, 0.0, 0.0, 0.0)
    assert macro_f1(["a", "b"], ["a", "a"])[0] == pytest.approx(1 / 3)


def test_the_interval_is_the_same_every_time_and_holds_the_mean():
    mean, (low, high) = macro_f1(*answers())
    assert macro_f1(*answers()) == (mean, (low, high)) and low < mean < high and 0.05 < high - low < 0.2
    assert macro_f1(["a", "b"] * 50, ["a", "b"] * 50) == (1.0, (1.0, 1.0))


def test_the_interval_covers_what_many_texts_would_give():
    truth, _ = macro_f1(*answers(100_000, seed=1))
    covered = 0
    for seed in range(2, 42):
        _, (low, high) = macro_f1(*answers(200, seed=seed))
        covered += low <= truth <= high
    assert covered >= 34, "of 40; 95 % would be 38, and 33 or fewer happen once in two hundred times"


def test_pairs_are_counted_with_their_rows():
    target, answer = ["a", "a", "b", "a", "c"], ["b", "b", "a", "a", "b"]
    pairs = [(pair.label, pair.answer, pair.rows) for pair in confused_pairs(target, answer)]
    assert pairs == [("a", "b", [0, 1]), ("b", "a", [2]), ("c", "b", [4])]
