"""Fitted heads: a saved model answers by what was fitted, without another fit, while that is what a fit would give."""

import random
import shutil

import numpy as np
import pytest
import torch
from fewtext_plugins.lda import Lda
from fewtext_plugins.logistic import Logistic
from fewtext_plugins.protonet import ProtoNet
from fewtext_plugins.ridge import Ridge
from test_classifier import LABELS, TEXTS

import fewtext
from fewtext import FewShotClassifier, FewtextWarning
from fewtext.classify import fitted_head
from fewtext.classify.fitted_head import code_of
from fewtext.contracts.learner import Learner
from fewtext.files.tensors import read_tensors, write_tensors

HEAD = "head.safetensors"
QUERIES = ["an apple", "the car", "a red banana on a train"]
SETS = [["fruit"], ["vehicle"], ["fruit", "vehicle"], [], ["fruit"], ["vehicle"]]
KEPT = {"logistic": Logistic, "ridge": Ridge, "lda": Lda, "protonet": ProtoNet, "protonet:distance=cosine": ProtoNet}
CASES = [(name, several) for name in KEPT for several in (False, True)]


def fitted(encoder, learner="logistic", several=False):
    texts, labels = (TEXTS * 2, SETS * 2) if several else (TEXTS, LABELS)
    return FewShotClassifier(encoder=encoder, learner=learner).fit(texts, labels)


@pytest.fixture
def no_fits(monkeypatch):
    """Make any further fit of the learners fail."""

    def fail(*_):
        raise AssertionError("it was fitted again")

    def forbid():
        for kind in KEPT.values():
            for name in ("fit", "fit_without", "fit_labels"):
                monkeypatch.setattr(kind, name, fail)

    return forbid


@pytest.mark.parametrize(("learner", "several"), CASES)
def test_a_loaded_classifier_answers_as_before_without_a_fit(learner, several, toy_encoder, tmp_path, no_fits):
    model = fitted(toy_encoder, learner, several)
    model.save(tmp_path / "model")
    before = model.predict_proba(QUERIES), list(model.predict(QUERIES))
    no_fits()
    again = fewtext.load(tmp_path / "model", encoder=toy_encoder)
    assert np.array_equal(again.predict_proba(QUERIES), before[0])
    assert list(again.predict(QUERIES)) == before[1]
    again.save(tmp_path / "again")
    assert (tmp_path / "again" / HEAD).read_bytes() == (tmp_path / "model" / HEAD).read_bytes()


def test_a_head_is_used_in_float64_precision_of_a_fit(toy_encoder, tmp_path):
    fitted(toy_encoder).save(tmp_path / "model")
    kept = fewtext.load(tmp_path / "model", encoder=toy_encoder).predict_proba(QUERIES)
    (tmp_path / "model" / HEAD).unlink()  # as in a folder of an earlier version: no warning
    anew = fewtext.load(tmp_path / "model", encoder=toy_encoder).predict_proba(QUERIES)
    np.testing.assert_allclose(kept, anew, rtol=1e-5)


def test_what_is_no_head_is_not_kept(toy_encoder, tmp_path):
    fitted(toy_encoder).save(tmp_path / "model")
    fitted(toy_encoder, "matchingnet").save(tmp_path / "model")
    assert not (tmp_path / "model" / HEAD).exists()


