"""Examples added to a classifier or removed from it: the same as a new fit, to the last bit."""

import json
import os

import pytest
import torch

from fewtext import FewtextError
from fewtext.classify.load import load_classifier
from fewtext.classify.multi_label import MultiLabelClassifier
from fewtext.classify.single_label import SingleLabelClassifier
from fewtext.classify.update import add, examples_of, remove
from fewtext.errors import FewtextWarning
from fewtext.files.tensors import read_tensors

TEXTS = [f"{which} {kind}" for kind in ("apple", "car", "boat") for which in ("red", "old", "this", "big")]
LABELS = [label for label in ("fruit", "vehicle", "on_water") for _ in range(4)]


def content(folder):
    """Return what is in a model folder, but for what it remembers of additions, and the digests that cover this."""
    settings = json.loads((folder / "fewtext.json").read_text())
    tensors = read_tensors(folder / "tensors.safetensors")[0]
    own = {name: value for name, value in settings.items() if name not in ("additions", "sha256")}
    return own, (folder / "support.jsonl").read_bytes(), {name: value.tolist() for name, value in tensors.items()}


def fitted(encoder, texts=TEXTS, labels=LABELS, **options):
    return SingleLabelClassifier(encoder=encoder, **options).fit(texts, labels)


def same(one, other):
    queries = ["an apple", "my car", "neither of them", "a big boat"]
    assert one.classes_.tolist() == other.classes_.tolist() and one.support_texts_ == other.support_texts_
    assert torch.equal(one.support_.x, other.support_.x) and torch.equal(one.support_.weight, other.support_.weight)
    assert one.temperature_ == other.temperature_
    return (one.predict_proba(queries) == other.predict_proba(queries)).all()


@pytest.mark.parametrize("options", [{}, {"label_names": False}, {"name_weight": 0.5}, {"learner": "protonet"}])
@pytest.mark.parametrize("encoder", ["toy", "tfidf"])
def test_adding_is_fitting_with_all(encoder, options, toy_encoder, tmp_path):
    encoder = toy_encoder if encoder == "toy" else encoder
    part = fitted(encoder, TEXTS[:7], LABELS[:7], **options)
    assert same(add(part, TEXTS[7:], LABELS[7:]), fitted(encoder, **options))
    part.save(tmp_path / "model")
    loaded = load_classifier(tmp_path / "model", encoder=encoder if encoder != "tfidf" else None)
    assert same(add(loaded, TEXTS[7:], LABELS[7:]), fitted(encoder, **options))


def test_the_bits_of_a_real_encoder_are_those_of_a_new_fit(bert):
    """A text's features depend in their last bits on what is encoded beside it."""
    assert same(add(fitted(bert, TEXTS[:7], LABELS[:7]), TEXTS[7:], LABELS[7:]), fitted(bert))


def test_removing_is_fitting_without(toy_encoder):
    assert same(remove(fitted(toy_encoder), {0, 5}), fitted(toy_encoder, *([*x[1:5], *x[6:]] for x in (TEXTS, LABELS))))


def test_a_label_goes_with_its_last_example_unless_it_has_a_description(toy_encoder):
    assert same(remove(fitted(toy_encoder), range(8, 12)), fitted(toy_encoder, TEXTS[:8], LABELS[:8]))
    described = {"on_water": "a boat on a lake"}
    left = remove(fitted(toy_encoder, label_names=described), range(8, 12))
    assert same(left, fitted(toy_encoder, TEXTS[:8], LABELS[:8], label_names=described))
    with pytest.raises(FewtextError, match="one label only"):
        remove(fitted(toy_encoder), range(4, 12))


SETS = [tuple(dict.fromkeys([label, other])) for label, other in zip(LABELS, LABELS[3:] + LABELS[:3], strict=True)]


def several(encoder, texts=TEXTS, labels=SETS, **options):
    return MultiLabelClassifier(encoder=encoder, **options).fit(texts, labels)


