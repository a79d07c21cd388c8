"""The library's classifier: few examples, label names, probabilities, scikit-learn's conventions, saved models."""

import numpy as np
import pytest
import torch

from fewtext import FewShotClassifier, FewtextError, FewtextWarning

TEXTS = ["red apple pie", "green apple", "apple juice please", "fast car", "old car wheel", "car race today"]
LABELS = ["fruit_apple"] * 3 + ["vehicle_car"] * 3


@pytest.fixture
def fitted(toy_encoder):
    return FewShotClassifier(encoder=toy_encoder).fit(TEXTS, LABELS)


def test_it_answers_with_labels_and_probabilities(fitted):
    assert fitted.classes_.tolist() == ["fruit_apple", "vehicle_car"]
    assert fitted.predict(["an apple", "my car"]).tolist() == ["fruit_apple", "vehicle_car"]
    probabilities = fitted.predict_proba(["an apple", "my car", "neither"])
    assert probabilities.shape == (3, 2) and np.allclose(probabilities.sum(1), 1)
    assert fitted.score(TEXTS, LABELS) == 1.0


def test_no_texts_have_no_answers(fitted):
    assert fitted.predict([]).shape == (0,) and fitted.predict_proba([]).shape == (0, 2)


@pytest.mark.parametrize("learner", ["protonet", "matchingnet", "logistic"])
def test_a_name_alone_is_enough(toy_encoder, learner):
    names = {"a": "apple pie", "c": ["fast car", "old car"]}
    model = FewShotClassifier(encoder=toy_encoder, learner=learner, label_names=names).fit()
    assert model.predict(["apple tart", "a car"]).tolist() == ["a", "c"]


def test_names_join_the_support_with_their_weight(toy_encoder):
    model = FewShotClassifier(encoder=toy_encoder, name_weight=0.5).fit(TEXTS, LABELS)
    assert model.model_.support_texts_[-2:] == ["fruit apple", "vehicle car"]
    assert model.model_.support_.weight.tolist() == [1.0] * 6 + [0.5] * 2
    assert len(FewShotClassifier(encoder=toy_encoder, label_names=False).fit(TEXTS, LABELS).model_.support_texts_) == 6


def test_a_described_label_without_examples_becomes_a_class(toy_encoder):
    names = {"boat": "a boat on the water"}
    model = FewShotClassifier(encoder=toy_encoder, label_names=names).fit(TEXTS, LABELS)
    assert model.predict(["the boat on water"]).tolist() == ["boat"]


def test_names_without_words_are_not_used_with_a_warning(toy_encoder):
    with pytest.warns(FewtextWarning, match="carry no words are not used as examples: 0, 1"):
        model = FewShotClassifier(encoder=toy_encoder).fit(TEXTS, [0, 0, 0, 1, 1, 1])
    assert len(model.model_.support_texts_) == 6
    assert model.predict(["apple"]).tolist() == [0]


def test_a_label_with_neither_examples_nor_words_is_an_error(toy_encoder):
    with pytest.raises(FewtextError, match="neither an example nor a name with words: label 7"):
        FewShotClassifier(encoder=toy_encoder, label_names={"7": "", "apple": ""}).fit()


@pytest.mark.parametrize(
    ("texts", "labels", "complaint"),
    [
        ([], [], "no labelled text"),
        (["a", "b"], ["x", "x"], "one label only: x"),
        (["a"], ["x", "y"], "1 texts but 2 labels"),
        ("ab", ["x", "y"], "one text where a list"),
        (["a", 5], ["x", "y"], "item 1 is int, not a text"),
        (["a", "b"], ["x", None], "no label"),
    ],
)
def test_a_support_that_makes_no_sense_is_an_error(toy_encoder, texts, labels, complaint):
    with pytest.raises(FewtextError, match=complaint):
        FewShotClassifier(encoder=toy_encoder).fit(texts, labels)


def test_options_are_checked_before_the_work(toy_encoder):
    for options, complaint in (
        ({"c": 1}, r"no option 'c'; did you mean C\? its options: C=20.0 steps=100"),
        ({"C": "x"}, "give a finite number"),
    ):
        with pytest.raises(FewtextError, match=complaint):
            FewShotClassifier(encoder=toy_encoder, options=options).fit(TEXTS, LABELS)
    assert not toy_encoder.seen


