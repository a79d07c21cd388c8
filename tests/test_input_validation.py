"""Texts and labels as Python callers hand them over: an answer that is right, or one line that says what is wrong."""

from enum import Enum, IntEnum

import numpy as np
import pytest

from fewtext import FewShotClassifier, FewtextError

TEXTS = ["red apple pie", "green apple", "apple juice please", "fast car", "old car wheel", "car race today"]
LABELS = ["fruit"] * 3 + ["vehicle"] * 3
QUERIES = ["an apple", "my car"]
ANSWERS = ["fruit", "vehicle"]


class Frame:
    """A data frame as far as it matters here: two dimensions, and its columns' names are what iterating gives."""

    def __init__(self, columns, rows):
        self.columns, self.shape = columns, (rows, len(columns))

    def __iter__(self):
        return iter(self.columns)


class Kind(str, Enum):  # noqa: UP042 -- the kind whose own str() is the name of its member
    FRUIT = "fruit"
    VEHICLE = "vehicle"


class Number(IntEnum):
    ONE = 1
    TWO = 2


@pytest.fixture
def model(toy_encoder):
    return FewShotClassifier(encoder=toy_encoder)


@pytest.fixture
def fitted(model):
    return model.fit(TEXTS, LABELS)


NO_LISTS = [
    (Frame(["text"], 3), "Frame of 3 x 1 where a list of texts"),
    (np.array([["a"], ["b"]]), "ndarray of 2 x 1 where a list of texts"),
    (np.array("a"), "ndarray of one value"),
    ({"text": ["a"]}, "dict where a list of texts"),
    ({"a", "b"}, "set where .* a set has no order"),
    ("a", "one text where a list"),
    (b"a", "one text where a list"),
    (None, "NoneType where a list"),
    (5, "int where a list"),
    (["a", None], "item 1 has no text: None"),
    (["a", float("nan")], "item 1 has no text: nan"),
    (np.array([b"a"]), "item 0 is bytes, not a text; decode it"),
    ([["a"]], "item 0 is list, not a text"),
]


@pytest.mark.parametrize(("texts", "message"), NO_LISTS)
def test_what_is_no_list_of_texts_is_an_error_at_every_door(fitted, texts, message):
    for ask in (
        fitted.predict,
        fitted.predict_proba,
        lambda x: fitted.score(x, LABELS),
        lambda x: fitted.fit(x, LABELS),
        fitted.classify,
    ):
        with pytest.raises(FewtextError, match=message):
            ask(texts)


@pytest.mark.parametrize("kind", [tuple, iter, np.array, lambda x: np.array(x, dtype=object), lambda x: map(str, x)])
def test_texts_and_labels_may_be_any_ordered_collection_of_them(model, kind):
    assert model.fit(kind(TEXTS), kind(LABELS)).predict(kind(QUERIES)).tolist() == ANSWERS
    assert model.score(kind(TEXTS), kind(LABELS)) == 1.0 and model.model_.support_texts_[:6] == TEXTS


@pytest.mark.parametrize(
    ("labels", "message"),
    [
        (np.full((6, 2), 3), "ndarray of 6 x 2 where a list of labels"),
        ([{"fruit": 1}] * 6, "item 0: a label of type dict"),
        (np.array(LABELS, dtype="S"), "item 0: a label of type bytes; decode it"),
        ({"fruit", "vehicle"}, "set where .* a set has no order"),
        (dict.fromkeys("abcdef"), "dict where a list of labels"),
        ("abcdef", "one label where a list"),
        ([*LABELS[:5], float("nan")], "item 5 has no label"),
        ([True, True, 1, 0, 0, 0], "labels of mixed types"),
    ],
)
def test_what_are_no_labels_is_an_error(model, labels, message):
    with pytest.raises(FewtextError, match=message):
        model.fit(TEXTS, labels)


