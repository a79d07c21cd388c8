"""The one estimator: labels decide how many a text may have, and every command has its method."""

import subprocess
import sys

import numpy as np
import pytest

import fewtext
from fewtext import FewShotClassifier, FewtextError, FewtextWarning
from fewtext.classify.multi_label import MultiLabelClassifier
from fewtext.classify.single_label import SingleLabelClassifier

COLOURS = "red green old big new fast".split()
TEXTS = [f"{colour} {kind}" for colour in COLOURS for kind in ("apple", "car")]
LABELS = ["fruit", "vehicle"] * 6
OTHER = [f"what {weather} today" for weather in ("rain", "sun", "wind", "snow", "storm", "frost")]


@pytest.fixture
def model(toy_encoder):
    return FewShotClassifier(encoder=toy_encoder)


@pytest.mark.parametrize(
    "labels",
    [
        [[label] for label in LABELS],
        [{label} for label in LABELS],
        (("fruit",), ("vehicle",), *([own] for own in LABELS[2:])),
        (own for own in [[label] for label in LABELS]),
        [np.array([label]) for label in LABELS],
    ],
)
def test_collections_of_labels_are_several_a_text(model, labels):
    model.fit(TEXTS, labels)
    assert isinstance(model.model_, MultiLabelClassifier) and model.predict(TEXTS[:2]) == [("fruit",), ("vehicle",)]


def test_labels_alone_are_one_a_text(model):
    assert isinstance(model.fit(TEXTS, LABELS).model_, SingleLabelClassifier)
    assert isinstance(model.fit(TEXTS, iter(LABELS)).model_, SingleLabelClassifier)
    assert model.predict(TEXTS[:2]).tolist() == ["fruit", "vehicle"]


def test_multi_label_overrides_what_the_labels_look_like(model):
    with pytest.raises(FewtextError, match="item 0: 'fruit' where a list of its labels is expected"):
        model.set_params(multi_label=True).fit(TEXTS, LABELS)
    with pytest.raises(FewtextError, match="item 0: a label of type list"):
        model.set_params(multi_label=False).fit(TEXTS, [[label] for label in LABELS])
    with pytest.raises(FewtextError, match="ndarray of 12 x 2 where a list of labels is expected"):
        model.fit(TEXTS, np.eye(2, dtype=int)[[0, 1] * 6])


def test_a_fit_that_fails_leaves_the_last_one(model):
    model.fit(TEXTS, LABELS)
    with pytest.raises(FewtextError, match="one label only"):
        model.fit(TEXTS, ["fruit"] * 12)
    assert model.classes_.tolist() == ["fruit", "vehicle"]


def test_parameters_of_one_label_a_text_are_refused_with_several(model):
    model.fit(TEXTS, [[label] for label in LABELS])
    for parameter in ({"transductive": True}, {"coverage": 0.5}, {"ood_keep": 0.9}):
        with pytest.raises(FewtextError, match=f"parameter '{next(iter(parameter))}' works with one label a text only"):
            model.classify(TEXTS, **parameter)
    for door in (model.predict, model.predict_proba):
        with pytest.raises(FewtextError, match="parameter 'transductive'"):
            door(TEXTS, transductive=True)


def test_answers_are_those_of_the_command(model, write, run_fewtext):
    model = FewShotClassifier(encoder="tfidf", device="cpu").fit(TEXTS, LABELS)
    support = write("s.csv", "text,label\n" + "\n".join(map(",".join, zip(TEXTS, LABELS, strict=True))))
    queries = ["an old apple", "", "red car", "what rain"]
    command = ["--query", write("q.txt", "\n".join(queries)), "--encoder", "tfidf", "--coverage", "0.5"]
    done = run_fewtext("classify", "--support", support, *command, "--unknown", "?", "--explain", "1", "--top", "2",
                       "--format", "csv")  # fmt: skip
    messages = []
    answers = model.classify(queries, top=2, explain=1, coverage=0.5, unknown="?", on_message=messages.append)
    rows = [line.split(",") for line in done.stdout.decode().splitlines()[1:]]
    assert [[a.text, a.label, str(a.probability if a.ranked else ""), a.guess] for a in answers] == [
        r[:4] for r in rows
    ]
    assert [a.nearest[0].text if a.nearest else "" for a in answers] == [row[6] for row in rows]
    assert "\n".join(messages) in done.stderr.decode() and len(messages) == 1 and "?" in {a.label for a in answers}


