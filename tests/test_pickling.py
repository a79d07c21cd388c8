"""A used classifier pickles without its encoder's weights, answers alike in another process, and after a fork."""

import copy
import multiprocessing
import os
import pickle

import pytest
import torch

from fewtext import FewShotClassifier
from fewtext.encoders.bert import BertEncoder
from fewtext.encoders.load import load_encoder
from fewtext.errors import FewtextError

TEXTS = ["out of toner", "paper jam", "my card was declined", "charged twice"]
LABELS = ["printing", "printing", "payment", "payment"]


@pytest.fixture
def words(tmp_path):
    """A BERT of one layer that knows a few words."""
    from tokenizers import Tokenizer, models, pre_tokenizers
    from transformers import BertConfig, BertModel, PreTrainedTokenizerFast

    known = ["[PAD]", "[UNK]", *dict.fromkeys(" ".join(TEXTS).split())]
    tokenizer = Tokenizer(models.WordLevel({word: i for i, word in enumerate(known)}, unk_token="[UNK]"))
    tokenizer.pre_tokenizer = pre_tokenizers.Whitespace()
    folder = tmp_path / "words"
    special = {"unk_token": "[UNK]", "pad_token": "[PAD]"}
    PreTrainedTokenizerFast(tokenizer_object=tokenizer, **special).save_pretrained(folder)
    size = {"hidden_size": 8, "num_hidden_layers": 1, "num_attention_heads": 1, "intermediate_size": 8}
    config = BertConfig(vocab_size=len(known), max_position_embeddings=16, **size)
    with torch.random.fork_rng():
        torch.manual_seed(0)
        BertModel(config).save_pretrained(folder)
    return folder


@pytest.mark.parametrize("learner", ["logistic", "protonet"])
def test_a_classifier_of_one_label_comes_back(words, learner):
    model = FewShotClassifier(learner=learner, encoder=str(words), device="cpu", label_names=False).fit(TEXTS, LABELS)
    expected = model.predict_proba(TEXTS)
    assert (pickle.loads(pickle.dumps(model)).predict_proba(TEXTS) == expected).all()
    assert (copy.deepcopy(model).predict_proba(TEXTS) == expected).all()
    assert not hasattr(pickle.loads(pickle.dumps(FewShotClassifier())), "classes_")


def test_a_classifier_of_several_labels_comes_back(words):
    model = FewShotClassifier(encoder=str(words), device="cpu", label_names=False).fit(
        TEXTS, [["a"], ["a", "b"], ["b"], []]
    )
    assert (pickle.loads(pickle.dumps(model)).predict_proba(TEXTS) == model.predict_proba(TEXTS)).all()


def test_a_classifier_on_words_counted_comes_back():
    pytest.importorskip("sklearn")
    model = FewShotClassifier(encoder="tfidf").fit(TEXTS, LABELS)
    assert (pickle.loads(pickle.dumps(model)).predict_proba(TEXTS) == model.predict_proba(TEXTS)).all()


def test_an_encoder_in_use_is_shared_and_one_that_is_not_is_loaded_by_its_spec(words, monkeypatch):
    encoder = load_encoder(str(words), device="cpu")
    tuned = encoder.with_weights({"model.embeddings.LayerNorm.bias": torch.ones(8)})
    pickled = pickle.dumps(encoder), pickle.dumps(tuned)
    assert len(pickled[0]) < 2000 and pickle.loads(pickled[0]) is encoder
    fingerprints = encoder.fingerprint, tuned.fingerprint
    del encoder, tuned
    again = [pickle.loads(each) for each in pickled]
    assert tuple(each.fingerprint for each in again) == fingerprints
    del again
    monkeypatch.setattr(BertEncoder, "__init__", lambda *_, **__: pytest.fail("another encoder was loaded"))
    (words / "config.json").write_text((words / "config.json").read_text() + " ")
    with pytest.raises(FewtextError, match="fitted with another encoder"):
        pickle.loads(pickled[0])
    words.rename(words.with_name("elsewhere"))
    with pytest.raises(FewtextError, match="no such folder"):
        pickle.loads(pickled[0])


@pytest.mark.skipif(not hasattr(os, "fork"), reason="this system has no fork")
@pytest.mark.filterwarnings("ignore:.*fork.*:DeprecationWarning")
def test_a_child_process_predicts_although_its_parent_has_used_two_threads(bert):
    threads = torch.get_num_threads()
    torch.set_num_threads(2)
    try:
        model = FewShotClassifier(encoder=bert).fit(TEXTS, LABELS)
        expected = model.predict(TEXTS * 20).tolist()

        def predict():
            os._exit(0 if model.predict(TEXTS * 20).tolist() == expected else 1)

        child = multiprocessing.get_context("fork").Process(target=predict)
        child.start()
        child.join(60)
        if child.is_alive():
            child.kill()
        assert child.exitcode == 0
    finally:
        torch.set_num_threads(threads)
