"""Answers marked right or wrong: a classifier learns from both, keeps both, and says what does not fit."""

import hashlib
import json

import pytest
import torch

from fewtext import FewShotClassifier, FewtextError
from fewtext.classify.complementary import weights
from fewtext.classify.description import describe
from fewtext.classify.left_out import without_texts
from fewtext.classify.load import load_classifier
from fewtext.classify.marked_answers import still_given
from fewtext.classify.marked_calibration import temperature_by_marks
from fewtext.classify.marking import new_answers, taught
from fewtext.classify.model_folder import read_model, write_model
from fewtext.classify.multi_label import MultiLabelClassifier
from fewtext.classify.single_label import SingleLabelClassifier
from fewtext.classify.update import add, remove
from fewtext.errors import FewtextWarning
from fewtext.files.answer_log import Answer, read_feedback
from fewtext.files.tensors import read_tensors, write_tensors

TEXTS = [f"{which} {kind}" for kind in ("apple", "car", "boat") for which in ("red", "old", "this", "big")]
LABELS = [label for label in ("fruit", "vehicle", "on_water") for _ in range(4)]
QUERIES = ["an apple", "my car", "neither of them", "a green lorry", "fig"]


def of(text, label, right, where=""):
    return Answer(where, text, label, right)


LOG = [of("green fig", "fruit", True), of("green lorry", "fruit", False), of("green lorry", "on_water", False),
       of("dark fig", "vehicle", False)]  # fmt: skip


@pytest.fixture
def model(toy_encoder):
    return SingleLabelClassifier(encoder=toy_encoder).fit(TEXTS, LABELS)


def learned(model, log):
    return taught(model, new_answers(model, log).answers)


def same(one, other):
    return torch.equal(one.marked_.weight, other.marked_.weight) and one.temperature_ == other.temperature_ and (
        one.predict_proba(QUERIES) == other.predict_proba(QUERIES)
    ).all()  # fmt: skip


def test_a_right_answer_is_an_example_and_wrong_ones_leave_one_label(model, toy_encoder):
    log = [of("green fig", "fruit", True), *LOG[1:3]]
    whole = SingleLabelClassifier(encoder=toy_encoder, label_names=False)
    whole.fit([*TEXTS, "green fig", "green lorry"], [*LABELS, "fruit", "vehicle"])
    bare = SingleLabelClassifier(encoder=toy_encoder, label_names=False).fit(TEXTS, LABELS)
    told = learned(bare, log)
    torch.testing.assert_close(told.marked_.weight, torch.tensor([[1.0, 0, 0], [0, 0, 1.0]]), atol=1e-3, rtol=0)
    ours, theirs = (own.classifier_(toy_encoder.encode(QUERIES)).double() for own in (told, whole))
    torch.testing.assert_close(ours, theirs, atol=2e-2, rtol=0)  # L-BFGS ends a few steps from the solution
    assert told.n_examples_ == 12 and told.predict(["a lorry"]) == ["vehicle"]


def test_a_denied_label_loses_and_the_others_gain(model):
    before, after = (own.predict_proba(["dark fig"])[0] for own in (model, learned(model, LOG[3:])))
    vehicle = model.classes_.tolist().index("vehicle")
    assert after[vehicle] < before[vehicle] and after[vehicle] == after.min()


def test_an_uncertain_text_counts_less_than_a_certain_one(model, toy_encoder):
    marks = torch.tensor([[0.0, 0, -1.0], [0, 0, -1.0], [0, -1.0, -1.0]])
    x = toy_encoder.encode(["red old this big", "red apple old apple", "unheard of"])
    found = weights(model.learner_, model.support_, x, marks, 0.4)
    total = found.sum(1)
    assert (found[:, 2] == 0).all() and (found >= 0).all() and total[2] == 1
    assert 0.5 - 1e-6 <= total[0] < total[1] <= 1  # of two labels that are left, the more likely one has at least half


def test_two_updates_are_one_and_the_order_of_add_does_not_matter(model, tmp_path):
    once = learned(model, LOG)
    twice = learned(learned(model, LOG[:2]), LOG[2:])
    assert same(once, twice)
    more = ["small plum"], ["fruit"]
    assert same(add(once, *more), learned(add(model, *more), LOG))


