"""The library's classifier: few examples, label names, probabilities, scikit-learn's conventions, saved models."""

import json
import shutil

import numpy as np
import pytest
import torch

from fewtext import FewShotClassifier, FewtextError, FewtextWarning
from fewtext.prediction import classify

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
    assert model.support_texts_[-2:] == ["fruit apple", "vehicle car"]
    assert model.support_.weight.tolist() == [1.0] * 6 + [0.5] * 2
    assert len(FewShotClassifier(encoder=toy_encoder, label_names=False).fit(TEXTS, LABELS).support_texts_) == 6


def test_a_described_label_without_examples_becomes_a_class(toy_encoder):
    names = {"boat": "a boat on the water"}
    model = FewShotClassifier(encoder=toy_encoder, label_names=names).fit(TEXTS, LABELS)
    assert model.predict(["the boat on water"]).tolist() == ["boat"]


def test_names_without_words_are_not_used_and_that_is_said(toy_encoder):
    with pytest.warns(FewtextWarning, match="carry no words are not used as examples: 0, 1"):
        model = FewShotClassifier(encoder=toy_encoder).fit(TEXTS, [0, 0, 0, 1, 1, 1])
    assert len(model.support_texts_) == 6
    assert model.predict(["apple"]).tolist() == [0]


def test_a_label_with_neither_examples_nor_words_is_an_error(toy_encoder):
    with pytest.raises(FewtextError, match="neither an example nor words to go by: label 7"):
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
        ({"c": 1}, "no option 'c'; its options: C=20.0 steps=100"),
        ({"C": "x"}, "give a number"),
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
    with pytest.raises(FewtextError, match="a weight of .* is not possible"):
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


def test_truncation_is_counted_and_said(fitted):
    with pytest.warns(FewtextWarning, match="1 text was longer than 100 tokens and cut there"):
        fitted.predict(["word " * 200, "short"])


def test_it_keeps_scikit_learns_conventions(toy_encoder):
    pytest.importorskip("sklearn")
    from sklearn.base import clone, is_classifier
    from sklearn.model_selection import cross_val_score
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import FunctionTransformer

    model = FewShotClassifier(encoder=toy_encoder, learner="protonet", name_weight=2.0)
    copy = clone(model)
    assert copy.get_params() == model.get_params() and copy is not model and is_classifier(model)
    assert cross_val_score(model, np.array(TEXTS), np.array(LABELS), cv=3).tolist() == [1.0, 1.0, 1.0]
    lower = FunctionTransformer(lambda texts: [text.lower() for text in texts])
    assert make_pipeline(lower, model).fit(TEXTS, LABELS).predict(["APPLE"]).tolist() == ["fruit_apple"]
    assert model.set_params(name_weight=1.0).name_weight == 1.0
    with pytest.raises(ValueError, match="no parameter 'nonsense'"):
        model.set_params(nonsense=1)


@pytest.mark.parametrize("learner", ["protonet", "matchingnet", "logistic"])
def test_a_saved_model_answers_as_before(toy_encoder, tmp_path, learner):
    model = FewShotClassifier(encoder=toy_encoder, learner=learner).fit(TEXTS, LABELS)
    model.save(tmp_path / "model")
    again = FewShotClassifier.load(tmp_path / "model", encoder=toy_encoder)
    queries = ["an apple", "the car", "\u2028"]
    assert np.array_equal(model.predict_proba(queries), again.predict_proba(queries))
    again.save(tmp_path / "again")
    assert {p.name for p in tmp_path.iterdir()} == {"model", "again"}
    for name in ("fewtext.json", "support.jsonl", "tensors.safetensors"):
        first, second = (tmp_path / folder / name for folder in ("model", "again"))
        assert first.read_bytes() == second.read_bytes(), name
    card = (tmp_path / "model" / "README.md").read_text()
    assert "contains the texts it was fitted on" in card and "6 labelled texts" in card


def test_numbers_as_labels_survive_saving(toy_encoder, tmp_path):
    FewShotClassifier(encoder=toy_encoder, label_names=False).fit(TEXTS, [3, 3, 3, 10, 10, 10]).save(tmp_path / "m")
    assert FewShotClassifier.load(tmp_path / "m", encoder=toy_encoder).predict(["apple"]).tolist() == [3]


def test_saving_replaces_a_model_and_nothing_else(fitted, tmp_path):
    fitted.save(tmp_path / "model")
    fitted.save(tmp_path / "model")
    (tmp_path / "thesis").mkdir()
    (tmp_path / "thesis" / "chapter").write_text("years of work")
    (tmp_path / "link").symlink_to(tmp_path / "model")
    fitted.save(tmp_path / "link")
    assert (tmp_path / "link").is_symlink() and (tmp_path / "model" / "fewtext.json").is_file()
    with pytest.raises(FewtextError, match="exists and is not a saved model"):
        fitted.save(tmp_path / "thesis")
    assert (tmp_path / "thesis" / "chapter").exists()