@pytest.mark.parametrize(
    ("learner", "options"),
    [
        ("logistic", {"C": float("nan")}),
        ("logistic", {"C": -1.0}),
        ("logistic", {"C": 1e9}),
        ("logistic", {"steps": 0}),
        ("matchingnet", {"scale": 0.0}),
    ],
)
def test_an_option_out_of_range_is_an_error_that_names_it(toy_encoder, learner, options):
    with pytest.raises(FewtextError, match=f"{learner}: .*{next(iter(options))}="):
        FewShotClassifier(encoder=toy_encoder, learner=learner, options=options).fit(TEXTS, LABELS)


@pytest.mark.parametrize("weight", [0, -1, float("nan"), float("inf"), 1e9])
def test_a_name_weight_out_of_range_is_an_error(toy_encoder, weight):
    with pytest.raises(FewtextError, match="parameter 'name_weight' is"):
        FewShotClassifier(encoder=toy_encoder, name_weight=weight).fit(TEXTS, LABELS)


@pytest.mark.parametrize("learner", ["protonet", "matchingnet", "logistic"])
@pytest.mark.parametrize("weight", [1e-6, 1000.0])
def test_every_name_weight_in_range_gives_an_answer(toy_encoder, learner, weight):
    model = FewShotClassifier(encoder=toy_encoder, learner=learner, name_weight=weight).fit(TEXTS, LABELS)
    assert model.predict(["apple", "car"]).tolist() == ["fruit_apple", "vehicle_car"]


@pytest.mark.parametrize("answer", [lambda x: 1 / 0, lambda x: x[:, :1], lambda x: x[:, :2] * torch.nan])
def test_a_learner_that_fails_is_named(toy_encoder, monkeypatch, answer):
    from fewtext_plugins.protonet import ProtoNet

    monkeypatch.setattr(ProtoNet, "fit", lambda self, support: answer)
    model = FewShotClassifier(encoder=toy_encoder, learner="protonet").fit(["a", "b"], ["fruit", "car"])
    with pytest.raises(FewtextError, match="learner protonet failed.*FEWTEXT_STRICT=1"):
        model.predict(["a"])


def test_an_unfitted_classifier_says_so():
    for method in ("predict", "predict_proba"):
        with pytest.raises(FewtextError, match="has not been fitted"):
            getattr(FewShotClassifier(), method)(["a"])


def test_a_distinct_text_is_encoded_once(fitted, toy_encoder):
    toy_encoder.seen.clear()
    assert len(fitted.predict(["same", "same", "other", "same"])) == 4
    assert toy_encoder.seen == ["same", "other"]


def test_truncation_is_counted_and_warned_of(fitted):
    with pytest.warns(FewtextWarning, match="1 text was longer than 100 tokens and cut there"):
        fitted.predict(["word " * 200, "short"])


def test_predictions_come_in_order_with_reasons(fitted, monkeypatch):
    monkeypatch.setattr("fewtext.classify.predict.CHUNK", 2)
    texts = ["an apple", "", "the car", "  ", "apple", "car"]
    found = fitted.classify(texts, top=2, explain=2)
    assert [p.text for p in found] == texts
    assert [p.label for p in found] == ["fruit_apple", "", "vehicle_car", "", "fruit_apple", "vehicle_car"]
    assert found[1].probability is None and found[1].nearest == []
    assert [label for label, _ in found[0].ranked] == ["fruit_apple", "vehicle_car"]
    assert sum(probability for _, probability in found[0].ranked) == pytest.approx(1, abs=1e-5)
    assert all("apple" in neighbour.text for neighbour in found[0].nearest)
    (name,) = [n for n in fitted.classify(["a"], explain=8)[0].nearest if n.text == "fruit apple"]
    assert name.is_name
    assert found[0].nearest[0].similarity >= found[0].nearest[1].similarity


def test_progress_counts_texts_to_the_end(fitted):
    calls = []
    fitted.classify([*TEXTS[:2], "", TEXTS[2]], progress=lambda done, total: calls.append((done, total)))
    assert all(done <= total == 4 for done, total in calls)


def test_the_fit_does_not_touch_global_randomness(toy_encoder):
    torch.manual_seed(1)
    before = torch.get_rng_state()
    FewShotClassifier(encoder=toy_encoder).fit(TEXTS, LABELS)
    assert torch.equal(before, torch.get_rng_state())