@pytest.mark.parametrize("options", [{}, {"label_names": False}, {"label_names": {"on_water": ["at sea", "a lake"]}}])
@pytest.mark.parametrize("encoder", ["toy", "tfidf"])
def test_classifiers_of_several_labels_are_updated_the_same_way(encoder, options, toy_encoder, tmp_path):
    def same(one, other):
        folders = tmp_path / "one", tmp_path / "other"
        for model, folder in zip((one, other), folders, strict=True):
            model.save(folder)
        files = [{path.name: path.read_bytes() for path in folder.iterdir()} for folder in folders]
        return files[0] == files[1]

    encoder = toy_encoder if encoder == "toy" else encoder
    part, whole = several(encoder, TEXTS[:7], SETS[:7], **options), several(encoder, **options)
    assert same(add(part, TEXTS[7:], [list(own) for own in SETS[7:]]), whole)
    water = [i for i, own in enumerate(SETS) if "on_water" in own]
    rest = [[x for i, x in enumerate(listed) if i not in water] for listed in (TEXTS, SETS)]
    assert same(remove(whole, water), several(encoder, *rest, **options))
    assert remove(whole, water).classes_.tolist() == sorted(
        {"fruit", "vehicle"} | set(dict(options.get("label_names") or {}))
    )


def test_the_commands_update_a_folder(run_fewtext, write, tmp_path):
    def table(name, n, extra=""):
        rows = [json.dumps({"text": t, "label": y}) for t, y in zip(TEXTS[:n], LABELS[:n], strict=True)]
        return write(name, "\n".join(rows) + extra)

    queries, model, whole = write("q.txt", "an apple\na car\n"), tmp_path / "model", tmp_path / "whole"
    for path, n in ((model, 8), (whole, 12)):
        done = run_fewtext("classify", "--support", table("s.jsonl", n), "--query", queries, "--encoder", "tfidf",
                           "--save", path)  # fmt: skip
        assert done.returncode == 0
    added = run_fewtext("add", table("more.jsonl", 12, '\n{"text": "no label"}'), "--model", model)
    assert added.returncode == 0, added.stderr
    assert b"more.jsonl: 1 row skipped" in added.stderr and b"8 examples are in the classifier already" in added.stderr
    assert b"4 examples added: 12 of 3 labels" in added.stdout
    assert content(model) == content(whole)
    gone = run_fewtext("remove", write("out.txt", "this boat\nnever seen\nold boat\n"), "--model", model)
    assert b"2 examples removed: 10 of 3 labels" in gone.stdout and b"'never seen'" in gone.stderr
    before = {path.name: path.read_bytes() for path in model.iterdir()}
    nothing = run_fewtext("remove", write("out.txt", "never seen"), "--model", model)
    assert nothing.returncode == 1 and {path.name: path.read_bytes() for path in model.iterdir()} == before


def test_the_commands_update_several_labels(run_fewtext, write, tmp_path):
    rows = [f"{text},{'|'.join(own)}" for text, own in zip(TEXTS, SETS, strict=True)]
    queries, model, whole = write("q.txt", "an apple\n"), tmp_path / "model", tmp_path / "whole"
    for path, n in ((model, 8), (whole, 12)):
        support = write("s.csv", "\n".join(["text,label", *rows[:n]]))
        classify = "classify", "--support", support, "--query", queries, "--encoder", "tfidf", "--save", path
        assert run_fewtext(*classify).returncode == 0
    turned = f"{TEXTS[1]},{'|'.join(reversed(SETS[1]))}"
    added = run_fewtext("add", write("more.csv", "\n".join(["text,label", turned, *rows[8:]])), "--model", model)
    assert (
        b"1 example is in the classifier already" in added.stderr
        and b"4 examples added: 12 of 3 labels" in added.stdout
    )
    assert content(model) == content(whole)
    assert run_fewtext("add", write("plain.csv", "text,label\nsmall plum,fruit"), "--model", model).returncode == 0
    columns = write("columns.csv", "text,fruit,odd\na fig,1,1\n")
    assert run_fewtext("add", columns, "--model", model, "--label-column", "fruit,odd").returncode == 0
    _, labels = examples_of(load_classifier(model))
    assert labels[12:] == [("fruit",), ("fruit", "odd")]
    out = write("out.csv", f"text,label\n{turned}\n{TEXTS[0]},boat\na fig,\n")
    gone = run_fewtext("remove", out, "--model", model)
    assert b"2 examples removed: 12 of 3 labels" in gone.stdout and b"no longer known: odd" in gone.stdout, gone.stderr
    assert b"'red apple' of label boat" in gone.stderr