def test_the_folder_keeps_what_was_said(model, toy_encoder, tmp_path):
    told = learned(model, LOG)
    told.save(tmp_path / "m")
    again = load_classifier(tmp_path / "m", encoder=toy_encoder)
    assert same(told, again) and again.marked_.answers == told.marked_.answers
    rows = [json.loads(line) for line in (tmp_path / "m" / "support.jsonl").read_text().splitlines()]
    assert rows[-1] == {"text": "dark fig", "answer": "vehicle", "right": False}, "no row to take for an example"
    assert same(learned(again, [of("dark fig", "on_water", False)]), learned(told, [of("dark fig", "on_water", False)]))
    (tmp_path / "m" / "head.safetensors").unlink()
    anew = load_classifier(tmp_path / "m", encoder=toy_encoder)
    assert (anew.predict_proba(QUERIES) == told.predict_proba(QUERIES)).all()
    found = describe(tmp_path / "m")
    assert (found.right_answers, found.wrong_answers, found.examples) == (1, 3, 12)


def test_the_accuracy_to_expect_is_of_examples_alone(model):
    told = learned(model, [of(f"easy apple {n}", "fruit", n != "h") for n in "abcdefgh"])
    assert told.held_out()[1].tolist() == model.held_out()[1].tolist() and told._expected().examples == 12


@pytest.mark.parametrize(
    ("log", "message"),
    [
        ([of("x", "fruit", True, "l:1"), of("x ", "fruit", False, "l:2")], "l:2: fruit is wrong for 'x', but .* l:1"),
        ([of("x", "fruit", True, "l:1"), of("x", "vehicle", True, "l:2")], "l:2: .* but fruit is right in l:1, and a"),
        ([of("x", "fruits", False, "l:1")], "l:1: fruits is not a label of the classifier; did you mean fruit?"),
        ([of("red apple", "fruit", False, "l:1")], "l:1: fruit is wrong for 'red apple', but the text is an"),
        ([of("red apple", "vehicle", True, "l:1")], "l:1: vehicle is right for 'red apple', but the text is"),
    ],
)  # fmt: skip
def test_what_does_not_fit_is_refused_with_its_place(model, log, message):
    with pytest.raises(FewtextError, match=message):
        new_answers(model, log)


def test_an_answer_that_contradicts_an_earlier_update_is_refused(model):
    with pytest.raises(FewtextError, match="l:9: fruit is wrong for 'green fig', but right in an earlier update"):
        new_answers(learned(model, LOG), [of("green fig", "fruit", False, "l:9")])


def test_what_is_known_is_not_learned_again(model):
    told = learned(model, LOG)
    again = new_answers(told, [*LOG, of("red apple", "fruit", True), of("red apple", "vehicle", False)])
    assert not again.new and again.known == 6 and again.answers == list(told.marked_.answers)


def test_a_text_without_any_label_left_is_set_aside(model):
    nowhere = [of("moon", label, False, f"l:{n}") for n, label in enumerate(("fruit", "vehicle", "on_water"), 1)]
    with pytest.warns(FewtextWarning, match="3 answers are set aside: no label is left .* out of scope: l:1 'moon'"):
        found = new_answers(model, [*nowhere, LOG[3]])
    assert found.new == LOG[3:] and found.set_aside == 3


def test_answers_of_the_out_of_scope_label_are_set_aside(toy_encoder):
    outside = [f"bird {place}" for place in ("up", "down", "here", "there", "away", "home")]
    model = SingleLabelClassifier(encoder=toy_encoder, oos_label="none").fit([*TEXTS, *outside], LABELS + ["none"] * 6)
    with pytest.warns(FewtextWarning, match="1 answer is set aside: is the label of out-of-scope texts"):
        found = new_answers(model, [of("a kite", "none", False), LOG[3]])
    assert found.new == LOG[3:]
    assert learned(model, LOG).predict(["bird up"]) == ["none"]


