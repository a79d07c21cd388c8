"""Labels that look the same are one class; those that look like typing errors are named in a warning."""

import json
import time
import warnings

import pytest

from fewtext import FewShotClassifier, FewtextError, FewtextWarning
from fewtext.contracts.labels import normal_form, one_spelling_each, spelled_as

TEXTS = ["red apple pie", "green apple", "apple juice please", "fast car", "old car wheel", "car race today"]
COMPOSED, DECOMPOSED = "caf\u00e9", "cafe\u0301"


@pytest.mark.parametrize(
    "label",
    ["IT help", "IT\u00a0help", " IT  help ", "\u200bIT help", "IT\u2009help\ufeff", "IT\u00ad help", "IT\thelp"],
)
def test_spaces_and_invisible_characters_make_no_other_label(label):
    assert normal_form(label) == "IT help"


@pytest.mark.parametrize(
    "label", ["\U0001f468\u200d\U0001f469", "\u0645\u06cc\u200c\u062e\u0648\u0627\u0647\u0645", "A", "", 1, True, 1.5]
)
def test_what_can_be_seen_stays(label):
    assert normal_form(label) == label and type(normal_form(label)) is type(label)


def test_the_most_frequent_spelling_is_the_class():
    with pytest.warns(FewtextWarning, match=r"are read as one: cafe\u0301 \('caf\\xe9' 1, 'cafe\\u0301' 2\)"):
        assert one_spelling_each({COMPOSED: 1, DECOMPOSED: 2, "tea": 3}) == {
            COMPOSED: DECOMPOSED,
            DECOMPOSED: DECOMPOSED,
            "tea": "tea",
        }


def test_among_equals_the_plain_spelling_is_the_class():
    with pytest.warns(FewtextWarning, match="look the same"):
        assert set(one_spelling_each({DECOMPOSED: 1, COMPOSED: 1, "caf\u00e9\u200b": 1}).values()) == {COMPOSED}


@pytest.mark.parametrize(
    ("counts", "message"),
    [
        ({"Refund": 5, "refund": 3}, r"refund \(3\) and Refund \(5\)"),
        ({"card_lost": 2, "card-lost": 2, "Card lost": 3}, r"card_lost \(2\) and card-lost \(2\) and Card lost \(3\)"),
        ({"Shiping": 1, "Shipping": 8}, r"Shiping \(1\) and Shipping \(8\)"),
        ({"Shippign": 1, "Shipping": 2}, r"Shippign \(1\) and Shipping \(2\)"),
        ({"shopping": 4, "shipping": 40}, r"shopping \(4\) and shipping \(40\)"),
        ({"card_arival": 0, "card_arrival": 3}, r"card_arival \(0\) and card_arrival \(3\)"),
    ],
)
def test_likely_typing_errors_are_named_and_kept_apart(counts, message):
    with pytest.warns(FewtextWarning, match=f"differ little are kept apart.*: {message}; spell them alike"):
        assert set(one_spelling_each(counts).values()) == set(counts)


@pytest.mark.parametrize(
    "counts",
    [
        {"shopping": 5, "shipping": 6},  # neither is rare
        {"topic_1": 1, "topic_2": 9, "topic 12": 4},
        {"label_a": 1, "label_b": 9},
        {"pay": 1, "say": 9, "lost": 1, "cost": 9},
        {"A+": 1, "A-": 9, "A": 20, "-1": 1, "1": 9},
        {1: 1, 2: 9, 12: 30},
        {"billing": 1, "selling": 9},
    ],
)
def test_labels_that_differ_are_not_doubted(counts):
    assert one_spelling_each(counts) == {label: label for label in counts}


def test_five_thousand_labels_are_compared_in_a_moment():
    words = ["transfer", "payment", "arrival", "address", "password", "printer", "projector", "vacation"]
    counts = {f"{a} {b} {c}": 3 for a in words for b in words for c in range(80)} | {"transfr payment 7": 1}
    start = time.process_time()
    with pytest.warns(FewtextWarning, match=r": transfr payment 7 \(1\) and transfer payment 7 \(3\);"):
        assert len(one_spelling_each(counts)) == 5121
    assert time.process_time() - start < 5, "pair by pair it would be minutes"


