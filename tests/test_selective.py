"""Selective classification: answers below a threshold, estimated on held-out examples, are not given."""

import csv
import io

import pytest
import torch

from fewtext.classify.load import load_classifier
from fewtext.classify.selective import covering
from fewtext.classify.single_label import SingleLabelClassifier
from fewtext.errors import FewtextError

CONFIDENCE = torch.tensor([0.95, 0.9, 0.85, 0.8, 0.7, 0.6, 0.5, 0.4, 0.3, 0.2])
RIGHT = torch.tensor([1, 1, 1, 1, 0, 1, 0, 0, 1, 0]).bool()


def test_the_wanted_share_of_answers():
    found = covering(CONFIDENCE, RIGHT, 0.4)
    assert found.probability == pytest.approx(0.8) and found.precision == 1.0
    assert covering(CONFIDENCE, RIGHT, 1.0).probability == 0, "nothing is left out"
    low, high = found.precision_interval
    assert 0.4 < low < high == 1 and found.coverage_interval[0] < 0.4 < found.coverage_interval[1]


def test_the_order_of_the_examples_does_not_matter():
    order = torch.randperm(10, generator=torch.Generator().manual_seed(0))
    assert covering(CONFIDENCE[order], RIGHT[order], 0.6) == covering(CONFIDENCE, RIGHT, 0.6)


def test_a_share_that_cannot_be_estimated_is_an_error():
    with pytest.raises(FewtextError, match="only 4 examples can be held out, too few"):
        covering(CONFIDENCE[:4], RIGHT[:4], 0.9)


SUPPORT = "text,label\n" + "".join(
    f"{text},{label}\n"
    for label, texts in {
        "network": ["wifi down", "vpn down again", "no internet", "wifi slow", "vpn broken", "internet lost"],
        "leave": ["a day off", "holiday in may", "vacation days", "a week off", "days off left", "holiday plans"],
    }.items()
    for text in texts
)


def test_the_command_abstains_on_uncertain_texts(run_fewtext, write):
    support, query = write("s.csv", SUPPORT), write("q.txt", "wifi down\nholiday in may\nzebra crossing\n\n")
    command = ["classify", "--support", support, "--query", query, "--encoder", "tfidf", "--format", "csv"]
    done = run_fewtext(*command, "--coverage", "0.5", "--unknown", "ask a person")
    assert done.returncode == 0, done.stderr.decode()
    rows = list(csv.DictReader(io.StringIO(done.stdout.decode())))
    assert [row["label"] for row in rows] == ["network", "leave", "ask a person", ""]
    assert [row["guess"] for row in rows][:2] == ["network", "leave"] and rows[2]["guess"] in ("network", "leave")
    assert rows[3]["guess"] == "" and float(rows[2]["probability"]) < float(rows[0]["probability"])
    message = done.stderr.decode()
    assert message.startswith("answering from a probability of ") and "on 12 held-out examples" in message


def test_a_saved_classifier_sets_the_same_threshold(tmp_path):
    lines = [line.split(",") for line in SUPPORT.splitlines()[1:]]
    model = SingleLabelClassifier(encoder="tfidf").fit([text for text, _ in lines], [label for _, label in lines])
    model.save(tmp_path / "model")
    assert load_classifier(tmp_path / "model").threshold(coverage=0.5) == model.threshold(coverage=0.5)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (["--precision", "0.9", "--coverage", "0.9"], "contradict each other"),
        (["--precision", "0"], "above 0, at most 1"),
        (["--unknown", "x"], "add --precision, --coverage"),
    ],
)
def test_options_that_contradict_themselves(run_fewtext, write, options, message):
    support, query = write("s.csv", SUPPORT), write("q.txt", "wifi\n")
    done = run_fewtext("classify", "--support", support, "--query", query, "--encoder", "tfidf", *options)
    assert done.returncode == 1 and message in done.stderr.decode() and done.stdout == b""