@pytest.mark.parametrize(
    ("labels", "classes"),
    [
        ([Kind.FRUIT] * 3 + [Kind.VEHICLE] * 3, ["fruit", "vehicle"]),
        (np.array([True] * 3 + [False] * 3), [False, True]),
        (np.array([2, 2, 2, 1, 1, 1], dtype=np.int8), [1, 2]),
        (np.array([2, 2, 2, 1, 1, 1.5]), [1.0, 1.5, 2.0]),
    ],
)
def test_classes_are_plain_values(model, labels, classes):
    model.set_params(label_names=False).fit(TEXTS, labels)
    assert model.classes_.tolist() == classes and [type(c) for c in model.classes_.tolist()] == list(map(type, classes))
    assert model.score(TEXTS, labels) == 1.0


def test_an_enumeration_stands_for_its_value_in_the_name_too(model):
    assert model.fit(TEXTS, [Kind.FRUIT] * 3 + [Kind.VEHICLE] * 3).model_.support_texts_[-2:] == ["fruit", "vehicle"]
    described = {Kind.FRUIT: "apple", Kind.VEHICLE: "car"}
    assert model.set_params(label_names=described).fit(TEXTS, LABELS).model_.support_texts_[-2:] == ["apple", "car"]
    model.set_params(label_names=False).fit(TEXTS, [Number.ONE] * 3 + [Number.TWO] * 3)
    assert model.classes_.tolist() == [1, 2]


def test_columns_of_a_data_frame(model, toy_encoder):
    pd = pytest.importorskip("pandas")
    shuffled = pd.DataFrame({"text": TEXTS, "label": LABELS}, index=[5, 3, 1, 0, 2, 4])
    for dtype in ("object", "string", "category"):
        model.fit(shuffled["text"], shuffled["label"].astype(dtype))
        assert model.predict(pd.Series(QUERIES, index=[1, 0])).tolist() == ANSWERS
        assert model.model_.support_texts_[:6] == TEXTS and model.score(shuffled["text"], shuffled["label"]) == 1.0
    for missing in (pd.Series([1, 1, 1, 2, 2, None], dtype="Int64"), pd.Series([*LABELS[:5], None], dtype="string")):
        with pytest.raises(FewtextError, match="item 5 has no label"):
            model.fit(TEXTS, missing)
    with pytest.raises(FewtextError, match="DataFrame of 6 x 1 where a list of texts is expected; give one column"):
        model.predict(shuffled[["text"]])
    with pytest.raises(FewtextError, match="the same index in two orders.*labels.loc"):
        model.fit(shuffled["text"], shuffled["label"].sort_index())
    with pytest.raises(FewtextError, match="item 1 has no text"):
        model.predict(pd.Series(["a", pd.NA]))
    with pytest.raises(FewtextError, match="DataFrame of 6 x 2 where a list of labels"):
        FewShotClassifier(encoder=toy_encoder, multi_label=False).fit(TEXTS, pd.get_dummies(shuffled["label"]))


@pytest.mark.parametrize(
    ("labels", "message"),
    [
        ([[1, 0, 0]] * 3 + [[0, 1, 1]] * 3, "lists of 0 and 1 where lists of labels are expected"),
        (list(np.eye(2, dtype=int)[[0, 0, 0, 1, 1, 1]]) + [[1, 1]], "lists of 0 and 1"),
        ([{"fruit": 1, "vehicle": 0}] * 6, "item 0: .* where a list of its labels is expected"),
        (np.full((6, 2), 3), "ndarray of 6 x 2 where a list of labels"),
        (None, "NoneType where a list"),
        (LABELS, "item 0: 'fruit' where a list of its labels is expected"),
    ],
)
def test_what_are_no_lists_of_labels_is_an_error(toy_encoder, labels, message):
    with pytest.raises(FewtextError, match=message):
        FewShotClassifier(encoder=toy_encoder, multi_label=True).fit(TEXTS, labels)


def test_sets_of_labels_may_be_any_collection(toy_encoder):
    sets = [{"fruit"}, ("fruit",), ["fruit", "fruit"], np.array(["vehicle"]), frozenset(), [Kind.VEHICLE]]
    model = FewShotClassifier(encoder=toy_encoder, multi_label=True).fit(TEXTS, sets)
    assert model.model_.support_labels()[:6] == [("fruit",)] * 3 + [("vehicle",), (), ("vehicle",)]
