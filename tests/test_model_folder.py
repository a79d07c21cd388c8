"""Saved models: they answer as before, replace nothing that is not theirs, and damaged ones are errors."""

import hashlib
import random
import shutil
from dataclasses import fields

import numpy as np
import pytest
import torch
from test_classifier import LABELS, TEXTS

from fewtext import FewtextError
from fewtext.classify import model_folder as saving
from fewtext.classify.load import load_classifier
from fewtext.classify.saved_model import Settings
from fewtext.classify.single_label import SingleLabelClassifier
from fewtext.files import atomic, json_files
from fewtext.files import tensors as tensor_files


@pytest.fixture
def fitted(toy_encoder):
    return SingleLabelClassifier(encoder=toy_encoder).fit(TEXTS, LABELS)


@pytest.mark.parametrize("learner", ["protonet", "matchingnet", "logistic"])
def test_a_saved_model_answers_as_before(toy_encoder, tmp_path, learner):
    model = SingleLabelClassifier(encoder=toy_encoder, learner=learner).fit(TEXTS, LABELS)
    model.save(tmp_path / "model")
    again = load_classifier(tmp_path / "model", encoder=toy_encoder)
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
    SingleLabelClassifier(encoder=toy_encoder, label_names=False).fit(TEXTS, [3, 3, 3, 10, 10, 10]).save(tmp_path / "m")
    assert load_classifier(tmp_path / "m", encoder=toy_encoder).predict(["apple"]).tolist() == [3]


def test_saving_replaces_a_model_and_nothing_else(fitted, tmp_path):
    fitted.save(tmp_path / "model")
    fitted.save(tmp_path / "model")
    (tmp_path / "thesis").mkdir()
    (tmp_path / "thesis" / "chapter").write_text("years of work")
    (tmp_path / "link").symlink_to(tmp_path / "model")
    fitted.save(tmp_path / "link")
    assert (tmp_path / "link").is_symlink() and (tmp_path / "model" / "fewtext.json").is_file()
    with pytest.raises(FewtextError, match="holds other files than a saved model"):
        fitted.save(tmp_path / "thesis")
    assert (tmp_path / "thesis" / "chapter").exists()


def test_a_model_with_other_files_beside_it_is_not_replaced(fitted, tmp_path, monkeypatch):
    fitted.save(tmp_path / "model")
    (tmp_path / "model" / "notes.txt").write_text("mine")
    with pytest.raises(FewtextError, match="holds other files than a saved model"):
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

    def failing(one, other):
        raise KeyboardInterrupt

    monkeypatch.setattr(atomic, "exchange", failing)
    with pytest.raises(KeyboardInterrupt):
        fitted.save(tmp_path / "model")
    assert (tmp_path / "model" / "fewtext.json").read_bytes() == before
    assert [path.name for path in tmp_path.iterdir()] == ["model"]


FILES = "fewtext.json", "support.jsonl", "tensors.safetensors"


@pytest.mark.parametrize("name", FILES)
def test_any_flipped_bit_is_refused_by_the_name_of_its_file(name, fitted, toy_encoder, tmp_path):
    fitted.save(tmp_path / "model")
    path = tmp_path / "model" / name
    whole = path.read_bytes()
    for bit in random.Random(0).sample(range(8 * len(whole)), 50):
        path.write_bytes(flipped(whole, bit))
        with pytest.raises(FewtextError, match=f"{name}: is damaged"):
            load_classifier(tmp_path / "model", encoder=toy_encoder)


