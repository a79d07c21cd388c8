"""Metrics say what their definitions say."""

import math

import pytest
import torch

from fewtext.metrics.classification import Answers, mean_of, measure, measure_open_set, reliability


def answers(target, answer, confidence):
    target, answer = torch.tensor(target), torch.tensor(answer)
    confidence = torch.tensor(confidence, dtype=torch.float64)
    return Answers(target, answer, confidence, confidence.log())


def test_answers_are_the_likeliest_classes_with_their_probabilities():
    logits = torch.tensor([[[0.0, math.log(3)], [math.log(9), 0.0]]])
    found = Answers.of(logits, torch.tensor([[1, 1]]))
    assert found.answer.tolist() == [[1, 0]] and found.right.tolist() == [[True, False]]
    torch.testing.assert_close(found.confidence, torch.tensor([[0.75, 0.9]]).double())
    torch.testing.assert_close(found.likelihood.exp(), torch.tensor([[0.75, 0.1]]).double())
    assert found.by_task.tolist() == [0.5]


def test_calibration_error_weighs_each_bins_gap_by_its_answers():
    # 0.55 and 0.58 share a bin of fifteen (0.533 to 0.6), one of two right; 0.95 has its own, right.
    found = measure(answers([[0, 0, 1]], [[0, 1, 1]], [[0.55, 0.58, 0.95]]))
    assert found.calibration_error == pytest.approx((2 * abs(0.565 - 0.5) + 0.05) / 3)
    assert found.reliability == [[2.0, pytest.approx(0.565), 0.5], [1.0, pytest.approx(0.95), 1.0]]
    assert found.log_loss == pytest.approx(-(math.log(0.55) + math.log(0.58) + math.log(0.95)) / 3)
    assert found.auroc_right == pytest.approx(0.5), "0.55 and 0.95 are right, 0.58 between them is wrong"


def test_certainty_falls_into_the_last_bin():
    assert reliability(torch.ones(3), torch.tensor([True, True, False])) == [[3.0, 1.0, pytest.approx(2 / 3)]]


def test_macro_f1_is_the_mean_over_tasks():
    from sklearn.metrics import f1_score

    targets, given = [[0, 0, 1, 1], [0, 1, 2, 2]], [[0, 1, 1, 1], [0, 1, 2, 1]]
    found = measure(answers(targets, given, [[0.9] * 4] * 2)).macro_f1
    shared = [f1_score(a, b, average=None).tolist() for a, b in zip(targets, given, strict=True)]
    assert found == pytest.approx(sum(shared[0] + shared[1]) / 5), "over the classes of all tasks"


def test_all_right_has_no_auroc():
    assert measure(answers([[0, 1]], [[0, 1]], [[0.9, 0.8]])).auroc_right is None


def test_the_most_frequent_confusions_are_named():
    found = measure(answers([[0, 0, 1, 2]], [[2, 2, 0, 2]], [[0.5] * 4]), ["a", "b", "c"])
    assert found.confusions == [["a", "c", 2], ["b", "a", 1]]


def test_out_of_scope_queries_are_detected_by_the_score():
    inside, right = torch.tensor([0.9, 0.8, 0.4]), torch.tensor([True, False, True])
    outside = torch.tensor([0.5, 0.1])
    found = measure_open_set(inside, right, outside, 0.45)
    assert found.auroc == pytest.approx(5 / 6), "five of six pairs are in order"
    assert found.fpr_at_95_tpr == 0.5, "to keep all three inside, one of two outside comes along"
    assert found.in_scope_accuracy == pytest.approx(1 / 3), "one right answer is above the threshold"
    assert found.out_of_scope_f1 == pytest.approx(2 * 0.5 * 0.5 / (0.5 + 0.5)), "below it: one in, one out of scope"


def test_without_a_threshold_only_the_order_is_judged():
    found = measure_open_set(torch.tensor([0.9]), torch.tensor([True]), torch.tensor([0.5]), None)
    assert found.auroc == 1 and found.out_of_scope_f1 is None
    assert mean_of([found, found]) == found
