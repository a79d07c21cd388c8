"""Label names become examples, or are recognised as names without words."""

import pytest

from fewtext import FewtextWarning
from fewtext.classify.label_names import name_examples, words
from fewtext.classify.load import load_classifier
from fewtext.classify.single_label import SingleLabelClassifier
from fewtext.classify.update import add, remove


@pytest.mark.parametrize(
    ("label", "expected"),
    [
        ("card_arrival", "card arrival"),
        ("bookFlight", "book flight"),
        ("banking/cards/lost", "banking cards lost"),
        ("HTTPError", "HTTP error"),
        ("PIN_blocked", "PIN blocked"),
        ("e-mail", "e mail"),
        ("lost e-mail", "lost e-mail"),
        ("Refund_not_showing_up", "Refund not showing up"),
        ("top10_songs", "top10 songs"),
        ("no", "no"),
        ("天气", "天气"),
        ("雨", "雨"),
        ("größe", "größe"),
    ],
)
def test_a_name_becomes_words(label, expected):
    assert words(label) == expected


@pytest.mark.parametrize(
    "label", ["0", "1", "12", "-1", "3.5", "LABEL_3", "label", "class 7", "C12", "A", "cat_0", "__", ""]
)
def test_a_name_without_words_is_recognised(label):
    assert words(label) == ""


def test_a_description_takes_the_place_of_the_name():
    found = name_examples(["0", "card_arrival", "lost"], {"0": ["money is missing", "funds gone"], "lost": []})
    assert found.texts == ["money is missing", "funds gone", "card arrival", "lost"]
    assert found.labels == ["0", "0", "card_arrival", "lost"] and found.silent == []
    assert name_examples(["0", "x_y"], {}).silent == ["0", "x_y"]


WORDS = {
    "fruit": "apple pear plum cherry grape melon fig lime".split(),
    "vehicle": "car engine wheel truck bus train tram bike".split(),
}
FITTING = {label: " ".join(words) for label, words in WORDS.items()}
MISLEADING = {"fruit": FITTING["vehicle"], "vehicle": FITTING["fruit"]}
COLOURS = "red old this big my green new that small our".split()
FEW = [f"{COLOURS[i % 10]} {COLOURS[i % 7]} {COLOURS[i % 3]} {own[i % 8]}" for own in WORDS.values() for i in range(24)]
KINDS = ["fruit"] * 24 + ["vehicle"] * 24


def test_names_that_do_harm_are_left_out_where_the_support_can_tell(toy_encoder, tmp_path):
    queries = ["a plum", "two wheel"]
    with pytest.warns(FewtextWarning, match="label names do not fit the examples and are not used"):
        model = SingleLabelClassifier(encoder=toy_encoder, label_names=MISLEADING, name_weight=5.0).fit(FEW, KINDS)
    plain = SingleLabelClassifier(encoder=toy_encoder, label_names=False).fit(FEW, KINDS)
    assert model.predict_proba(queries) == pytest.approx(plain.predict_proba(queries), abs=0.01)
    assert model.support_.weight.tolist() == [1.0] * 48 + [0.0] * 2
    model.save(tmp_path / "model")
    loaded = load_classifier(tmp_path / "model", encoder=toy_encoder)
    assert loaded.name_weight == 5.0 and (loaded.predict_proba(queries) == model.predict_proba(queries)).all()
    with pytest.warns(FewtextWarning, match="do not fit"):
        again = add(remove(loaded, {0}), FEW[:1], KINDS[:1])
    assert again.support_.weight.tolist() == model.support_.weight.tolist(), "judged anew"


def test_names_that_fit_and_names_of_labels_without_examples_stay(toy_encoder):
    assert SingleLabelClassifier(encoder=toy_encoder, label_names=FITTING).fit(FEW, KINDS).support_.weight.min() == 1
    bare = {**MISLEADING, "weather": "rain sun snow"}
    with pytest.warns(FewtextWarning, match="do not fit"):
        model = SingleLabelClassifier(encoder=toy_encoder, label_names=bare, name_weight=5.0).fit(FEW, KINDS)
    assert model.support_.weight[-3:].tolist() == [0.0, 0.0, 5.0], "fruit, vehicle, weather"
    assert model.predict(["rain and snow"]).tolist() == ["weather"]
