"""Kept models: folders of every schema so far answer as they did when they were written."""

import json
import shutil

import numpy as np
import pytest
from kept_models import FOLDER, QUERIES, TEXTS, Letters, answers, folders, models

import fewtext
from fewtext import FewtextError
from fewtext.classify.migrations import FIRST, MIGRATIONS, SCHEMA
from fewtext.files.json_files import read_json, write_json


def name_of(folder):
    return f"{folder.parent.name}-{folder.name}"


@pytest.mark.parametrize("folder", folders(), ids=name_of)
def test_a_kept_model_answers_as_it_did(folder):
    model = fewtext.load(folder, encoder=Letters())
    then, now = json.loads(folder.with_suffix(".json").read_text()), answers(model)
    assert now["labels"] == then["labels"]
    # Its head is solved again, in a limited number of steps, so that answers agree to about two digits.
    np.testing.assert_allclose(now["probabilities"], then["probabilities"], atol=1e-2)


@pytest.mark.parametrize("folder", folders(), ids=name_of)
def test_a_kept_model_saves_and_grows(folder, tmp_path):
    model = fewtext.load(folder, encoder=Letters())
    model.save(tmp_path / "again")
    content = read_json(tmp_path / "again" / "fewtext.json")
    assert content["schema"] == SCHEMA and content["fewtext"] == fewtext.__version__
    again = fewtext.load(tmp_path / "again", encoder=Letters())
    assert answers(again) == answers(model) and again.model_.made_ == model.model_.made_
    again.add(["blue apple"], model.predict(TEXTS[:1]))
    assert again.model_.n_examples_ == model.model_.n_examples_ + 1
    assert again.model_.made_ is None, "it is another classifier, made on another day"


def test_every_schema_is_kept_and_has_a_migration():
    kept = {int(path.name.removeprefix("schema-")) for path in FOLDER.iterdir() if path.is_dir()}
    assert kept == set(range(FIRST, SCHEMA + 1)), "run tests/kept_models.py after a change of the schema"
    assert set(MIGRATIONS) == set(range(FIRST, SCHEMA))
    assert {path.name for path in (FOLDER / f"schema-{SCHEMA}").iterdir() if path.is_dir()} == set(models())


@pytest.mark.parametrize(
    ("schema", "message"),
    [
        (SCHEMA + 1, f"has schema {SCHEMA + 1}, and this fewtext reads up to {SCHEMA}; update fewtext: fewtext 9.9.9"),
        (FIRST - 1, f"has schema {FIRST - 1}, not {SCHEMA}; use the fewtext that wrote it"),
        (True, "has schema True"),
    ],
)
def test_a_schema_that_cannot_be_read_says_what_to_do(schema, message, tmp_path):
    shutil.copytree(folders()[-1], tmp_path / "model")
    content = read_json(tmp_path / "model" / "fewtext.json")
    write_json(tmp_path / "model" / "fewtext.json", {**content, "schema": schema, "fewtext": "9.9.9"})
    with pytest.raises(FewtextError, match="fewtext.json: (is damaged|has schema)"):
        fewtext.load(tmp_path / "model", encoder=Letters())
    from fewtext.classify.saved_model import Settings
    from fewtext.files.json_files import read_settings_file

    with pytest.raises(FewtextError, match=message):
        read_settings_file(tmp_path / "model" / "fewtext.json", SCHEMA, Settings, migrations=MIGRATIONS)


def test_a_folder_keeps_the_names_of_columns_and_the_matrix_form():
    model, again = models()["matrix"], fewtext.load(FOLDER / f"schema-{SCHEMA}" / "matrix", encoder=Letters())
    assert again.text_column == "Body" and again.label_column == ["fruit", "water", "vehicle"]
    assert again.classes_.tolist() == [0, 1, 2] and again.predict(QUERIES).shape == (4, 3)
    assert (again.predict(QUERIES) == model.predict(QUERIES)).all()
    assert again.score(TEXTS, np.array([[1, 0, 0], [0, 0, 1]] * 6)) == model.score(TEXTS, [[0], [2]] * 6)


def test_provenance_is_recorded_when_a_fit_is_saved(tmp_path):
    model = models()["one"]
    model.save(tmp_path / "model")
    made = fewtext.load(tmp_path / "model", encoder=Letters()).model_.made_
    assert made.versions["fewtext"] == fewtext.__version__ and {"torch", "transformers"} <= set(made.versions)
    assert len(made.date) == 10 and made.expected.measure == "accuracy" and made.expected.examples == len(TEXTS)
    probabilities, rows = model.model_.held_out()
    right = probabilities.argmax(-1) == model.model_.support_.y[rows]
    assert made.expected.value == pytest.approx(right.double().mean().item())
    models()["several"].save(tmp_path / "several")
    assert fewtext.load(tmp_path / "several", encoder=Letters()).model_.made_.expected.measure == "F1"