def test_spellings_are_joined_with_one_label_and_with_several(toy_encoder):
    labels = [COMPOSED, DECOMPOSED, COMPOSED, "IT help", "IT\u00a0help", "IT help"]
    with pytest.warns(FewtextWarning, match="look the same are read as one: caf\u00e9 .*; IT help"):
        one = FewShotClassifier(encoder=toy_encoder).fit(TEXTS, labels)
    with pytest.warns(FewtextWarning, match="look the same"):
        several = FewShotClassifier(encoder=toy_encoder).fit(TEXTS, [[label, label + " "] for label in labels])
    assert one.classes_.tolist() == several.classes_.tolist() == ["IT help", COMPOSED]
    assert one.score(TEXTS, labels) == 1.0
    assert several.model_.support_labels()[:2] == [(COMPOSED,)] * 2


def test_a_description_belongs_to_its_label_in_every_spelling(toy_encoder):
    with pytest.warns(FewtextWarning, match="look the same"):
        model = FewShotClassifier(encoder=toy_encoder, label_names={DECOMPOSED: "coffee", COMPOSED + " ": ["a shop"]})
        model.fit(TEXTS, [COMPOSED] * 3 + ["car"] * 3)
    assert model.classes_.tolist() == [COMPOSED, "car"] and model.model_.support_texts_[-3:] == [
        "coffee",
        "a shop",
        "car",
    ]


def test_the_out_of_scope_label_is_known_in_every_spelling(toy_encoder):
    texts = [*TEXTS, *TEXTS, *(f"something else {n}" for n in range(12))]
    labels = (["fruit"] * 3 + ["car"] * 3) * 2 + ["out\u00a0of scope"] * 12
    model = FewShotClassifier(encoder=toy_encoder, oos_label="out of scope").fit(texts, labels)
    assert model.classes_.tolist() == ["car", "fruit"] and len(model.model_.out_of_scope_texts_) == 12


def test_a_score_of_labels_of_another_type_is_an_error(toy_encoder):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", FewtextWarning)
        model = FewShotClassifier(encoder=toy_encoder).fit(TEXTS, [1, 1, 1, 2, 2, 2])
    assert model.score(TEXTS, [1, 1, 1, 2, 2, 7]) == pytest.approx(5 / 6)
    with pytest.raises(FewtextError, match="these labels are strings, and those of the classifier are numbers"):
        model.score(TEXTS, list("111222"))
    with pytest.raises(FewtextError, match="6 texts but 1 labels"):
        model.score(TEXTS, [1])
    with pytest.raises(FewtextError, match="no texts to score"):
        model.score([], [])
    with pytest.raises(FewtextError, match="are booleans"):
        spelled_as([0, 1], [True])


def test_files_agree_on_spellings(run_fewtext, write, tmp_path):
    lines = ["red apple", "green apple", "apple juice"], ["fast car", "old car", "car race"]

    def table(name, *labels):
        rows = [f"{text},{label}" for texts, label in zip(lines, labels, strict=False) for text in texts]
        return write(name, "text,label\n" + "\n".join(rows) + "\n")

    support, other = table("s.csv", COMPOSED, "IT help"), table("t.csv", DECOMPOSED, "IT\u00a0help")
    done = run_fewtext("score", "--support", support, "--test", other, "--encoder", "tfidf", "--format", "json")
    assert json.loads(done.stdout)["accuracy"] == 1.0 and b"without an example" not in done.stderr
    model = tmp_path / "m"
    run_fewtext("classify", "--support", support, "--query", support, "--encoder", "tfidf", "--save", model)
    done = run_fewtext("add", other, "--model", model)
    assert (
        done.returncode == 1
        and b"6 examples are in the classifier already" in done.stderr
        and b"no new example to add" in done.stderr
    )
    done = run_fewtext("remove", write("one.csv", f"text,label\nred apple,{DECOMPOSED}\n"), "--model", model)
    assert done.stdout == b"1 example removed: 5 of 2 labels, 2 to 3 each\n", done.stderr


def test_a_corpus_has_one_spelling_in_all_of_its_splits(tmp_path):
    from fewtext.datasets.open import open_corpus

    (tmp_path / "train.csv").write_text(f"text,label\na b,{COMPOSED}\nc d,{DECOMPOSED}\n", encoding="utf-8")
    (tmp_path / "test.csv").write_text(f"text,label\ne f,{DECOMPOSED}\n", encoding="utf-8")
    corpus = open_corpus(str(tmp_path))
    with pytest.warns(FewtextWarning, match="/train: spellings that look the same are read as one label: caf"):
        assert corpus.load("train").labels == [COMPOSED] * 2
    assert corpus.load("test").labels == [COMPOSED]
