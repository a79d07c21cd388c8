"""Corrections by one door: from the examples in doubt that ``check`` writes to a classifier that is right."""

import csv
import json

import pytest
import torch

from fewtext import FewShotClassifier, FewtextError
from fewtext.classify.feedback import changes, corrected
from fewtext.classify.load import load_classifier
from fewtext.classify.multi_label import MultiLabelClassifier
from fewtext.classify.single_label import SingleLabelClassifier
from fewtext.errors import FewtextWarning
from fewtext.files.feedback import Correction, read_corrections

TEXTS = [f"{which} {kind}" for kind in ("apple", "car", "boat") for which in ("red", "old", "this", "big")]
LABELS = [label for label in ("fruit", "vehicle", "on_water") for _ in range(4)]


@pytest.fixture
def model(toy_encoder):
    return SingleLabelClassifier(encoder=toy_encoder).fit(TEXTS, ["vehicle", *LABELS[1:]])


def of(text, label, decision, where="d.csv:2"):
    return Correction(where, text, label, decision)


def test_correcting_is_fitting_to_the_corrected_file(model, toy_encoder):
    found = changes(model, [of("red apple", "vehicle", " Fruit".strip().lower()), of("big boat", "on_water", None)])
    new = corrected(model, found)
    whole = SingleLabelClassifier(encoder=toy_encoder).fit(TEXTS[:-1], LABELS[:-1])
    assert (found.labels, found.removed, found.done) == ({0: "fruit"}, {11}, 0)
    assert new.support_texts_ == whole.support_texts_ and torch.equal(new.support_.x, whole.support_.x)
    assert torch.equal(new.support_.y, whole.support_.y) and new.temperature_ == whole.temperature_


def test_what_is_corrected_already_is_not_corrected_again(model):
    steps = [of("red apple", "vehicle", "fruit"), of("red apple", "fruit", "on_water")]
    twice = SingleLabelClassifier(encoder=model.encoder).fit([*TEXTS, "red apple"], ["vehicle", *LABELS[1:], "fruit"])
    found = changes(twice, steps)
    once = corrected(twice, found)
    assert found.labels == {0: "fruit", 12: "on_water"}
    again = changes(once, steps)
    assert not again and again.done == 2


def test_the_label_that_is_there_changes_nothing(model):
    assert not changes(model, [of("red apple", "vehicle", "vehicle")])


@pytest.mark.parametrize(
    ("corrections", "message"),
    [
        ([of("never seen", "fruit", "vehicle")], "d.csv:2: no example 'never seen' of label fruit"),
        ([of("red apple", "fruit", None)], "d.csv:2: no example 'red apple' of label fruit"),
        ([of("red apple", "vehicle", "fruits")], "fruits is not a label of the classifier; did you mean fruit?"),
        (
            [of("red apple", "vehicle", "fruit"), of("red apple", "vehicle", "on_water")],
            "two decisions for 'red apple'",
        ),
        ([of("red apple", "vehicle", "fruit"), of("red apple", "vehicle", None)], "two decisions for 'red apple'"),
        ([of(t, y, None) for t, y in zip(TEXTS, ["vehicle", *LABELS[1:]], strict=True)], "no example would be left"),
    ],
)
def test_what_does_not_fit_is_refused(model, corrections, message):
    with pytest.raises(FewtextError) as error:
        changes(model, corrections)
    assert message in str(error.value)


def test_new_labels_are_welcome_where_that_is_said(model):
    found = changes(model, [of("red apple", "vehicle", "pome")], new_labels=True)
    assert corrected(model, found).classes_.tolist() == ["fruit", "on_water", "pome", "vehicle"]


def test_several_labels_are_decided_together(toy_encoder):
    sets = [(label, "red") if "red" in text else (label,) for text, label in zip(TEXTS, LABELS, strict=True)]
    model = MultiLabelClassifier(encoder=toy_encoder).fit(TEXTS, sets)
    found = changes(model, [of("red apple", ("red", "fruit"), ("fruit", "on_water"))])
    assert corrected(model, found).support_labels()[0] == ("fruit", "on_water")