def flipped(content, bit):
    changed = bytearray(content)
    changed[bit // 8] ^= 1 << bit % 8
    return bytes(changed)


@pytest.mark.parametrize("name", FILES)
def test_parts_of_two_models_are_no_model(name, fitted, toy_encoder, tmp_path):
    fitted.save(tmp_path / "model")
    SingleLabelClassifier(encoder=toy_encoder).fit(TEXTS[1:], LABELS[1:]).save(tmp_path / "other")
    shutil.copy(tmp_path / "other" / name, tmp_path / "model" / name)
    with pytest.raises(FewtextError, match=r"(fewtext.json|support.jsonl): is damaged: .* written with tensors"):
        load_classifier(tmp_path / "model", encoder=toy_encoder)


@pytest.mark.parametrize("name", FILES)
def test_a_missing_file_is_an_error_that_names_it(name, fitted, toy_encoder, tmp_path):
    fitted.save(tmp_path / "model")
    (tmp_path / "model" / name).unlink()
    with pytest.raises(FewtextError, match=name):
        load_classifier(tmp_path / "model", encoder=toy_encoder)


def test_the_card_may_be_edited(fitted, toy_encoder, tmp_path):
    fitted.save(tmp_path / "model")
    (tmp_path / "model/README.md").write_text("mine")
    assert load_classifier(tmp_path / "model", encoder=toy_encoder).predict(["an apple"]).tolist() == ["fruit_apple"]


def test_a_model_replaced_while_it_is_read_is_read_again(fitted, toy_encoder, tmp_path, monkeypatch):
    fitted.save(tmp_path / "model")
    other = SingleLabelClassifier(encoder=toy_encoder).fit(TEXTS[1:], LABELS[1:])
    settings = saving._read_settings

    def read_settings(folder):
        found = settings(folder)
        if found.examples == len(TEXTS):
            other.save(folder)
        return found

    monkeypatch.setattr(saving, "_read_settings", read_settings)
    assert load_classifier(tmp_path / "model", encoder=toy_encoder).n_examples_ == len(TEXTS) - 1


def forging(**changes):
    """Change settings and make the digests anew: what is read is checked, whoever wrote it."""

    def damage(folder):
        content = json_files.read_json(folder / "fewtext.json")
        content = {key: value for key, value in {**content, **changes}.items() if value is not GONE}
        json_files.write_json(folder / "fewtext.json", content)
        sealed_anew(folder)

    return damage


GONE = object()


def sealed_anew(folder, change=lambda tensors: None):
    tensors, _ = tensor_files.read_tensors(folder / "tensors.safetensors")
    change(tensors)
    files = {name: hashlib.sha256((folder / name).read_bytes()).hexdigest() for name in FILES[:2]}
    tensor_files.write_tensors(folder / "tensors.safetensors", tensors, files)


def break_json(folder):
    (folder / "fewtext.json").write_text("{")


def cut_tensors(folder):
    (folder / "tensors.safetensors").write_bytes((folder / "tensors.safetensors").read_bytes()[:-10])


def drop_text(folder):
    (folder / "support.jsonl").write_text("\n".join((folder / "support.jsonl").read_text().split("\n")[1:]))
    sealed_anew(folder)


def spoil_features(folder):
    sealed_anew(folder, lambda tensors: tensors["support.x"][0, 0].fill_(torch.nan))


def remove(folder):
    shutil.rmtree(folder)


SETTINGS = [field.name for field in fields(Settings)]
NEEDED = [name for name in SETTINGS if name not in ("additions", "left_out")]
OBJECTS = "options", "made", "additions", "left_out"


@pytest.mark.parametrize(
    ("damage", "complaint"),
    [
        (break_json, "is damaged"),
        *((forging(**{name: GONE}), f"fewtext.json: is damaged: missing field '{name}'") for name in NEEDED),
        *((forging(**{n: {1: [2]}}), f"field '{n}': expected .*, got") for n in SETTINGS if n not in OBJECTS),
        (forging(made={"date": ""}), "missing field 'made.versions'"),
        (forging(matrix_columns=["fruit"]), "a label has no column in the indicator matrix"),
        (forging(additions={"a": [1]}), "field 'additions.*': expected str, got int"),
        (forging(left_out={"languages": ["en"]}), "missing field 'left_out.scripts'"),
        (forging(left_out={"languages": ["en"], "scripts": 1}), "field 'left_out.scripts': expected array, got int"),
        (forging(options=[]), "field 'options': expected object, got array"),
        (forging(trained=1), "field 'trained': expected bool, got int"),
        (forging(examples=True), "field 'examples': expected int, got bool"),
        (forging(examples=10**30), "do not fit together"),
        (forging(more=1), "is damaged: unknown field 'more'"),
        (cut_tensors, "is damaged"),
        (drop_text, "do not fit together"),
        (forging(schema=9), "schema 9"),
        (forging(schema=GONE), "schema None"),
        (forging(fingerprint="another"), "fitted with another encoder"),
        (forging(labels=["fruit", ["vehicle_car"]]), r"field 'labels\[1\]': expected .*, got array"),
        (forging(labels=["fruit", 5]), "the labels are not all strings or all numbers"),
        (forging(labels=[]), "the labels are not all strings or all numbers"),
        (forging(labels=["fruit", " "]), "a label is empty"),
        (forging(labels=["fruit", "fruit"]), "a label is repeated"),
        (forging(temperature=-0.5), "field 'temperature' is -0.5, not a positive number"),
        (forging(temperature=10**400), "is damaged: field 'temperature'"),
        (forging(learner="os.system"), "no learner 'os.system'"),
        (forging(options={"steps": "100"}), "steps='100' does not fit"),
        (spoil_features, "do not fit together"),
        (remove, "no such folder"),
    ],
)
def test_a_damaged_model_is_an_error_not_a_wrong_answer(fitted, toy_encoder, tmp_path, damage, complaint):
    fitted.save(tmp_path / "model")
    damage(tmp_path / "model")
    with pytest.raises(FewtextError, match=complaint):
        load_classifier(tmp_path / "model", encoder=toy_encoder)
