"""The report on texts with several labels finds planted errors: labels that are wrong, and labels left out."""

import json

import numpy as np
import pytest
import torch
from sklearn.metrics import f1_score, precision_score, recall_score

from fewtext.classify.multi_label import MultiLabelClassifier
from fewtext.classify.multi_label_calibration import MultiLabelCalibration
from fewtext.metrics.intervals import ratio_interval
from fewtext.metrics.multi_label import measure_sets
from fewtext.quality.multi_label import report_multi_label

WORDS = {
    "network": "wifi vpn internet router".split(),
    "leave": "holiday vacation sick annual".split(),
    "pay": "salary bonus payslip tax".split(),
    "room": "desk projector meeting chair".split(),
}


def support(each=10):
    """Texts of two words for each of one or two labels."""
    rows = []
    for n in range(each):
        for i, label in enumerate(WORDS):
            own = [label] if n % 2 else [label, list(WORDS)[(i + 1) % 4]]
            words = [WORDS[one][(n + k) % 4] for one in own for k in (0, 1)]
            rows.append((" ".join([*words, f"number{n}"]), own))
    return rows


def checked(rows):
    texts, labels = zip(*rows, strict=True)
    return report_multi_label(MultiLabelClassifier(encoder="tfidf", label_names=False).fit(texts, labels))


def test_metrics_are_those_of_scikit_learn():
    draw = np.random.default_rng(0)
    truth, given = draw.random((50, 6)) < 0.3, draw.random((50, 6)) < 0.4
    truth[:, 5] = False
    found = measure_sets(torch.from_numpy(truth), torch.from_numpy(given))
    assert found.micro_f1 == pytest.approx(f1_score(truth, given, average="micro"))
    assert found.macro_f1 == pytest.approx(f1_score(truth[:, :5], given[:, :5], average="macro"))
    assert found.precision == pytest.approx(precision_score(truth, given, average="micro"))
    assert found.recall == pytest.approx(recall_score(truth, given, average="micro"))
    assert found.exact == (truth == given).all(1).mean() and found.interval[0] < found.micro_f1 < found.interval[1]
    none = measure_sets(torch.zeros(3, 2, dtype=torch.bool), torch.zeros(3, 2, dtype=torch.bool))
    assert none.micro_f1 == none.macro_f1 == 0 and none.exact == 1


def test_the_interval_of_a_ratio_covers_it_as_often_as_it_says():
    draw, covered = np.random.default_rng(0), 0
    for seed in range(100):
        under = draw.integers(1, 4, size=80).astype(float)
        over = draw.binomial(under.astype(int), 0.6).astype(float)
        low, high = ratio_interval(over, under, seed)
        covered += low <= 0.6 <= high
    assert 88 <= covered <= 99
    assert ratio_interval(np.array([2.0, 0, 0]), np.array([2.0, 0, 0])) == (1, 1), "texts without labels do not count"


def test_planted_errors_are_suspected_and_right_labels_are_not():
    rows = support()
    rows[5] = (rows[5][0], ["leave", "room"])  # was leave
    rows[8] = (rows[8][0], ["network"])  # was network and leave
    found = checked(rows)
    assert {(error.place, error.label, error.missing) for error in found.suspected_errors} == {
        (5, "room", False),
        (8, "leave", True),
    }
    assert [error.missing for error in found.suspected_errors] == [False, True] and found.suspected_errors[
        0
    ].likelihood_ratio > 200
    assert found.detection_rate_wrong > 0.3 and found.detection_rate_missing > 0.5
    assert found.held_out_examples == 40 and 0.9 < found.expected == found.held_out.micro_f1 < 1


def test_what_cannot_be_held_out_is_not_judged():
    few = checked(support(each=1))
    assert (
        few.held_out is None
        and few.detection_rate_wrong is None
        and few.suspected_errors == []
        and few.expected is None
    )
    none = checked([("cat", ["pets"]), ("dog", ["pay"]), *((f"so what {i}", []) for i in range(4))])
    assert none.held_out is None, "only texts without a label were held out"
    rare = checked([*support(), ("cat dog", ["pets", "pay"]), ("dog bird", ["pets"])])
    assert rare.few == ["pets"] and {one.label: one.f1 for one in rare.labels}["pets"] is None


def test_one_text_with_other_labels_is_a_contradiction():
    rows = [*support(), (support()[0][0].upper(), ["leave", "network"]), (support()[1][0], ["pay"])]
    found = checked(rows)
    assert found.duplicates == [[0, 40]] and found.contradictions == [[1, 41]]


def test_the_command_writes_text_and_json(run_fewtext, write):
    rows = support()
    rows[5] = (rows[5][0], ["leave", "room"])
    path = write("s.csv", "text,label\n" + "".join(f"{text},{'|'.join(own)}\n" for text, own in rows))
    command = ["check", path, "--encoder", "tfidf", "--no-label-names"]
    done = run_fewtext(*command)
    message = done.stdout.decode()
    assert message.startswith("40 examples of 4 labels, 15 to 16 each\nfive-fold held-out F1: "), done.stderr
    assert f"{path}:7: {rows[5][0]}\n    seems not to be room: " in message and "no labels look missing" in message
    done = run_fewtext(*command, "--format", "json", "--at-least", "0.9999")
    found = json.loads(done.stdout)
    assert done.returncode == 3 and b"the expected F1 is below" in done.stderr
    assert (
        found["lines"][0] == 2
        and found["suspected_errors"][0]["label"] == "room"
        and not found["suspected_errors"][0]["missing"]
    )
    whole = run_fewtext(*command, "--single-label").stdout.decode()
    assert "of 9 labels" in whole and "expected accuracy" in whole


def test_a_label_is_suspected_from_a_likelihood_ratio_on():
    texts, labels = zip(*support(each=2), strict=True)
    model = MultiLabelClassifier(encoder="tfidf", label_names=False).fit(texts, labels)
    model.calibration_ = MultiLabelCalibration(1.0, torch.zeros(4), torch.full((4,), 0.5))
    probabilities = torch.full((8, 4), 0.5)
    has, lacks = (
        model.support_.label_matrix[:2].nonzero().tolist(),
        (~model.support_.label_matrix[:2]).nonzero().tolist(),
    )
    for (row, label), probability in zip(has[:2] + lacks[:2], (1 / 250, 1 / 150, 0.91, 0.89), strict=True):
        probabilities[row, label] = probability
    model.held_out_logits_ = probabilities.logit()
    found = report_multi_label(model).suspected_errors
    names = model.classes_.tolist()
    assert [(error.place, error.label) for error in found] == [(i, names[k]) for i, k in (has[0], lacks[0])]
    assert found[0].likelihood_ratio == pytest.approx(249, rel=1e-3) and found[1].likelihood_ratio == pytest.approx(
        0.91 / 0.09, rel=1e-3
    )
