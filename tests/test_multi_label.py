"""Texts with several labels, or none: read, learned, and answered."""

import csv
import io
import json
from dataclasses import replace

import pytest
import torch
from fewtext_plugins.logistic import FEW_WAYS

from fewtext.classify.active_learning import suggest
from fewtext.classify.load import load_classifier
from fewtext.classify.multi_label import MultiLabelClassifier
from fewtext.classify.multi_label_calibration import MultiLabelCalibration, calibrate, folds_of
from fewtext.classify.predict import classify
from fewtext.contracts.learner import LabelledSupport, Learner
from fewtext.errors import FewtextError
from fewtext.files.examples import read_support
from fewtext.registry import discovery
from fewtext.registry.options import build_learner

TOPICS = {"network": "wifi vpn internet router", "leave": "holiday vacation days off", "pay": "salary bonus money tax"}
SETS = [("network",), ("leave",), ("pay",), ("network", "leave"), ("leave", "pay"), ("network", "pay"), ()]


def made_up(each=6, seed=0):
    """Texts of two words for each of their topics among filler, and their topics."""
    generator = torch.Generator().manual_seed(seed)

    def drawn(words, n):
        listed = words.split()
        return [listed[i] for i in torch.randperm(len(listed), generator=generator)[:n].tolist()]

    pairs = [(labels, [word for label in labels for word in drawn(TOPICS[label], 2)]) for labels in SETS * each]
    return [" ".join(words + drawn("the please today about again", 2)) for _, words in pairs], [own for own, _ in pairs]


@pytest.fixture
def fitted(toy_encoder):
    return MultiLabelClassifier(encoder=toy_encoder).fit(*made_up())


@pytest.mark.parametrize("learner", ["logistic", "protonet", "matchingnet", "ridge", "lda"])
def test_every_learner_gives_each_text_its_labels(learner, toy_encoder):
    model = MultiLabelClassifier(encoder=toy_encoder, learner=learner).fit(*made_up())
    texts, labels = made_up(each=3, seed=1)
    right = [set(found) == set(own) for found, own in zip(model.predict(texts), labels, strict=True)]
    assert sum(right) / len(right) > 0.8, "of eight sets that it could be"


def test_probabilities_are_of_each_label_by_itself(fitted):
    both, none = fitted.predict_proba(["wifi vpn salary bonus", "please the again"])
    assert fitted.classes_.tolist() == ["leave", "network", "pay"]
    assert both[1] > 0.8 and both[2] > 0.8 and both[0] < 0.2 and none.max() < 0.3
    assert fitted.predict(["wifi vpn salary bonus", "please the again"])[1] == ()


def test_logistic_solves_all_labels_together_as_one_by_one():
    generator = torch.Generator().manual_seed(0)
    label_matrix = torch.rand(40, 6, generator=generator) < 0.3
    support = LabelledSupport(torch.randn(40, 16, generator=generator), label_matrix, torch.ones(40))
    learner = build_learner(discovery.learner("logistic"), {}, (16,))
    alone = build_learner(discovery.learner("logistic"), {"C": learner.C * FEW_WAYS / 2}, (16,))  # each has two classes
    left_out = torch.zeros(2, 40, dtype=torch.bool)
    left_out[1, :8] = True
    for together, apart in zip(
        learner.fit_labels(support, left_out), Learner.fit_labels(alone, support, left_out), strict=True
    ):
        found, expected = together(support.x).sigmoid(), apart(support.x).sigmoid()
        assert (found - expected).abs().max() < 0.02 and expected.min() < 0.1 < 0.9 < expected.max()


def test_an_example_is_held_out_once_and_a_rare_label_stays():
    label_matrix = torch.tensor([[1, 0]] * 8 + [[1, 1]] * 2 + [[0, 0]] * 3 + [[1, 0]]).bool()
    folds = folds_of(label_matrix, examples=13)
    assert folds.sum(0).tolist() == [1] * 8 + [0, 0] + [1] * 3 + [0], "two of the second label, and a name, stay"


