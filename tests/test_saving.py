"""Saved models: they answer as before, replace nothing that is not theirs, and damaged ones are errors."""

import json
import shutil

import numpy as np
import pytest
import torch
from test_classifier import LABELS, TEXTS

from fewtext import FewShotClassifier, FewtextError


@pytest.fixture
def fitted(toy_encoder):
    return FewShotClassifier(encoder=toy_encoder).fit(TEXTS, LABELS)


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
        (replacing('"schema": 2', '"schema": 9'), "schema 9"),
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