@pytest.fixture
def kept(run_fewtext, write, tmp_path):
    """A folder with a classifier that has an example of each of two labels."""
    support, queries = write("s.csv", "text,label\nred fig,fruit\nold car,vehicle\n"), write("q.txt", "a\n")
    command = "classify", "--support", support, "--query", queries, "--encoder", "tfidf", "--save", tmp_path / "model"
    assert run_fewtext(*command).returncode == 0
    return tmp_path / "model"


def test_several_labels_are_not_added_where_texts_have_one(kept, run_fewtext, write):
    added = run_fewtext("add", write("more.csv", "text,label\nbig fig,fruit|vehicle\n"), "--model", kept)
    assert (
        b"read as one label, as the classifier gives one a text: fruit|vehicle" in added.stderr
        and b"3 of 3 labels" in added.stdout
    )


def test_labels_without_words_do_not_turn_names_off(toy_encoder, tmp_path):
    texts, labels = TEXTS[:8], [1, 1, 1, 1, 0, 0, 0, 0]
    with pytest.warns(FewtextWarning, match="carry no words"):
        numbered = fitted(toy_encoder, texts, list(map(str, labels)))
        numbered.save(tmp_path / "model")
        changed = add(load_classifier(tmp_path / "model", encoder=toy_encoder), ["a lake"], ["on_water"])
    assert changed.support_texts_[-1] == "on water"
    without = fitted(toy_encoder, texts, list(map(str, labels)), label_names=False)
    without.save(tmp_path / "model")
    loaded = load_classifier(tmp_path / "model", encoder=toy_encoder)
    assert len(add(loaded, ["a lake"], ["on_water"]).support_texts_) == 9


def test_add_and_remove_read_a_header_the_same_way(kept, run_fewtext, write):
    other = run_fewtext("remove", write("out.csv", "Text,Label\nred fig,vehicle\n"), "--model", kept)
    assert other.returncode == 1 and b"no example 'red fig' of label vehicle" in other.stderr
    assert b"is an example of the classifier; check texts and labels" in other.stderr and b"delete" not in other.stderr
    whole = run_fewtext("remove", write("out.txt", "red fig\nold car\n"), "--model", kept)
    assert whole.returncode == 1 and b"no example would be left; keep some, or delete" in whole.stderr
    again = run_fewtext("add", write("one.jsonl", '{"text": "red fig", "label": ["fruit"]}'), "--model", kept)
    assert b"1 example is in the classifier already" in again.stderr


def test_one_process_at_a_time_updates_or_replaces_a_folder(kept, run_fewtext, write):
    fcntl = pytest.importorskip("fcntl")
    before = {path.name: path.read_bytes() for path in kept.iterdir()}
    more = write("more.csv", "text,label\nbig fig,fruit\nbig car,vehicle\n")
    again = "classify", "--support", more, "--query", write("q.txt", "a\n"), "--encoder", "tfidf", "--save", kept
    handle = os.open(kept, os.O_RDONLY)
    fcntl.flock(handle, fcntl.LOCK_EX)
    for command in (("add", more, "--model", kept), ("remove", more, "--model", kept), again):
        refused = run_fewtext(*command)
        assert refused.returncode == 1 and refused.stdout == b"", command
        assert b"is in use by another save, add or remove" in refused.stderr
    os.close(handle)
    assert {path.name: path.read_bytes() for path in kept.iterdir()} == before
    assert run_fewtext(*again).returncode == 0 and {path.name for path in kept.parent.iterdir() if path.is_dir()} == {
        kept.name
    }