def test_probabilities_sum_to_as_many_labels_as_there_are():
    """Logits that are too low everywhere are shifted: the mean probability is the share of the labels."""
    generator = torch.Generator().manual_seed(0)
    label_matrix = torch.rand(400, 5, generator=generator) < 0.1
    logits = 4 * label_matrix + torch.randn(400, 5, generator=generator) - 9
    support = LabelledSupport(torch.zeros(400, 1), label_matrix, torch.ones(400))
    found = calibrate(logits, support, 400, prior=1.0)
    assert found.probabilities(logits).mean().item() == pytest.approx(label_matrix.double().mean().item(), rel=0.02)
    assert (found.thresholds > 0.3).all() and (found.thresholds <= 0.5).all(), "labels that are easy to tell"


def test_thresholds_are_half_of_the_f1_in_reach():
    """One label, certain of half of 100 texts and with nothing to say of the rest: at best all of them are given."""
    label_matrix = torch.tensor([True] * 50 + [False] * 50)[:, None]
    support = LabelledSupport(torch.zeros(100, 1), label_matrix, torch.ones(100))
    found = calibrate(torch.zeros(100, 1), support, 100, prior=1.0)
    assert float(found.thresholds) == pytest.approx((2 * 50 / 150) / 2, abs=0.01)


def test_without_examples_to_hold_out_the_shares_are_all_there_is(toy_encoder):
    texts, labels = ["wifi vpn", "holiday days", "wifi holiday"], [["network"], ["leave"], ["network", "leave"]]
    model = MultiLabelClassifier(encoder=toy_encoder).fit(texts, labels)
    assert model.thresholds_.tolist() == [0.5, 0.5] and set(model.predict(texts)[2]) == {"network", "leave"}


def test_texts_without_labels_alone_say_nothing_of_thresholds(toy_encoder):
    """Two examples a label cannot be held out; many of none can, and are no evidence against the labels."""
    texts = ["wifi vpn", "wifi router", "holiday days", "holiday off", *(f"the {n} please" for n in range(20))]
    labels = [["network"]] * 2 + [["leave"]] * 2 + [[]] * 20
    model = MultiLabelClassifier(encoder=toy_encoder).fit(texts, labels)
    assert model.thresholds_.tolist() == [0.5, 0.5] and model.predict(["vpn wifi", "the 7"]) == [("network",), ()]


def test_a_model_folder_gives_the_same_answers(fitted, toy_encoder, tmp_path):
    texts, _ = made_up(each=2, seed=2)
    fitted.save(tmp_path / "model")
    model = load_classifier(tmp_path / "model", encoder=toy_encoder)
    assert isinstance(model, MultiLabelClassifier)
    assert (model.predict_proba(texts) == fitted.predict_proba(texts)).all() and model.predict(texts) == fitted.predict(
        texts
    )
    rows = [json.loads(line) for line in (tmp_path / "model/support.jsonl").read_text().splitlines()]
    assert rows[3]["label"] == ["leave", "network"]
    again = read_support(tmp_path / "model/support.jsonl", several=None)
    assert again.multi_label and set(again.labels[3]) == {"network", "leave"} and again.labels[6] == ()


def test_a_damaged_folder_is_an_error(fitted, toy_encoder, tmp_path):
    fitted.calibration_ = MultiLabelCalibration(1.0, torch.zeros(2), torch.zeros(3))
    fitted.save(tmp_path / "model")
    with pytest.raises(FewtextError, match="do not fit together"):
        load_classifier(tmp_path / "model", encoder=toy_encoder)


@pytest.mark.parametrize(
    ("texts", "labels", "message"),
    [
        (["a", "b"], ["x", "y"], "item 0: 'x' where a list of its labels is expected"),
        (["a", "b"], [["x"], ["x"]], "every text has the label x"),
        (["a", "b"], [[], []], "no labelled text"),
        (["a", "b"], [["x"]], "2 texts but 1 labels"),
        (["a", "b"], [["x"], [None]], "item 0 has no label"),
        (["a", "b"], [["x"], [" "]], "item 0 has no label"),
        (["a", "b"], torch.eye(2).numpy(), "ndarray of 2 x 2 where a list of labels is expected"),
    ],
)
def test_what_makes_no_task_is_an_error(texts, labels, message, toy_encoder):
    with pytest.raises(FewtextError, match=message):
        MultiLabelClassifier(encoder=toy_encoder, label_names=False).fit(texts, labels)


