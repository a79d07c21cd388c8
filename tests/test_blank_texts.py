"""Blank texts: skipped in a fit, and without an answer, as the command has it; both are said."""

import math

import numpy as np
import pytest

from fewtext import FewShotClassifier, FewtextError, FewtextWarning

TEXTS = ["red apple pie", "green apple", "apple juice please", "fast car", "old car wheel", "car race today"]
LABELS = ["fruit"] * 3 + ["vehicle"] * 3
UNANSWERED = pytest.warns(FewtextWarning, match="of . texts are blank and left without an answer: item ")


@pytest.fixture
def model(toy_encoder):
    return FewShotClassifier(encoder=toy_encoder, label_names=False)


@pytest.mark.parametrize("blank", ["", "  ", "\n\t"])
def test_a_blank_text_has_no_label(model, blank):
    model.fit(TEXTS, LABELS)
    with UNANSWERED:
        assert model.predict([blank]).tolist() == [""]
    with UNANSWERED:
        assert model.predict(["an apple", blank, "my car"]).tolist() == ["fruit", "", "vehicle"]
    assert [answer.label for answer in model.classify(["an apple", blank])] == ["fruit", ""], "as the command"
    with UNANSWERED:
        rows = model.predict_proba([blank, "an apple"])
    assert np.isnan(rows[0]).all() and math.isclose(rows[1].sum(), 1.0)


def test_a_blank_text_has_an_empty_prediction_set(model):
    model.fit([*TEXTS, *(f"big {text}" for text in TEXTS)], LABELS * 2)
    with UNANSWERED:
        blank, filled = model.predict_set(["", "an apple"])
    assert blank == [] and filled == model.predict_set(["an apple"])[0] and "fruit" in filled


def test_among_numbers_it_is_none(model):
    with UNANSWERED:
        assert model.fit(TEXTS, [1, 1, 1, 2, 2, 2]).predict(["an apple", ""]).tolist() == [1, None]


def test_of_several_labels_it_has_none_of_them(model):
    with UNANSWERED:
        assert model.fit(TEXTS, [[label] for label in LABELS]).predict(["an apple", " "]) == [("fruit",), ()]
    model.fit(TEXTS, np.array([[1, 0]] * 3 + [[0, 1]] * 3))
    with UNANSWERED:
        assert model.predict(["an apple", " "]).tolist() == [[1, 0], [0, 0]]


@pytest.mark.parametrize("labels", [[*LABELS, "fruit"], [*([own] for own in LABELS), ["fruit"]]])
def test_a_blank_example_is_skipped(model, labels):
    with pytest.warns(FewtextWarning, match="1 of 7 texts are blank and skipped: item 6"):
        model.fit([*TEXTS, " "], labels)
    assert model.model_.n_examples_ == 6
    with pytest.warns(FewtextWarning, match="1 of 2 texts are blank and skipped: item 0"):
        model.add(["", "a pear"], labels[:2])
    assert model.model_.n_examples_ == 7
    with pytest.warns(FewtextWarning), pytest.raises(FewtextError, match="every text is blank"):
        model.fit([""] * 7, labels)


def test_a_blank_text_is_scored_as_wrong(model):
    model.fit(TEXTS, LABELS)
    with UNANSWERED:
        assert model.score(["an apple", ""], ["fruit", "fruit"]) == 0.5
