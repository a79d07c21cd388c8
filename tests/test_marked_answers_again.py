"""Answers marked right or wrong, one update after the other, in any table, and of texts that cannot be read."""

import json
import warnings

import pytest
import torch

from fewtext import FewShotClassifier, FewtextError
from fewtext.classify.load import load_classifier
from fewtext.classify.marked_calibration import temperature_by_marks
from fewtext.classify.marking import new_answers, taught
from fewtext.classify.single_label import SingleLabelClassifier
from fewtext.classify.update import add, examples_to_remove, remove
from fewtext.cli.answers import without_clashes
from fewtext.errors import FewtextWarning
from fewtext.files.answer_log import Answer, marked_in, read_feedback

TEXTS = ["toner is low", "paper tray stuck", "printer is offline", "forgot my password", "login fails", "locked out"]
LABELS = ["printer"] * 3 + ["password"] * 3
QUERIES = ["toner and paper", "my login", "canteen menu"]


def of(text, label, right):
    return Answer("", text, label, right)


def table(*rows):
    pandas = pytest.importorskip("pandas")
    return pandas.DataFrame(list(rows), columns=["text", "label", "right"])


@pytest.fixture
def model(toy_encoder):
    return FewShotClassifier(encoder=toy_encoder).fit(TEXTS, LABELS)


def learned(model, log):
    return taught(model, new_answers(model, log).answers)


@pytest.mark.parametrize("labels", [("printer", "password"), ("password", "printer")])
def test_a_text_denied_its_labels_one_by_one_is_forgotten_as_at_once(model, toy_encoder, labels):
    other, denials = ("login tray", "printer", False), [("canteen menu", label, False) for label in labels]
    at_once = FewShotClassifier(encoder=toy_encoder).fit(TEXTS, LABELS)
    with pytest.warns(FewtextWarning, match="2 answers are set aside: no label is left"):
        at_once.update(table(other, *denials))
    model.update(table(other, denials[0]))
    assert len(model.model_.marked_.answers) == 2
    with pytest.warns(FewtextWarning, match="2 answers are set aside: no label is left .*'canteen menu'"):
        model.update(table(denials[1]))
    assert model.model_.marked_.answers == [of(*other)]
    assert (model.predict_proba(QUERIES) == at_once.predict_proba(QUERIES)).all()


def test_a_classifier_that_forgets_its_only_answer_is_as_before(model):
    before = model.predict_proba(QUERIES)
    model.update(table(("canteen menu", "printer", False)))
    assert (model.predict_proba(QUERIES) != before).any()
    with pytest.warns(FewtextWarning, match="no label is left"):
        model.update(table(("canteen menu", "password", False)))
    assert model.model_.marked_ is None
    torch.testing.assert_close(torch.tensor(model.predict_proba(QUERIES)), torch.tensor(before))


def test_the_command_writes_what_it_forgets(run_fewtext, write, tmp_path):
    support = write("s.csv", "\n".join(["text,label", *map(",".join, zip(TEXTS, LABELS, strict=True))]))
    done = run_fewtext("classify", "--support", support, "--query", write("q.txt", "toner\n"), "--encoder", "tfidf",
                       "--save", tmp_path / "m")  # fmt: skip
    assert done.returncode == 0, done.stderr
    for number, label in enumerate(["printer", "password"]):
        row = {"text": "canteen menu", "label": label, "right": False}
        done = run_fewtext("update", "--model", tmp_path / "m", "--feedback", write(f"{number}.jsonl", json.dumps(row)))
        assert done.returncode == 0, done.stderr
    assert b"0 right and 0 wrong answers learned, 1 forgotten: 6 of 2 labels, 3 each\n" in done.stdout
    assert b"1 set aside" in done.stderr and load_classifier(tmp_path / "m").marked_ is None


@pytest.mark.parametrize(
    "marks", [[1, 0, None], [True, False, float("nan")], [1.0, 0.0, float("nan")], ["1.0", "0.0", ""]]
)
def test_marks_are_read_whatever_a_data_frame_makes_of_them(model, marks):
    texts = ["toner tray", "canteen login", "offline menu"]
    model.update(table(*zip(texts, ["printer"] * 3, marks, strict=True)))
    assert model.model_.marked_.answers == [of(texts[0], "printer", True), of(texts[1], "printer", False)]


@pytest.mark.parametrize("kind", ["Int64", "boolean", "float64"])
def test_marks_are_read_from_columns_of_every_kind(model, kind):
    log = table(("toner tray", "printer", 1), ("canteen login", "printer", 0), ("offline menu", "printer", None))
    model.update(log.astype({"right": kind}))
    assert [own.right for own in model.model_.marked_.answers] == [True, False]


def test_a_number_that_is_no_mark_is_refused(write):
    log = write("l.csv", "text,label,right\na,x,1.0\nb,x,0.0\n")
    assert [own.right for own in read_feedback(str(log), False).answers] == [True, False]
    for cell in (0.5, 2.0, "1.5"):
        with pytest.raises(FewtextError, match="in the column 'right'; write true or false"):
            marked_in("row 0", ["a", "x", cell], False)


def test_a_classifier_without_examples_forgets_its_answers(toy_encoder):
    names = {"printer": ["printer toner paper"], "password": ["password login"]}
    bare = SingleLabelClassifier(encoder=toy_encoder, label_names=names).fit()
    told = learned(bare, [of("tray jam", "password", False), of("locked out", "password", True)])
    places = examples_to_remove(told, ["tray jam"])
    assert places == {0}
    less = remove(told, places)
    assert less.marked_.answers == [of("locked out", "password", True)] and less.n_examples_ == 0
    none = remove(told, examples_to_remove(told, ["tray jam", "locked out"]))
    assert none.marked_ is None and none.classes_.tolist() == bare.classes_.tolist()
    assert (none.predict_proba(QUERIES) == bare.predict_proba(QUERIES)).all()