def test_fine_tuning_and_model_selection_are_for_one_label(toy_encoder):
    for parameters in ({"tuner": "contrastive"}, {"learner": "auto"}):
        with pytest.raises(FewtextError, match="here a text may have several"):
            MultiLabelClassifier(encoder=toy_encoder, **parameters).fit(*made_up())


def test_a_threshold_is_for_a_fitted_classifier_and_a_fraction(fitted):
    for ask in (lambda m: m.predict(["x"]), lambda m: m.threshold(0.9)):
        with pytest.raises(FewtextError, match="has not been fitted"):
            ask(MultiLabelClassifier())
    with pytest.raises(FewtextError, match="parameter 'precision' is 2"):
        fitted.threshold(2)
    with pytest.raises(FewtextError, match="parameter 'confidence' is 1"):
        fitted.threshold(0.9, 1)


def test_more_confidence_gives_fewer_labels_and_a_promise_too_high_none(toy_encoder):
    texts, labels = made_up(each=12)
    labels = [own[:1] if i % 9 == 0 else own for i, own in enumerate(labels)]  # some that annotators forgot
    model = MultiLabelClassifier(encoder=toy_encoder).fit(texts, labels)
    unsure, sure, most = (model.threshold(*asked) for asked in ((0.8, 0.6), (0.8, 0.99), (0.999, 0.99)))
    assert unsure.recall >= sure.recall > 0 and unsure.probability <= sure.probability < 1
    assert most.probability > 1 and most.recall == 0 and "no label is given" in str(most)
    assert most.best and 0.7 < most.best[0] < 0.999
    assert all(not own for own in model.given(model.probabilities(model.support_.x), most.probability))


def test_a_promise_rests_on_calibration_without_the_example(fitted):
    probabilities, given = fitted.held_out()
    known = fitted.held_out_logits_.isfinite()
    out = folds_of(fitted.support_.label_matrix, fitted.n_examples_)[0]
    rest = calibrate(
        fitted.held_out_logits_.masked_fill(out[:, None], torch.nan), fitted.support_, fitted.n_examples_,
        fitted.learner_.temperature,
    )  # fmt: skip
    assert torch.equal(probabilities[out], rest.probabilities(fitted.held_out_logits_[out]))
    assert torch.equal(given[out], probabilities[out] >= rest.thresholds)
    assert torch.equal(probabilities.isfinite(), known)


@pytest.fixture
def files(write):
    texts, labels = made_up(each=8)
    rows = "".join(f"{text},{'|'.join(own)}\n" for text, own in zip(texts, labels, strict=True) if own)
    return write("s.csv", f"text,label\n{rows}"), write("q.txt", "wifi vpn salary bonus\nholiday days off\n\nzebra\n")


def test_a_label_may_be_given_before_a_more_probable_one(fitted):
    """Each label has its own threshold: the answers written are those that ``predict`` gives."""
    fitted.calibration_ = replace(fitted.calibration_, thresholds=torch.tensor([1e-9, 1.0, 1.0]).double())
    texts = ["wifi vpn salary bonus", "holiday days off"]
    written = [prediction.label for prediction in classify(fitted, texts)]
    assert written == ["|".join(own) for own in fitted.predict(texts)] == ["leave", "leave"]
    first = next(classify(fitted, texts, top=3))
    assert [label for label, _ in first.ranked][-1] == "leave" and first.probability == first.ranked[-1][1]


