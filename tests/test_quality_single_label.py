"""The data-quality report finds planted errors, and expects no more than the examples show."""

import itertools
import json
import math
import operator
from statistics import fmean, pstdev

import pytest
import torch

from fewtext.classify.single_label import SingleLabelClassifier
from fewtext.quality.label_errors import BIAS, SUSPECT, WEIGHTS, HeldOut, error_probabilities, evidence
from fewtext.quality.single_label import SuspectedError, _detection_rate, report_single_label
from fewtext.quality.text_report import _against

OWN = {
    "network": "wifi vpn internet router cable signal".split(),
    "leave": "holiday vacation sick parental unpaid annual".split(),
    "pay": "salary bonus payslip tax expenses refund".split(),
    "room": "desk projector meeting whiteboard chair booking".split(),
}


def support(each=12):
    """Texts of three words of their label and two that all labels share."""
    rows = []
    for label, words in OWN.items():
        for n in range(each):
            rows.append((f"{words[n % 6]} {words[(n + 1) % 6]} {words[(n + 3 + n // 6) % 6]} number {n}", label))
    return rows


def checked(rows):
    texts, labels = zip(*rows, strict=True)
    return report_single_label(SingleLabelClassifier(encoder="tfidf", label_names=False).fit(texts, labels))


def test_planted_wrong_labels_are_suspected_and_right_ones_are_not():
    rows = support()
    for place, wrong in ((3, "pay"), (29, "leave")):
        rows[place] = (rows[place][0], wrong)
    found = checked(rows)
    assert {(error.place, error.suggested_label) for error in found.suspected_errors} == {(3, "network"), (29, "pay")}
    assert all(error.likelihood_ratio > 20 for error in found.suspected_errors) and found.detection_rate > 0.8
    probable = [error.error_probability for error in found.suspected_errors]
    assert probable == sorted(probable, reverse=True) and min(probable) >= SUSPECT


def test_a_probability_is_that_of_its_formula():
    """Against loops over examples and labels: of 6, 4 and 2 examples, those of the last label not held out."""
    generator = torch.Generator().manual_seed(0)
    x, y = torch.randn(12, 5, generator=generator).double(), torch.tensor([0] * 6 + [1] * 4 + [2] * 2)
    x[4] = 0.0  # a text of no known word
    rows = torch.tensor([0, 3, 4, 6, 8, 9])
    probabilities = (3 * torch.rand(6, 3, generator=generator).double()).softmax(-1)
    unit = torch.nn.functional.normalize(x, dim=-1)

    def facts(place, label):
        best = max((k for k in range(3) if k != label), key=lambda k: probabilities[place, k])
        mean = [unit[[n for n in range(12) if y[n] == k and n != rows[place]]].sum(0) for k in range(3)]
        near = [float(unit[rows[place]] @ own / own.norm()) for own in mean]
        return float((probabilities[place, best] / probabilities[place, label]).log()), near[best] - near[label]

    own = [facts(place, int(y[row])) for place, row in enumerate(rows)]
    ratios = [[ratio for (ratio, _), row in zip(own, rows, strict=True) if y[row] == label] for label in range(3)]
    means = [fmean(ratios[0]), fmean(ratios[1]), fmean(ratio for ratio, _ in own)]
    held_out = HeldOut(probabilities, rows, x, y)
    found = error_probabilities(held_out)
    for place, label in itertools.product(range(6), range(3)):
        ratio, nearer = facts(place, label)
        values = ratio, nearer / pstdev(each for _, each in own), math.log((6, 4, 2)[label]), means[label]
        expected = 1 / (1 + math.exp(-sum(map(operator.mul, values, WEIGHTS)) - BIAS)) if ratio > 0 else 0.0
        assert found[place, label].item() == pytest.approx(expected, rel=1e-9, abs=1e-12)
        if label == y[rows[place]]:
            assert evidence(held_out)[place].tolist() == pytest.approx(list(values), rel=1e-9, abs=1e-12)


def test_examples_at_one_place_are_judged_by_likelihood_alone():
    x, y = torch.ones(6, 3), torch.tensor([0, 0, 0, 1, 1, 1])
    probabilities = torch.tensor([[0.9, 0.1], [0.9, 0.1], [0.001, 0.999]] + [[0.1, 0.9]] * 3).double()
    found = error_probabilities(HeldOut(probabilities, torch.arange(6), x, y))
    assert found[2, 0] > SUSPECT and found[:, 0].argmax() == 2 and found.isfinite().all()