def test_any_flipped_bit_is_said_and_the_learner_fitted_again(toy_encoder, tmp_path):
    model = fitted(toy_encoder)
    model.save(tmp_path / "model")
    path = tmp_path / "model" / HEAD
    whole, before = path.read_bytes(), model.predict_proba(QUERIES)
    for bit in random.Random(0).sample(range(8 * len(whole)), 50):
        changed = bytearray(whole)
        changed[bit // 8] ^= 1 << bit % 8
        path.write_bytes(changed)
        with pytest.warns(FewtextWarning, match=f"{HEAD}: is damaged: .*; the learner is fitted again"):
            again = fewtext.load(tmp_path / "model", encoder=toy_encoder)
        np.testing.assert_allclose(again.predict_proba(QUERIES), before, rtol=1e-6)


def test_the_head_of_another_model_is_not_used(toy_encoder, tmp_path):
    model, other = fitted(toy_encoder), FewShotClassifier(encoder=toy_encoder).fit(TEXTS[::-1], LABELS)
    model.save(tmp_path / "model")
    other.save(tmp_path / "other")
    shutil.copy(tmp_path / "other" / HEAD, tmp_path / "model" / HEAD)
    with pytest.warns(FewtextWarning, match=f"{HEAD}: is of another model; the learner is fitted again"):
        again = fewtext.load(tmp_path / "model", encoder=toy_encoder)
    assert np.array_equal(again.predict_proba(QUERIES), model.predict_proba(QUERIES))


def test_a_head_of_other_code_is_not_used_until_it_is_saved_again(toy_encoder, tmp_path, monkeypatch):
    model = fitted(toy_encoder)
    model.save(tmp_path / "model")
    monkeypatch.setattr(fitted_head, "code_of", lambda learner: "another")
    with pytest.warns(FewtextWarning, match="the kept head is of another version of learner logistic"):
        again = fewtext.load(tmp_path / "model", encoder=toy_encoder)
    assert np.array_equal(again.predict_proba(QUERIES), model.predict_proba(QUERIES))
    again.save(tmp_path / "model")
    assert (
        fewtext.load(tmp_path / "model", encoder=toy_encoder).predict(QUERIES).tolist()
        == model.predict(QUERIES).tolist()
    )


@pytest.mark.parametrize("change", [
    lambda tensors: {"weight": tensors["weight"][:, :1], "bias": tensors["bias"][:1]},
    lambda tensors: {"weight": tensors["weight"] * torch.nan, "bias": tensors["bias"]},
    lambda tensors: {"other": tensors["weight"]},
])  # fmt: skip
def test_tensors_that_give_no_answers_are_not_used(change, toy_encoder, tmp_path):
    model = fitted(toy_encoder)
    model.save(tmp_path / "model")
    tensors, facts = read_tensors(tmp_path / "model" / HEAD)
    write_tensors(tmp_path / "model" / HEAD, change(tensors), facts)
    with pytest.warns(FewtextWarning, match="the kept head does not fit the model: .*; the learner is fitted again"):
        again = fewtext.load(tmp_path / "model", encoder=toy_encoder)
    assert np.array_equal(again.predict_proba(QUERIES), model.predict_proba(QUERIES))


@pytest.mark.parametrize("several", [False, True], ids=["one label", "several"])
def test_an_update_uses_no_earlier_head(several, toy_encoder, tmp_path):
    fitted(toy_encoder, several=several).save(tmp_path / "model")
    again = fewtext.load(tmp_path / "model", encoder=toy_encoder)
    before = again.predict_proba(QUERIES)
    again.add(["a yellow banana"], [["fruit"] if several else "fruit_apple"])
    again.save(tmp_path / "model")
    grown = again.predict_proba(QUERIES)
    assert not np.array_equal(grown, before)
    assert np.array_equal(fewtext.load(tmp_path / "model", encoder=toy_encoder).predict_proba(QUERIES), grown)
    again.remove(["a yellow banana"])
    assert np.array_equal(again.predict_proba(QUERIES), before)


def test_a_loaded_classifier_of_several_labels_promises_as_before(toy_encoder, tmp_path):
    model = fitted(toy_encoder, several=True)
    model.save(tmp_path / "model")
    again = fewtext.load(tmp_path / "model", encoder=toy_encoder)
    before, after = model.model_.held_out_logits_, again.model_.held_out_logits_
    assert before.isfinite().any() and torch.equal(before.nan_to_num(9), after.nan_to_num(9))
    assert again.model_.threshold(0.5) == model.model_.threshold(0.5)


def test_code_without_a_source_is_no_version():
    kind = type("Notebook", (Logistic,), {"__module__": "of_a_notebook"})
    assert code_of(kind(torch.nn.Identity())) == "" and len(code_of(Logistic(torch.nn.Identity()))) == 64


def test_versions_tell_learners_and_backbones_apart():
    class Doubled(torch.nn.Module):
        def forward(self, x):
            return 2 * x

    learners: list[Learner] = [Logistic(torch.nn.Identity()), Ridge(torch.nn.Identity()), Logistic(Doubled())]
    assert len(set(map(code_of, learners))) == 3