def test_out_of_scope_texts_get_their_label(model):
    model.set_params(oos_label="other").fit(TEXTS + OTHER, LABELS + ["other"] * 6)
    assert model.predict(["an old apple", "what hail today"]).tolist() == ["fruit", "other"]
    inside, outside = model.classify(["an old apple", "what hail today"], unknown="?")
    assert (inside.label, outside.label, outside.out_of_scope) == ("fruit", "other", True)
    assert model.score(["what hail today", "red apple"], ["other", "fruit"]) == 1.0
    assert model.classes_.tolist() == ["fruit", "vehicle"]


@pytest.mark.parametrize(("name", "value"), [("top", 0), ("explain", -1), ("top", 1.5), ("explain", None)])
def test_counts_out_of_range_are_errors(model, name, value):
    with pytest.raises(FewtextError, match=f"parameter '{name}' is {value}"):
        model.fit(TEXTS, LABELS).classify(TEXTS, **{name: value})


def test_no_suggestion_at_all_cannot_be_asked_for(model):
    with pytest.raises(FewtextError, match="parameter 'count' is -1; give a whole number, 1 or more"):
        model.fit(TEXTS, LABELS).suggest(TEXTS, -1)


@pytest.mark.parametrize(
    ("parameters", "message"),
    [
        ({"multi_label": "no"}, "parameter 'multi_label' is 'no'; give True, False or None"),
        ({"name_weight": "2"}, "parameter 'name_weight' is '2'"),
        ({"label_names": {"fruit": 3}}, "has 3 as the description of fruit"),
        ({"label_names": {"fruit": ["pear", 3]}}, "item 1 is int, not a text"),
        ({"options": "C=1"}, "parameter 'options' is 'C=1'; give a mapping"),
    ],
)
def test_parameters_of_another_type_are_named(model, parameters, message):
    with pytest.raises(FewtextError, match=message):
        model.set_params(**parameters).fit(TEXTS, LABELS)


def test_a_weight_that_is_no_number_is_named(model):
    with pytest.raises(FewtextError, match="parameter 'sample_weight' is not of numbers"):
        model.fit(TEXTS, LABELS).score(TEXTS, LABELS, ["heavy"] * len(TEXTS))
    with pytest.raises(FewtextError, match="item 0: a label of type list; use strings or numbers: a text has one"):
        model.score(TEXTS, [[label] for label in LABELS])


@pytest.mark.parametrize("kind", ["Int64", "boolean", "object"])
def test_a_data_frame_of_nullable_types_is_an_indicator_matrix(model, kind):
    pandas = pytest.importorskip("pandas")
    frame = pandas.DataFrame({name: [own == name for own in LABELS] for name in ("fruit", "vehicle")}).astype(kind)
    assert model.fit(TEXTS, frame).predict(TEXTS[:2]).tolist() == [[1, 0], [0, 1]]
    frame = frame.astype(object)
    frame.iloc[0, 0] = None
    with pytest.raises(FewtextError, match="where a list of labels is expected"):
        model.fit(TEXTS, frame)


def test_the_report_is_of_the_examples(model):
    wrong = ["vehicle", *LABELS[1:]]
    report = model.set_params(encoder="tfidf", label_names=False).fit(TEXTS * 2, wrong * 2).check()
    assert report.examples == 24 and 0 < report.expected <= 1 and len(report.duplicates) == 12
    assert {"suspected_errors", "detection_rate", "confused_pairs", "few"} <= set(report.as_json())
    assert report.measure == "accuracy" and report.expected == report.as_json()["accuracy"]["expected"]["value"]
    several = model.fit(TEXTS, [[label] for label in LABELS]).check()
    assert several.measure == "F1" and several.as_json()["few"] == []