def test_the_detection_rate_is_of_labels_that_are_not_given():
    found = torch.tensor([[0.9, 0.9, 0.1], [0.0, 0.7, 0.7], [0.1, 0.2, 0.99]])
    assert _detection_rate(found, torch.tensor([0, 1, 2])) == pytest.approx(2 / 6)


def test_a_ratio_is_said_as_it_is():
    error = SuspectedError(0, "one", "a", "b", 1.4, 0.7)
    assert _against(error) == "is a (wrong: 70%); b is 1.4 times as likely"


def test_accuracy_is_extrapolated_from_held_out_examples():
    rows = support()
    rows[0], rows[14] = (rows[0][0], "pay"), (rows[14][0], "network")
    accuracy = checked(rows).accuracy
    assert accuracy.examples == 48 and accuracy.held_out.value == pytest.approx(46 / 48)
    assert accuracy.held_out.value < accuracy.expected.value < accuracy.doubled < 1
    assert accuracy.expected.low < accuracy.expected.value < accuracy.expected.high


def test_repeats_and_contradictions_are_grouped():
    rows = [*support(), (support()[0][0].upper() + " ", "network"), ("sick parental number 9", "leave")]
    rows += [("Sick parental number 9", "pay"), ("sick parental number 9 ", "leave")]
    found = checked(rows)
    assert found.duplicates == [[0, 48]] and found.contradictions == [[49, 50, 51]]


def test_labels_with_few_examples_are_named_and_have_no_accuracy():
    found = checked([*support(), ("cat dog", "pets"), ("dog bird", "pets")])
    assert found.few == ["pets"]
    judged = {report.label: report.accuracy for report in found.labels}
    assert judged["pets"] is None and judged["pay"].value > 0.5


def test_with_two_examples_a_label_nothing_is_expected():
    found = checked(support(each=2))
    assert found.accuracy is None and found.detection_rate is None and found.suspected_errors == []


def written(write, rows):
    return write("s.csv", "text,label\n" + "".join(f"{text},{label}\n" for text, label in rows))


def test_the_command_names_file_and_line(run_fewtext, write):
    rows = support()
    rows[3] = (rows[3][0], "pay")
    rows.append((rows[0][0], "room"))
    path = written(write, rows)
    done = run_fewtext("check", path, "--encoder", "tfidf", "--no-label-names", "--quiet")
    assert done.returncode == 0 and done.stderr == b"", done.stderr.decode()
    message = done.stdout.decode()
    assert message.startswith("49 examples of 4 labels, 11 to 13 each\nexpected accuracy on new texts: ")
    assert f"{path}:5: " in message and "is pay (wrong: " in message, "its line, the header's counted"
    assert f"the same text under different labels:\n  {path}:2: {rows[0][0]} (network)\n  {path}:50: " in message


def test_the_command_for_scripts(run_fewtext, write):
    rows = support()
    rows[3] = (rows[3][0], "pay")
    path = written(write, rows)
    done = run_fewtext("check", path, "--encoder", "tfidf", "--format", "json", "--at-least", "0.999")
    found = json.loads(done.stdout)
    assert done.returncode == 3 and b"expected accuracy is below 99.9%" in done.stderr
    assert found["examples"] == 48 and found["lines"][0] == 2 and found["accuracy"]["examples"] == 48
    done = run_fewtext("check", written(write, support(each=2)), "--encoder", "tfidf")
    assert b"expected accuracy: unknown" in done.stdout and done.returncode == 0


def test_descriptions_and_their_weight_are_those_of_the_classifier(run_fewtext, write):
    path, names = written(write, support(each=4)), write("n.csv", "label,description\nlegal,law and contracts\n")
    done = run_fewtext("check", path, "--encoder", "tfidf", "--labels", names, "--name-weight", 0.5)
    assert b"16 examples of 5 labels, 0 to 4 each" in done.stdout, done.stderr
    assert b"labels with fewer than three examples:\n  legal" in done.stdout


def test_where_every_held_out_answer_is_wrong_little_is_expected():
    rows = [("wifi cancel room meeting screen", "some"), ("password", "some"), ("reset", "all"), ("expenses", "all")]
    accuracy = checked([*rows, ("password room cancel printer meeting please screen", "all")]).accuracy
    assert accuracy.held_out.value == 0 and accuracy.examples == 3
    assert 0 <= accuracy.expected.low <= accuracy.expected.value < 0.5