def test_a_file_of_corrections_is_read_row_by_row(write):
    path = write("d.csv", "row,text,label,decision\n2,a,x,y\n3,b,x,\n4,c,x, Remove\n5,d,x|z,z | y\n")
    rows, count = read_corrections(str(path), False)
    assert count == 4 and [(own.text, own.decision) for own in rows] == [("a", "y"), ("c", None), ("d", "z | y")]
    assert rows[1].where == f"{path}:4"
    assert read_corrections(str(path), True)[0][2] == Correction(f"{path}:5", "d", ("x", "z"), ("z", "y"))
    with pytest.raises(FewtextError, match="is a label of the classifier"):
        read_corrections(str(path), False, frozenset({"Remove"}))
    with pytest.raises(FewtextError, match="no column 'decision'"):
        read_corrections(str(write("e.csv", "text,label\na,x\n")), False)
    with pytest.raises(FewtextError, match="e.csv:3: 2 instead of 3 fields"):
        read_corrections(str(write("e.csv", "text,label,decision\na,x,y\nb,x\n")), False)


WORDS = {"network": "vpn wifi router cable", "leave": "holiday vacation day week", "printer": "paper toner ink jam"}


def examples():
    rows = [(f"the {a} and the {b}", label) for label, own in WORDS.items() for a in own.split() for b in own.split()]
    return [(f"T-{n}", text, label) for n, (text, label) in enumerate(rows)]


def test_from_doubts_to_a_corrected_classifier(run_fewtext, write, tmp_path):
    rows = examples()
    rows[5] = (*rows[5][:2], "leave")
    rows[9] = (*rows[9][:2], "Network")
    content = "ticket_id,text,label\n" + "".join(",".join(row) + "\n" for row in rows)
    support, doubts, model = write("s.csv", content + "T-x,,leave\n"), tmp_path / "doubts.csv", tmp_path / "m"
    saved = run_fewtext("classify", "--support", support, "--query", write("q.txt", "vpn\n"), "--encoder", "tfidf",
                        "--save", model)  # fmt: skip
    assert saved.returncode == 0
    done = run_fewtext("check", support, "--encoder", "tfidf", "--output", doubts)
    said, report = done.stderr.decode().splitlines()[-1], done.stdout.decode()
    assert said.startswith("49 rows read, 48 examples checked, 1 set aside") and said.endswith(f"written to {doubts}")
    assert "Network (1): merge it into network (14)?" in report
    with doubts.open() as file:
        found = list(csv.DictReader(file))
    by_id = {row["ticket_id"]: row for row in found}
    assert list(found[0]) == ["row", "ticket_id", "text", "label", "suggested_label", "likelihood_ratio",
                              "error_probability", "reason", "decision"]  # fmt: skip
    assert by_id["T-5"]["row"] == "7" and by_id["T-5"]["suggested_label"] == "network"
    assert (
        float(by_id["T-5"]["likelihood_ratio"]) > 25
        and float(by_id["T-5"]["error_probability"]) > 0.9
        and by_id["T-9"]["suggested_label"] == "network"
    )
    before = {path.name: path.read_bytes() for path in model.iterdir()}
    nothing = run_fewtext("update", "--model", model, "--feedback", doubts)
    assert nothing.returncode == 0 and b"nothing to change" in nothing.stdout

    def decided(**decisions):
        for row in found:
            row["decision"] = decisions.get(row["ticket_id"].replace("-", ""), "")
        with doubts.open("w", newline="") as file:
            writer = csv.DictWriter(file, list(found[0]))
            writer.writeheader()
            writer.writerows(found)
        return run_fewtext("update", "--model", model, "--feedback", doubts)

    refused = decided(T5="network", T9="netwrk")
    assert refused.returncode == 1 and b"--new-labels" in refused.stderr and b"did you mean network?" in refused.stderr
    assert {path.name: path.read_bytes() for path in model.iterdir()} == before, "nothing is changed unless all fits"
    right = decided(T5="network", T9="remove")
    assert right.returncode == 0 and b"1 label corrected, 1 example removed: 47 of 3 labels" in right.stdout
    labels = dict(zip(load_classifier(model).support_texts_, load_classifier(model).support_labels(), strict=True))
    assert labels[rows[5][1]] == "network" and rows[9][1] not in labels


