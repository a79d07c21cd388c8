"""Examples that join a classifier or leave it: the same as fitting anew, to the last bit."""

import json

import pytest
import torch

from fewtext import FewShotClassifier, FewtextError
from fewtext.revision import add, remove

TEXTS = [f"{which} {kind}" for kind in ("apple", "car", "boat") for which in ("red", "old", "this", "big")]
LABELS = [label for label in ("fruit", "vehicle", "on_water") for _ in range(4)]


def fitted(encoder, texts=TEXTS, labels=LABELS, **options):
    return FewShotClassifier(encoder=encoder, **options).fit(texts, labels)


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
    loaded = FewShotClassifier.load(tmp_path / "model", encoder=encoder if encoder != "tfidf" else None)
    assert same(add(loaded, TEXTS[7:], LABELS[7:]), fitted(encoder, **options))


def test_only_what_is_new_is_encoded(toy_encoder):
    part = fitted(toy_encoder, TEXTS[:7], LABELS[:7])
    toy_encoder.seen.clear()
    whole = add(part, TEXTS[7:], LABELS[7:])
    assert sorted(toy_encoder.seen) == sorted([*TEXTS[7:], "on water"])
    assert whole.encoder_ is toy_encoder and len(part.support_texts_) == 9


def test_removing_is_fitting_without(toy_encoder):
    assert same(remove(fitted(toy_encoder), {0, 5}), fitted(toy_encoder, *([*x[1:5], *x[6:]] for x in (TEXTS, LABELS))))


def test_a_label_goes_with_its_last_example_unless_it_is_described(toy_encoder):
    assert same(remove(fitted(toy_encoder), range(8, 12)), fitted(toy_encoder, TEXTS[:8], LABELS[:8]))
    described = {"on_water": "a boat on a lake"}
    left = remove(fitted(toy_encoder, label_names=described), range(8, 12))
    assert same(left, fitted(toy_encoder, TEXTS[:8], LABELS[:8], label_names=described))
    with pytest.raises(FewtextError, match="one label only"):
        remove(fitted(toy_encoder), range(4, 12))


def test_the_commands_revise_a_folder(run_fewtext, write, tmp_path):
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
    assert b"more.jsonl: 1 row set aside" in added.stderr and b"8 examples were there already" in added.stderr
    assert b"4 examples added: 12 of 3 labels" in added.stdout
    files = [{path.name: path.read_bytes() for path in folder.iterdir()} for folder in (model, whole)]
    assert files[0] == files[1]
    gone = run_fewtext("remove", write("out.txt", "this boat\nnever seen\nold boat\n"), "--model", model)
    assert b"2 examples removed: 10 of 3 labels" in gone.stdout and b"'never seen'" in gone.stderr
    before = {path.name: path.read_bytes() for path in model.iterdir()}
    nothing = run_fewtext("remove", write("out.txt", "never seen"), "--model", model)
    assert nothing.returncode == 1 and {path.name: path.read_bytes() for path in model.iterdir()} == before