def test_suggestions_are_places_in_the_pool(model):
    pool = ["red apple", "a lake", "a boat on a lake", "fast car"]
    (first,) = model.fit(TEXTS, LABELS).suggest(pool, 1)
    assert "lake" in pool[first.place] and first.label in LABELS


def test_adding_and_removing_are_fitting_anew(model, toy_encoder):
    model.fit(TEXTS[:8], LABELS[:8])
    with pytest.warns(FewtextWarning, match="1 example is in the classifier already"):
        assert model.add(TEXTS[7:], LABELS[7:]) is model
    whole = FewShotClassifier(encoder=toy_encoder).fit(TEXTS, LABELS)
    assert (model.predict_proba(OTHER) == whole.predict_proba(OTHER)).all()
    with pytest.warns(FewtextWarning, match="no example 'never seen'"):
        model.remove([" red apple", "never seen"])
    assert (model.predict_proba(OTHER) == whole.fit(TEXTS[1:], LABELS[1:]).predict_proba(OTHER)).all()
    with pytest.raises(FewtextError, match="no example 'red car' of label fruit"):
        model.remove(["red car"], ["fruit"])
    with pytest.warns(FewtextWarning), pytest.raises(FewtextError, match="no new example to add"):
        model.add(TEXTS[1:2], LABELS[1:2])
    with pytest.raises(FewtextError, match="no example would be left"):
        model.remove(TEXTS[1:])
    with pytest.raises(FewtextError, match="2 texts but 1 labels"):
        model.remove(TEXTS[1:3], ["fruit"])


def test_sets_of_labels_are_added_and_removed_in_any_order(model):
    model.fit(TEXTS, [[label] for label in LABELS]).add(["apple car"], [["vehicle", "fruit"]])
    assert model.model_.n_examples_ == 13
    with pytest.raises(FewtextError, match="no example 'apple car' of label fruit"):
        model.remove(["apple car"], [["fruit"]])
    assert model.remove(["apple car"], [["fruit", "vehicle"]]).model_.n_examples_ == 12


def test_a_label_without_a_column_cannot_be_added_to_a_matrix(model):
    model.set_params(label_names=False).fit(TEXTS, np.eye(2, dtype=int)[[0, 1] * 6])
    with pytest.raises(FewtextError, match="labels without a column in the indicator matrix: 7"):
        model.add(["a lake", "a sea"], [[7], [7, 1]])
    assert model.add(["car apple"], np.array([[1, 1]])).predict(["car apple"]).shape == (1, 2)


@pytest.mark.parametrize("labels", [LABELS, [[label] for label in LABELS]])
def test_load_takes_either_kind(model, labels, toy_encoder, tmp_path):
    model.fit(TEXTS, labels).save(tmp_path / "model")
    for load in (fewtext.load, FewShotClassifier.load):
        again = load(tmp_path / "model", encoder=toy_encoder)
        assert type(again.model_) is type(model.model_) and isinstance(again, FewShotClassifier)
        assert (again.predict_proba(OTHER) == model.predict_proba(OTHER)).all() and again.score(TEXTS, labels) == 1.0
        assert again.multi_label == isinstance(model.model_, MultiLabelClassifier)


def test_the_package_shows_its_doors_and_imports_nothing_heavy():
    assert {"FewShotClassifier", "load", "FewtextError", "NotFittedError", "api", "errors", "testing"} <= set(
        dir(fewtext)
    )
    assert all(getattr(fewtext, name) is not None for name in dir(fewtext))
    with pytest.raises(AttributeError, match="has no attribute 'nonsense'"):
        fewtext.nonsense  # noqa: B018
    code = "import fewtext, sys; dir(fewtext); print({'torch', 'numpy', 'sklearn', 'pluggy'} & set(sys.modules))"
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True).stdout == "set()\n"


def test_without_scikit_learn_the_error_is_of_the_same_kind():
    code = (
        "import sys; sys.modules['sklearn'] = None\n"
        "import fewtext\n"
        "try: fewtext.FewShotClassifier().predict(['a'])\n"
        "except ValueError as error: print(isinstance(error, (fewtext.NotFittedError)), error)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert done.stdout == "True the classifier has not been fitted; call fit first\n", done.stderr