@pytest.mark.parametrize(
    ("columns", "written"),
    [
        (["--text-column", "Body", "--label-column", "Category"], ["Body", "Category"]),
        (["--text-column", "Subject,Body", "--label-column", "Category"], ["text", "Category"]),
        (["--text-column", "reason", "--label-column", "decision"], ["text", "label"]),
    ],
)
def test_doubts_have_the_names_of_the_file_and_are_taken_back(run_fewtext, write, tmp_path, columns, written):
    rows = examples()
    rows[5] = (*rows[5][:2], "leave")
    rows[20] = (*rows[20][:2], "printer")
    own = [*columns[1].split(","), columns[3]]
    cells = [[*([f"about {number[2:]}"] if len(own) == 3 else []), text, label] for number, text, label in rows]
    support = write("s.csv", "\n".join(map(",".join, [own, *cells])))
    doubts, model = tmp_path / "doubts.csv", tmp_path / "m"
    done = run_fewtext("classify", "--support", support, "--query", support, *columns, "--encoder", "tfidf", "--save",
                       model)  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert run_fewtext("check", support, *columns, "--encoder", "tfidf", "--output", doubts).returncode == 0
    with doubts.open(newline="") as file:
        found = {row["row"]: row for row in csv.DictReader(file)}
    assert {"7", "22"} <= set(found) and list(found["7"])[:3] == ["row", *written]
    assert found["7"][written[1]] == "leave" and rows[5][1] in found["7"][written[0]]

    def save(name, kept):
        with (tmp_path / name).open("w", newline="") as file:
            writer = csv.DictWriter(file, list(found["7"]))
            writer.writeheader()
            writer.writerows(kept)
        return tmp_path / name

    decided = save("d.csv", [found["7"] | {"decision": "network"}, found["22"]])
    update = run_fewtext("update", "--model", model, "--feedback", decided)
    assert update.returncode == 0 and b"1 label corrected, 0 examples removed" in update.stdout, update.stderr
    if "reason" in columns:  # to remove, it is the column of texts
        return
    remove = run_fewtext("remove", save("r.csv", [found["22"]]), "--model", model)
    assert remove.returncode == 0 and b"1 example removed: 47 of 3 labels" in remove.stdout, remove.stderr
    fitted = dict(zip(load_classifier(model).support_texts_, load_classifier(model).support_labels(), strict=True))
    assert fitted[found["7"][written[0]]] == "network" and found["22"][written[0]] not in fitted


def test_the_usual_names_are_read_where_there_are_none_of_the_given(write):
    path = write("d.csv", "text,label,Body,Category,decision\na,x,b,y,z\n")
    assert read_corrections(path, False)[0] == [of("a", "x", "z", f"{path}:2")]
    assert read_corrections(path, False, frozenset(), "Body", "Category")[0] == [of("b", "y", "z", f"{path}:2")]
    assert read_corrections(path, False, frozenset(), "Other", "Kind")[0] == [of("a", "x", "z", f"{path}:2")]


def folder(path):
    return {file.name: file.read_bytes() for file in path.iterdir()}


@pytest.mark.parametrize("more", ["a red fig,fruit\n", "a red fig,fig\nan old fig,fig\n", "a cloud,other\n"])
def test_add_then_remove_of_one_file_is_an_undo(run_fewtext, write, tmp_path, more):
    rows = [f"{text},{label}" for text, label in zip(TEXTS, LABELS, strict=True)]
    rows += [f"{word} in the sky,other" for word in ("bird", "plane", "kite", "moon", "sun", "star")]
    support, file, model = (
        write("s.csv", "\n".join(["text,label", *rows])),
        write("more.csv", f"text,label\n{more}"),
        (tmp_path / "m"),
    )
    done = run_fewtext("classify", "--support", support, "--query", write("q.txt", "x\n"), "--encoder", "tfidf",
                       "--oos-label", "other", "--save", model)  # fmt: skip
    assert done.returncode == 0, done.stderr
    before = folder(model)
    assert run_fewtext("add", file, "--model", model).returncode == 0 and folder(model) != before
    assert run_fewtext("remove", file, "--model", model).returncode == 0 and folder(model) == before
    again = run_fewtext("remove", file, "--model", model)
    assert again.returncode == 1 and len(again.stderr.splitlines()) == 1 and folder(model) == before