def test_examples_overrule_and_removed_texts_and_labels_are_forgotten(model):
    told = learned(model, LOG)
    with pytest.warns(FewtextWarning, match="1 marked answer is forgotten, .* now an example .* 'green lorry'"):
        changed = add(told, ["green lorry"], ["on_water"])
    assert {own.text for own in changed.marked_.answers} == {"green fig", "dark fig"}
    without = remove(told, {12, 15})
    assert [own.text for own in without.marked_.answers] == ["green lorry"] * 2 and without.n_examples_ == 12
    with pytest.warns(FewtextWarning, match="the label is no longer known: 'green lorry'"):
        labels = remove(told, range(8, 12))
    assert [own.label for own in labels.marked_.answers] == ["fruit", "fruit", "vehicle"]
    assert remove(told, {12, 13, 14, 15}).marked_ is None


@pytest.mark.parametrize(("options", "message"), [({"learner": "mann"}, "reads its examples in turn")])
def test_learners_that_cannot_weigh_say_so(toy_encoder, model, options, message):
    from fewtext.registry import discovery

    model.learner_ = discovery.learner(options["learner"])(model.learner_.backbone)
    with pytest.raises(FewtextError, match=message):
        new_answers(model, LOG)


def test_a_fine_tuned_encoder_is_refused(model):
    model.tuner = "contrastive"
    with pytest.raises(FewtextError, match="here the encoder is fine-tuned; add the texts with their right labels"):
        new_answers(model, LOG)


@pytest.mark.parametrize("learner", ["protonet", "ridge", "lda"])
def test_other_learners_that_weigh_learn_as_well(toy_encoder, learner):
    model = SingleLabelClassifier(encoder=toy_encoder, learner=learner).fit(TEXTS, LABELS)
    assert learned(model, LOG).predict(["green lorry"]) == ["vehicle"]


SETS = [(label, "red") if "red" in text else (label,) for text, label in zip(TEXTS, LABELS, strict=True)]


@pytest.mark.parametrize("learner", ["logistic", "lda", "ridge", "protonet"])
def test_of_several_labels_a_wrong_one_is_a_plain_negative(toy_encoder, learner, tmp_path):
    model = MultiLabelClassifier(encoder=toy_encoder, learner=learner, label_names=False).fit(TEXTS, SETS)
    told = learned(model, [of("red sky", "red", False), of("small sky", "red", False)])
    red, x = model.classes_.tolist().index("red"), toy_encoder.encode(QUERIES)
    others = [label for label in range(4) if label != red]
    ours, before = told.classifier_(x).double(), model.classifier_(x).double()
    torch.testing.assert_close(ours[:, others], before[:, others], atol=1e-3, rtol=1e-3)  # solved beside other labels
    whole = MultiLabelClassifier(encoder=toy_encoder, learner=learner, label_names=False)
    whole.fit([*TEXTS, "red sky", "small sky"], [*SETS, (), ()])
    torch.testing.assert_close(ours[:, red], whole.classifier_(x).double()[:, red], atol=1e-2, rtol=1e-2)
    told.save(tmp_path / "m")
    again = load_classifier(tmp_path / "m", encoder=toy_encoder)
    assert (again.predict_proba(QUERIES) == told.predict_proba(QUERIES)).all()
    assert learned(again, [of("red sky", "fruit", True)]).marked_.weight.tolist()[0][0] == 1


def test_python_takes_a_table(toy_encoder):
    pandas = pytest.importorskip("pandas")
    model = FewShotClassifier(encoder=toy_encoder).fit(TEXTS, LABELS)
    table = pandas.DataFrame({"text": ["green lorry"] * 2 + ["x"], "label": ["fruit", "on_water", "fruit"],
                              "right": [False, False, None]})  # fmt: skip
    assert model.update(table) is model and model.predict(["green lorry"]).tolist() == ["vehicle"]
    assert len(model.model_.marked_.answers) == 2
    with pytest.raises(FewtextError, match="no column 'right' .* marked answers are in a table with columns"):
        model.update(table[["text", "label"]])
    with pytest.raises(FewtextError, match="row 0: 'perhaps' in the column 'right'; write true or false"):
        model.update(table.assign(right="perhaps"))