def test_the_last_examples_stay_beside_marked_answers(model):
    told = learned(model.model_, [of("tray jam", "password", False)])
    with pytest.raises(FewtextError, match="no example would be left"):
        examples_to_remove(told, TEXTS)


@pytest.fixture
def half_blind(toy_encoder):
    """The made-up encoder, which cannot read texts with a question mark."""
    read = toy_encoder.encode

    def encode(items, progress=None):
        x = read(items, progress)
        x[["?" in item for item in items]] = torch.nan
        return x

    toy_encoder.encode = encode
    return toy_encoder


def test_answers_whose_texts_cannot_be_read_are_set_aside(half_blind, tmp_path):
    model = SingleLabelClassifier(encoder=half_blind).fit(TEXTS, LABELS)
    log = [of("what?", "printer", True), of("tray jam", "password", False), of("why?", "password", False)]
    found = new_answers(model, log)
    with pytest.warns(FewtextWarning, match=r"2 of 3 items cannot be read and are set aside: what\?.* why\?"):
        told = taught(model, found.answers)
    assert told.marked_.answers == found.learned_by(told) == [log[1]] and len(found.new) == 3
    probabilities = told.predict_proba(QUERIES)
    assert (probabilities == learned(model, [log[1]]).predict_proba(QUERIES)).all() and (probabilities >= 0).all()
    told.save(tmp_path / "m")
    again = load_classifier(tmp_path / "m", encoder=half_blind)
    assert (again.predict_proba(QUERIES) == probabilities).all()
    with pytest.warns(FewtextWarning, match="2 of 2 items cannot be read"):
        assert taught(model, log[::2]).marked_ is None


def test_right_answers_alone_are_warned_of_when_they_are_given_and_not_again(model):
    with pytest.warns(FewtextWarning, match="all answers are marked right") as caught:
        model.update(table(("toner tray", "printer", True)))
    assert len(caught) == 1
    with warnings.catch_warnings():
        warnings.simplefilter("error", FewtextWarning)
        changed = add(model.model_, ["reset it"], ["password"])
        assert len(remove(changed, {6}).marked_.answers) == 1
        model.update(table(("toner tray", "printer", True)))  # known already
        model.update(table(("canteen login", "printer", False)))
    assert len(model.model_.marked_.answers) == 2


def test_labels_are_told_apart_as_they_are_written(toy_encoder):
    numbers = SingleLabelClassifier(encoder=toy_encoder, label_names=False).fit(TEXTS, [1] * 3 + [2] * 3)
    found = new_answers(numbers, [of(" tray jam ", "1", True), of("my login", "1.0", False)])
    assert found.new == [of("tray jam", 1, True), of("my login", 1, False)]
    with pytest.raises(FewtextError, match="3 is not a label of the classifier"):
        new_answers(numbers, [of("tray jam", "3", True)])
    with pytest.raises(FewtextError, match="the labels of the classifier are whole numbers, and here is 'one'"):
        new_answers(numbers, [of("tray jam", "one", True)])


def test_one_kind_of_marks_does_not_calibrate(model):
    log = [of("tray jam", "password", False), of("canteen login", "printer", False)]
    told = learned(model.model_, log)
    logits, rows = told._held_out
    nothing = torch.zeros(0, len(told.classes_))
    alone = temperature_by_marks(logits, told.support_.y[rows], nothing, nothing, told.learner_.temperature)
    assert told.temperature_ == alone


def test_a_learner_that_reads_in_turn_names_what_would_do(model):
    from fewtext.registry import discovery

    model.model_.learner_ = discovery.learner("rl2")(model.model_.learner_.backbone)
    with pytest.raises(FewtextError, match="fit again with a learner that weighs its examples"):
        model.update(table(("tray jam", "password", False)))


def test_what_was_said_of_a_query_is_not_said_of_the_new_answer():
    """A log that is classified anew: its own label and its mark are renamed together."""
    log = ["text", "label", "right"]
    assert without_clashes(log, ["text", "label", "probability"]) == ["query_text", "query_label", "query_right"]
    assert without_clashes(["note", "right"], ["text", "label"]) == ["note", "right"]


def test_a_contradiction_with_an_earlier_update_is_mended_in_the_classifier(model):
    model.update(table(("canteen menu", "printer", False)))
    with pytest.raises(FewtextError, match="but wrong in an earlier update; leave it out, or remove the text first"):
        model.update(table(("canteen menu", "printer", True)))


def test_a_table_of_marks_and_of_decisions_is_refused(model):
    with pytest.raises(FewtextError, match="a column 'right' of marked answers and a column 'decision'"):
        model.update(table(("canteen menu", "printer", True)).assign(decision="password"))


def test_answers_of_a_label_that_goes_are_said_to_go(toy_encoder):
    fitted = SingleLabelClassifier(encoder=toy_encoder).fit([*TEXTS, "no wifi"], [*LABELS, "network"])
    changed = learned(fitted, [of("canteen menu", "network", False), of("my login", "password", True)])
    with pytest.warns(FewtextWarning, match="1 answer is set aside: the label is no longer known: 'canteen menu'"):
        left = remove(changed, examples_to_remove(changed, ["no wifi"], None))
    assert [own.text for own in left.marked_.answers] == ["my login"]