def test_what_was_there_before_add_is_there_after_remove(run_fewtext, write, tmp_path):
    rows = [f"{text},{label}" for text, label in zip(TEXTS, LABELS, strict=True)]
    support, model = write("s.csv", "\n".join(["text,label", *rows])), tmp_path / "m"
    file = write("more.csv", "\n".join(["text,label", rows[0], "a red fig,fig", "old car,", rows[7], "a fig,fig"]))
    done = run_fewtext("classify", "--support", support, "--query", write("q.txt", "x\n"), "--encoder", "tfidf",
                       "--save", model)  # fmt: skip
    assert done.returncode == 0, done.stderr
    before, queries = load_classifier(model), ["an old fig", "this red car", "boat"]
    added = run_fewtext("add", file, "--model", model)
    assert b"2 examples are in the classifier already" in added.stderr and b"14 of 4 labels" in added.stdout
    assert b"no new example" in run_fewtext("add", file, "--model", model).stderr, "and the first add is remembered"
    undone = run_fewtext("remove", file, "--model", model)
    assert b"2 examples removed: 12 of 3 labels" in undone.stdout
    assert b"more.csv: 2 examples were there before the same ones were added, and kept; to remove" in undone.stderr
    after = load_classifier(model)
    assert after.support_texts_ == before.support_texts_ and torch.equal(after.support_.x, before.support_.x)
    assert (after.predict_proba(queries) == before.predict_proba(queries)).all()
    again = run_fewtext("remove", file, "--model", model)
    assert again.returncode == 1 and load_classifier(model).support_texts_ == before.support_texts_
    assert again.stderr.startswith(b"error") and b"nothing to remove: 2 examples were there before" in again.stderr
    assert len(again.stderr.splitlines()) == 1
    forgotten = run_fewtext("remove", write("texts.txt", f"{TEXTS[0]}\n"), "--model", model)
    assert b"1 example removed" in forgotten.stdout and TEXTS[0] not in load_classifier(model).support_texts_
    assert len(json.loads((model / "fewtext.json").read_text())["additions"].popitem()[1]) == 1
    undone = run_fewtext("remove", write("texts.txt", f"{TEXTS[7]}\n"), "--model", model)
    assert "additions" not in json.loads((model / "fewtext.json").read_text()), "nothing stays of what was removed"


@pytest.mark.parametrize("several", [False, True])
def test_python_undoes_what_it_added(toy_encoder, several, tmp_path):
    labels = [(label, "all") for label in LABELS] if several else LABELS
    model = FewShotClassifier(encoder=toy_encoder).fit(TEXTS, labels)
    before = model.predict_proba(TEXTS)
    own = [("fig",), labels[3], labels[8]] if several else ["fig", *LABELS[3:9:5]]
    more = ["my fig", f"{TEXTS[3]} ", TEXTS[8]], own
    with pytest.warns(FewtextWarning, match="2 examples are in the classifier already"):
        model.add(*more)
    model.save(tmp_path / "m")
    model = FewShotClassifier.load(tmp_path / "m", encoder=toy_encoder)
    with pytest.warns(FewtextWarning, match="2 examples were there before"):
        model.remove(*more)
    assert model.model_.n_examples_ == 12 and (model.predict_proba(TEXTS) == before).all()
    model.remove([TEXTS[3]], [labels[3]])
    assert model.model_.n_examples_ == 11, "another removal takes what it names"


def frame(model, **decisions):
    """Return the doubts of a classifier as a notebook has them, with decisions by text."""
    table = pytest.importorskip("pandas").DataFrame(model.doubts())
    return table.assign(decision=[decisions.get(text.replace(" ", "_")) for text in table["text"]])


@pytest.mark.filterwarnings("ignore:labels that differ little")
def test_doubts_are_decided_in_a_data_frame(toy_encoder):
    given = ["vehicle", "fruits", *LABELS[2:]]
    model = FewShotClassifier(encoder=toy_encoder).fit(TEXTS, given)
    found = frame(model)
    assert {"text", "label", "suggested_label", "likelihood_ratio", "reason"} < set(found.columns)
    assert "old apple" in set(found["text"]), "fruits is fruit, spelled otherwise"
    assert model.correct(found) is model and model.classes_.tolist() == ["fruit", "fruits", "on_water", "vehicle"]
    decided = frame(model, old_apple="fruit")
    for kind in (lambda table: table, pytest.importorskip("polars").from_pandas):
        own = FewShotClassifier(encoder=toy_encoder).fit(TEXTS, given).correct(kind(decided))
        whole = FewShotClassifier(encoder=toy_encoder).fit(TEXTS, ["vehicle", *LABELS[1:]])
        assert (own.predict_proba(TEXTS) == whole.predict_proba(TEXTS)).all()
        assert own.correct(kind(decided)) is own and own.model_.n_examples_ == 12, "done already"
    assert model.correct(frame(model, old_apple="Remove")).model_.n_examples_ == 11