def test_a_log_is_read_row_by_row(write):
    log = write("l.jsonl", '{"text": "a", "label": "x", "right": true}\n{"text": "b", "label": "y", "right": false}\n'
                '{"text": "c", "label": "y", "right": null}\n')  # fmt: skip
    found = read_feedback(str(log), False)
    assert found.marks and found.rows == 3
    assert found.answers == [of("a", "x", True, f"{log}:1"), of("b", "y", False, f"{log}:2")]
    both = write("l.csv", "Body,label,right\na,x|y,yes\nb,x,0\n")
    assert [(own.label, own.right) for own in read_feedback(str(both), True, text_column="Body").answers] == [
        ("x", True), ("y", True), ("x", False)
    ]  # fmt: skip
    for rows, several, message in (
        ("a,x,maybe", False, "l.csv:2: 'maybe' in the column 'right'"),
        (",x,yes", False, "l.csv:2: no text, and marked as yes"),
        ("a,,no", False, "l.csv:2: no label, and marked as no"),
        ("a,x|y,no", True, "l.csv:2: which of the labels x.y is wrong is not said; give a row for each label"),
        ("a,x", False, "l.csv:2: 2 instead of 3 fields"),
    ):
        with pytest.raises(FewtextError, match=message):
            read_feedback(str(write("l.csv", f"text,label,right\n{rows}\n")), several)
    with pytest.raises(FewtextError, match="l.csv: has neither a column 'decision' nor a column 'right'"):
        read_feedback(str(write("l.csv", "text,label\na,x\n")), False)
    with pytest.raises(FewtextError, match="has a column 'right' .* and a column 'decision'"):
        read_feedback(str(write("l.csv", "text,label,right,decision\na,x,1,y\n")), False)


@pytest.mark.parametrize("kind", [SingleLabelClassifier, MultiLabelClassifier])
def test_wrong_answers_that_are_still_given_are_counted(kind, toy_encoder):
    several = kind is MultiLabelClassifier
    labels = [[own] for own in LABELS] if several else LABELS
    text = TEXTS[0] + " too"
    marks = [of(text, LABELS[0], False), of("something else", LABELS[-1], True)]
    model = taught(kind(encoder=toy_encoder).fit(TEXTS, labels), marks)
    (now,) = model.predict([text])
    assert still_given(model) == (int(LABELS[0] in (now if several else [now])), 1)
    assert still_given(kind(encoder=toy_encoder).fit(TEXTS, labels)) == (0, 0)


@pytest.fixture
def kept(run_fewtext, write, tmp_path):
    rows = [f"{text},{label}" for text, label in zip(TEXTS, LABELS, strict=True)]
    support, query = write("s.csv", "\n".join(["text,label", *rows])), write("q.txt", "green lorry\ngreen fig\n")
    done = run_fewtext("classify", "--support", support, "--query", query, "--encoder", "tfidf", "--save",
                       tmp_path / "m", "--output", tmp_path / "answers.jsonl")  # fmt: skip
    assert done.returncode == 0, done.stderr
    return tmp_path / "m"


def files(folder):
    return {path.name: path.read_bytes() for path in folder.iterdir()}


def test_the_command_learns_from_answers_and_forgets_them(kept, run_fewtext, write, tmp_path):
    answers = [json.loads(line) for line in (tmp_path / "answers.jsonl").read_text().splitlines()]
    marked = [{**own, "right": own["label"] == "vehicle"} for own in answers[:1]]
    marked += [{"text": "green lorry", "label": own, "right": False} for own in ("on_water", "fruit")]
    log = write("log.jsonl", "\n".join(map(json.dumps, [own for own in marked if own["label"] != "vehicle"])))
    before = files(kept)
    done = run_fewtext("update", "--model", kept, "--feedback", log)
    assert done.returncode == 0, done.stderr
    assert (
        b"0 right and 2 wrong answers learned: 12 of 3 labels, 4 each; 2 marked answers, 0 right and 2" in done.stdout
    )
    assert b"0 of 2 wrong answers still given" in done.stderr and files(kept) != before
    assert load_classifier(kept).predict(["green lorry"]) == ["vehicle"]
    assert b"0 marked right, 2 marked wrong" in run_fewtext("info", kept).stdout
    again = run_fewtext("update", "--model", kept, "--feedback", log)
    assert b"nothing to change" in again.stdout and b"known already" in again.stderr
    gone = run_fewtext("remove", write("out.txt", "green lorry\n"), "--model", kept)
    assert b"0 examples removed, 2 marked answers forgotten: 12 of 3 labels, 4 each\n" in gone.stdout, gone.stderr
    assert b"green lorry" not in b"".join(files(kept).values())


