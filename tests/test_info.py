"""``fewtext info``: what a saved model is, in words and as JSON."""

import json

import pytest
from kept_models import FOLDER

import fewtext
from fewtext import FewShotClassifier, FewtextError
from fewtext.classify.migrations import SCHEMA

TEXTS = [f"{colour} {kind}" for colour in "red green old big new fast".split() for kind in ("apple", "car")]


@pytest.fixture
def kept(tmp_path):
    model = FewShotClassifier(encoder="tfidf", learner="logistic", options={"C": 2.0}, text_column="Body")
    model.fit([*TEXTS, "blue apple"], [*["fruit", "vehicle"] * 6, "fruit"]).save(tmp_path / "m")
    return tmp_path / "m"


def test_it_says_what_a_model_is(kept, run_fewtext):
    said = run_fewtext("info", str(kept)).stdout.decode()
    assert "13 of 2 labels, and 2 names or descriptions of labels" in said and "7  fruit" in said
    assert f"schema {SCHEMA}" in said and "logistic (C=2.0, " in said and "one label a text" in said
    assert f"fewtext {fewtext.__version__}" in said and "texts in Body" in said and "not all here" not in said
    assert "on 13 examples held out" in said


def test_the_same_as_json_and_in_python(kept, run_fewtext):
    content = json.loads(run_fewtext("info", str(kept), "--format", "json").stdout)
    found = fewtext.describe(kept)
    assert content == found.as_json() and found.missing == []
    assert content["labels"] == [{"label": "fruit", "examples": 7}, {"label": "vehicle", "examples": 6}]
    assert content["expected"]["measure"] == "accuracy" and 0 <= content["expected"]["value"] <= 1
    assert content["size"] == sum(path.stat().st_size for path in kept.iterdir())
    assert content["versions"] == content["versions_here"] and content["encoder"] == "tfidf"


def test_what_a_model_needs_and_does_not_find_is_said(run_fewtext):
    done = run_fewtext("info", str(FOLDER / "schema-5" / "one"))
    said = done.stdout.decode()
    assert done.returncode == 0 and "not all here" in said and "missing" in said and "'letters'" in said
    assert "6 examples, labelled none" in said and "on a day that was not recorded" in said and "schema 5" in said
    several = fewtext.describe(FOLDER / "schema-5" / "several")
    assert several.multi_label and [counted.examples for counted in several.labels] == [6, 6]


def test_a_matrix_is_said(run_fewtext):
    said = run_fewtext("info", str(FOLDER / f"schema-{SCHEMA}" / "matrix")).stdout.decode()
    assert "an indicator matrix of 0, 1, 2" in said and "labels in fruit, water, vehicle" in said


def test_no_model_is_an_error(run_fewtext, tmp_path):
    done = run_fewtext("info", str(tmp_path / "nothing"))
    assert done.returncode == 1 and "no such folder" in done.stderr.decode()
    with pytest.raises(FewtextError, match="not a saved model"):
        fewtext.describe(tmp_path)