@pytest.mark.parametrize("classes", [(1, 2, 3), (1.0, 2.0, 3.5), (True, False)])
def test_decisions_are_read_as_the_classifiers_labels(toy_encoder, classes, tmp_path, write):
    pandas, labels = pytest.importorskip("pandas"), [classes[i * len(classes) // 12] for i in range(12)]
    table = pandas.DataFrame({"text": TEXTS, "label": labels, "decision": [None] * 10 + [classes[0], None]})
    parameters = {"encoder": toy_encoder, "label_names": False}
    model = FewShotClassifier(**parameters).fit(TEXTS, labels)
    model.correct(table)
    assert model.model_.support_labels()[:12] == [*labels[:10], classes[0], labels[11]]
    assert {type(label) for label in model.classes_.tolist()} == {type(classes[0])}
    table.to_csv(tmp_path / "d.csv", index=False)
    corrections, _ = read_corrections(str(tmp_path / "d.csv"), False)
    assert changes(SingleLabelClassifier(**parameters).fit(TEXTS, labels), corrections).labels == {10: classes[0]}
    with pytest.raises(FewtextError, match="row 0: the labels of the classifier are .*'fruit'"):
        model.correct(pandas.DataFrame({"text": TEXTS[:1], "label": [labels[0]], "decision": ["fruit"]}))


def test_decisions_in_a_table_of_several_labels(toy_encoder):
    sets = [(label, "red") if "red" in text else (label,) for text, label in zip(TEXTS, LABELS, strict=True)]
    table = pytest.importorskip("pandas").DataFrame({"text": TEXTS[:3], "label": ["fruit|red", "fruit", ["fruit"]]})
    table["decision"] = [["fruit", "on_water"], None, "fruit|red"]
    model = FewShotClassifier(encoder=toy_encoder).fit(TEXTS, sets).correct(table)
    assert model.model_.support_labels()[:3] == [("fruit", "on_water"), ("fruit",), ("fruit", "red")]


def test_tables_without_decisions_are_refused_with_the_cure(toy_encoder):
    pandas, model = pytest.importorskip("pandas"), FewShotClassifier(encoder=toy_encoder).fit(TEXTS, LABELS)
    with pytest.raises(FewtextError, match="no column 'decision' among 'text', 'label'; decisions are in a table"):
        model.correct(pandas.DataFrame({"text": TEXTS, "label": LABELS}))
    with pytest.raises(FewtextError, match="list where a table of decisions is expected"):
        model.correct(["fruit"])
    twice = pandas.DataFrame({"text": ["red apple"] * 2, "label": ["fruit"] * 2, "decision": ["vehicle", "on_water"]})
    with pytest.raises(FewtextError, match="row 1: two decisions for 'red apple'"):
        model.correct(twice)
    with pytest.raises(FewtextError, match="row 0: fruit2 is not a label of the classifier.*did you mean fruit"):
        model.correct(twice[:1].assign(decision="fruit2"))
    assert model.correct(twice[:1].assign(decision="pome"), new_labels=True).classes_.tolist()[2] == "pome"


def test_labels_that_look_wrong_or_missing_make_one_row_a_text():
    from fewtext.quality.doubts import Doubt, doubts
    from fewtext.quality.multi_label import MultiLabelReport, SuspectedLabel

    errors = [SuspectedLabel(0, "t", "a", False, 300.0), SuspectedLabel(0, "t", "c", True, 20.0)]
    errors.append(SuspectedLabel(1, "u", "b", True, 50.0))
    report = MultiLabelReport(2, [], [], [], [[1, 2]], [], [], 0, None, 0, errors, None, None)
    found = doubts(report, ["t", "u", "u"], [("a", "b"), ("a",), ("c",)])
    assert found == [
        Doubt(0, "t", "a|b", "b|c", 300.0, None, "label looks wrong; label looks missing"),
        Doubt(1, "u", "a", "a|b", 50.0, None, "label looks missing; same text under another label"),
        Doubt(2, "u", "c", "", None, None, "same text under another label"),
    ]