def test_the_command_changes_nothing_where_a_row_does_not_fit(kept, run_fewtext, write):
    before = files(kept)
    log = write("log.csv", "text,label,right\nfig,fruit,true\nfig,fruit,false\n")
    done = run_fewtext("update", "--model", kept, "--feedback", log)
    assert done.returncode == 1 and f"{log}:3: fruit is wrong for 'fig', but right in {log}:2".encode() in done.stderr
    new = run_fewtext("update", "--model", kept, "--feedback", log, "--new-labels")
    assert new.returncode == 1 and b"--new-labels is for decisions" in new.stderr
    assert files(kept) == before


def test_marks_calibrate_whichever_of_them_are_left_out():
    generator = torch.Generator().manual_seed(0)
    logits = 3 * torch.randn(4000, 4, generator=generator, dtype=torch.float64)
    truth = torch.multinomial((logits / 2).softmax(-1), 1, generator=generator)[:, 0]  # as a temperature of 2 gives
    answer = logits.argmax(-1)
    marks = torch.zeros(4000, 4).scatter(1, answer[:, None], torch.where(answer == truth, 1.0, -1.0)[:, None])
    none = torch.zeros(0, 4), torch.zeros(0, dtype=torch.int64)
    right = (marks > 0).any(1)
    for kept in (torch.ones(4000) > 0, right | (torch.arange(4000) % 4 == 0), ~right | (torch.arange(4000) % 4 == 0)):
        found = temperature_by_marks(*none, logits[kept], marks[kept], prior=0.7)
        assert 1.6 < found < 2.5  # steps of 12 %, and a thousand marks and more


def test_a_log_of_right_answers_alone_is_warned_of(model):
    with pytest.warns(FewtextWarning, match="all answers are marked right, .* probabilities may be too high"):
        learned(model, LOG[:1])
    with pytest.warns(FewtextWarning, match="all answers are marked right"):
        told = learned(model, LOG[:1])
    assert told.marked_.weight.tolist() == [[1, 0, 0]]


def test_a_text_that_no_label_is_left_for_is_forgotten_with_its_label(model):
    told = learned(model, [*LOG[1:3], LOG[3]])
    with pytest.warns(FewtextWarning, match="the label is no longer known|no label is left"):
        changed = remove(told, range(4, 8))  # the last examples of vehicle, which was left for the lorry
    assert changed.classes_.tolist() == ["fruit", "on_water"] and changed.marked_ is None
    assert changed.predict_proba(QUERIES).sum(1) == pytest.approx(1)


def test_a_folder_without_texts_answers_alike_and_learns_no_more(model, toy_encoder, tmp_path):
    told = learned(model, LOG)
    told.save(tmp_path / "m")
    write_model(tmp_path / "bare", without_texts(read_model(tmp_path / "m")))
    assert not any(text.encode() in (tmp_path / "bare/support.jsonl").read_bytes() for text in ("green", "dark", "red"))
    bare = load_classifier(tmp_path / "bare", encoder=toy_encoder)
    assert (bare.predict_proba(QUERIES) == told.predict_proba(QUERIES)).all() and len(bare.marked_.answers) == 4
    with pytest.raises(FewtextError, match="an update by marked answers needs the texts of the examples"):
        new_answers(bare, LOG)


@pytest.mark.parametrize("lines", [slice(0, -1), slice(0, -4)])
def test_a_folder_whose_marked_answers_are_cut_is_damaged(model, toy_encoder, tmp_path, lines):
    learned(model, LOG).save(tmp_path / "m")
    rows = (tmp_path / "m/support.jsonl").read_text().splitlines()[lines]
    (tmp_path / "m/support.jsonl").write_text("\n".join(rows) + "\n")
    tensors, files = read_tensors(tmp_path / "m/tensors.safetensors")
    files |= {"support.jsonl": hashlib.sha256((tmp_path / "m/support.jsonl").read_bytes()).hexdigest()}
    write_tensors(tmp_path / "m/tensors.safetensors", tensors, files)
    with pytest.raises(FewtextError, match="is damaged: .* do not fit together"):
        load_classifier(tmp_path / "m", encoder=toy_encoder)