def test_the_command_answers_with_several_labels(files, run_fewtext, tmp_path):
    support, query = files
    command = ["classify", "--query", query, "--format", "csv", "--scores", "--explain", "1"]
    done = run_fewtext(*command, "--support", support, "--encoder", "tfidf", "--save", tmp_path / "model")
    assert b"texts may have several labels, 1.5 of 3 on average" in done.stderr, done.stderr
    rows = list(csv.DictReader(io.StringIO(done.stdout.decode())))
    assert set(rows[0]["label"].split("|")) == {"network", "pay"} and rows[1]["label"] == "leave"
    assert rows[2]["label"] == rows[2]["probability"] == ""
    probabilities = [float(rows[0][f"p({label})"]) for label in ("network", "pay", "leave")]
    assert float(rows[0]["probability"]) == min(probabilities[:2]) and probabilities[2] < 0.5
    assert set(rows[0]["nearest_1_label"].split("|")) & {"network", "pay"}
    again = run_fewtext(*command, "--model", tmp_path / "model")
    assert again.stdout == done.stdout and again.returncode == 0


def test_the_command_abstains_and_refuses(files, run_fewtext):
    support, query = files
    command = ["classify", "--query", query, "--format", "csv", "--support", support, "--encoder", "tfidf"]
    done = run_fewtext(*command, "--precision", "0.8", "--confidence", "0.8", "--unknown", "none")
    rows = list(csv.DictReader(io.StringIO(done.stdout.decode())))
    assert b"with 80% confidence at least 80% of the given labels are right: " in done.stderr, done.stderr
    assert b"expected recall " in done.stderr and b" labels of " in done.stderr
    assert rows[3]["label"] == "none" and rows[3]["guess"] in TOPICS and rows[0]["label"] != "none"
    without = run_fewtext(*command, "--unknown", "none")
    assert b"zebra,none," in without.stdout
    for option in (["--transductive"], ["--coverage", "0.5"], ["--ood-keep", "0.9"]):
        refused = run_fewtext(*command, *option)
        assert refused.returncode == 1 and b"here a text may have several" in refused.stderr and not refused.stdout
    whole = run_fewtext(*command, "--single-label", "--scores")
    assert b"p(network|pay)" in whole.stdout and b"several labels" not in whole.stderr


def test_suggestions_are_texts_whose_labels_are_uncertain(fitted, files, run_fewtext):
    known, uncertain = (
        ["wifi vpn internet", "salary bonus money"] * 3,
        ["blue boat lake", "blue boat river", "blue boat"],
    )
    (first,) = suggest(fitted, known + uncertain, 1)
    assert first.place >= 6 and set(first.label.split("|")) <= set(TOPICS) and 0 < first.probability <= 1
    done = run_fewtext("suggest", "--support", files[0], "--pool", files[1], "-n", 2, "--encoder", "tfidf")
    rows = list(csv.DictReader(io.StringIO(done.stdout.decode())))
    assert len(rows) == 2 and all(row["label"] == "" and row["guess"] for row in rows), done.stderr


def test_a_file_is_answered_with_sets_of_labels(files, write, run_fewtext):
    texts, labels = made_up(each=3, seed=1)
    rows = [f"{text},{'|'.join(own)}" for text, own in zip(texts, labels, strict=True) if own]
    test = write("t.csv", "\n".join(["text,label", *rows, "a zebra,unheard"]))
    command = ["score", "--support", files[0], "--test", test, "--encoder", "tfidf"]
    done = run_fewtext(*command)
    assert b"labels without an example, whose texts are always answered wrong: unheard" in done.stderr
    assert b"texts with all labels right: " in done.stdout and b"\n  micro F1: " in done.stdout
    found = json.loads(run_fewtext(*command, "--format", "json").stdout)
    assert 0.8 < found["label_sets"]["micro_f1"] < 1 and found["label_sets"]["recall"] < 1
    assert (
        found["accuracy"] == found["label_sets"]["exact"] < 1 and found["macro_f1"] == found["label_sets"]["macro_f1"]
    )
    refused = run_fewtext(*command, "--transductive")
    assert refused.returncode == 1 and b"--transductive works with one label a text only" in refused.stderr
    assert b"all labels" not in run_fewtext(*command, "--single-label").stdout