def test_a_model_with_other_files_beside_it_is_not_replaced(fitted, tmp_path, monkeypatch):
    fitted.save(tmp_path / "model")
    (tmp_path / "model" / "notes.txt").write_text("mine")
    with pytest.raises(FewtextError, match="not a saved model alone"):
        fitted.save(tmp_path / "model")
    assert (tmp_path / "model" / "notes.txt").exists()
    fitted.save(tmp_path / "here")
    monkeypatch.chdir(tmp_path / "here")
    with pytest.raises(FewtextError, match="is the current folder"):
        fitted.save(".")
    assert (tmp_path / "here" / "fewtext.json").exists()


def test_a_save_that_fails_leaves_the_old_model(fitted, tmp_path, monkeypatch):
    fitted.save(tmp_path / "model")
    before = (tmp_path / "model" / "fewtext.json").read_bytes()
    rename = type(tmp_path).rename

    def failing(self, target):
        if str(target).endswith("model") and not str(self).endswith(".old"):
            raise KeyboardInterrupt
        return rename(self, target)

    monkeypatch.setattr(type(tmp_path), "rename", failing)
    with pytest.raises(KeyboardInterrupt):
        fitted.save(tmp_path / "model")
    assert (tmp_path / "model" / "fewtext.json").read_bytes() == before
    assert [path.name for path in tmp_path.iterdir()] == ["model"]


def break_json(folder):
    (folder / "fewtext.json").write_text("{")


def drop_setting(folder):
    settings = json.loads((folder / "fewtext.json").read_text())
    del settings["labels"]
    (folder / "fewtext.json").write_text(json.dumps(settings))


def cut_tensors(folder):
    (folder / "tensors.safetensors").write_bytes((folder / "tensors.safetensors").read_bytes()[:-10])


def drop_text(folder):
    (folder / "support.jsonl").write_text("\n".join((folder / "support.jsonl").read_text().split("\n")[1:]))


def replacing(before, after):
    def damage(folder):
        text = (folder / "fewtext.json").read_text()
        assert before in text
        (folder / "fewtext.json").write_text(text.replace(before, after))

    return damage


def spoil_features(folder):
    from safetensors.torch import load_file, save_file

    tensors = load_file(folder / "tensors.safetensors")
    tensors["support.x"][0, 0] = torch.nan
    save_file(tensors, folder / "tensors.safetensors")


def remove(folder):
    shutil.rmtree(folder)


@pytest.mark.parametrize(
    ("damage", "complaint"),
    [
        (break_json, "is damaged"),
        (drop_setting, "is damaged: no usable 'labels'"),
        (cut_tensors, "is damaged"),
        (drop_text, "do not fit together"),
        (replacing('"schema": 1', '"schema": 9'), "schema 9"),
        (replacing('"fingerprint": "toy"', '"fingerprint": "another"'), "fitted with another encoder"),
        (replacing('"vehicle_car"', '["vehicle_car"]'), "labels or temperature make no sense"),
        (replacing('"vehicle_car"', "5"), "labels or temperature make no sense"),
        (replacing('"temperature": 0', '"temperature": -0'), "labels or temperature make no sense"),
        (replacing('"logistic"', '"os.system"'), "no learner 'os.system'"),
        (replacing('"steps": 100', '"steps": "100"'), "steps='100' does not fit"),
        (spoil_features, "do not fit together"),
        (remove, "not a saved model"),
    ],
)
def test_a_damaged_model_is_an_error_not_a_wrong_answer(fitted, toy_encoder, tmp_path, damage, complaint):
    fitted.save(tmp_path / "model")
    damage(tmp_path / "model")
    with pytest.raises(FewtextError, match=complaint):
        FewShotClassifier.load(tmp_path / "model", encoder=toy_encoder)


def test_predictions_come_in_order_with_reasons(fitted, monkeypatch):
    monkeypatch.setattr("fewtext.prediction.CHUNK", 2)
    texts = ["an apple", "", "the car", "  ", "apple", "car"]
    found = list(classify(fitted, texts, top=2, explain=2))
    assert [p.text for p in found] == texts
    assert [p.label for p in found] == ["fruit_apple", "", "vehicle_car", "", "fruit_apple", "vehicle_car"]
    assert found[1].probability is None and found[1].nearest == []
    assert [label for label, _ in found[0].ranked] == ["fruit_apple", "vehicle_car"]
    assert sum(chance for _, chance in found[0].ranked) == pytest.approx(1, abs=1e-5)
    assert all("apple" in neighbour.text for neighbour in found[0].nearest)
    (name,) = [n for n in next(classify(fitted, ["a"], explain=8)).nearest if n.text == "fruit apple"]
    assert name.is_name
    assert found[0].nearest[0].similarity >= found[0].nearest[1].similarity


def test_progress_counts_texts_to_the_end(fitted):
    calls = []
    list(classify(fitted, ["a", "b", "", "c"], progress=lambda done, total: calls.append((done, total))))
    assert all(done <= total == 4 for done, total in calls)


def test_the_fit_does_not_touch_global_randomness(toy_encoder):
    torch.manual_seed(1)
    before = torch.get_rng_state()
    FewShotClassifier(encoder=toy_encoder).fit(TEXTS, LABELS)
    assert torch.equal(before, torch.get_rng_state())
