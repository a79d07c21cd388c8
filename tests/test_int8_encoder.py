"""The encoder in 8 bits: near the float32 one, kept between runs, refused where answers would change."""

import pytest
import torch
from tiny_models import WORDS, write_model

from fewtext import FewShotClassifier, FewtextError
from fewtext.encoders import int8_encoder
from fewtext.encoders.encode import encode
from fewtext.encoders.load import load_encoder
from fewtext.testing import encoder_checks

pytest.importorskip("onnxruntime", reason="8 bits need the extra onnx")
TEXTS = [" ".join(WORDS[i : i + 3]) for i in range(12)]


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return str(write_model(tmp_path_factory.mktemp("model") / "bert", "bert"))


@pytest.fixture(autouse=True)
def cache(tmp_path, monkeypatch):
    monkeypatch.setenv("FEWTEXT_CACHE", str(tmp_path / "cache"))
    return tmp_path / "cache" / "int8"


@pytest.fixture(scope="module")
def built_once(tmp_path_factory):
    return str(tmp_path_factory.mktemp("cache"))


@encoder_checks(lambda: load_encoder("bert", dtype="int8"))
def test_the_contract(check, built_once, monkeypatch):
    monkeypatch.setenv("FEWTEXT_CACHE", built_once)
    check()


@pytest.mark.parametrize("kind", ["bert", "layers"])
def test_features_are_near_those_of_float32(folder, kind):
    exact, rough = (encode(load_encoder(f"{kind}:{folder}", dtype=dtype), TEXTS) for dtype in ("float32", "int8"))
    assert torch.cosine_similarity(exact, rough).min() > 0.99 and not torch.equal(exact, rough)


def test_the_graph_is_kept_and_one_that_is_damaged_is_built_again(folder, cache, monkeypatch):
    x = encode(load_encoder(folder, dtype="int8"), TEXTS)
    (kept,) = cache.iterdir()
    whole = kept.read_bytes()
    with monkeypatch.context() as patch:
        patch.setattr(int8_encoder, "EncoderGraph", None)  # which would fail
        assert torch.equal(encode(load_encoder(folder, dtype="int8"), TEXTS), x)
    kept.write_bytes(whole[:999] + b"?" + whole[1000:])
    assert torch.equal(encode(load_encoder(folder, dtype="int8"), TEXTS), x) and kept.read_bytes() == whole


def test_another_model_or_other_weights_have_a_graph_of_their_own(folder, cache, tmp_path):
    one = load_encoder(folder, dtype="int8")
    other = load_encoder(str(write_model(tmp_path / "other", "bert", seed=1)), dtype="int8")
    random = torch.randn(one.bert.config.vocab_size, 16, generator=torch.Generator().manual_seed(0))
    weights = {"model.embeddings.word_embeddings.weight": random}
    tuned = one.with_weights(weights)
    assert len(list(cache.iterdir())) == 3
    x, y, z = (encode(encoder, TEXTS) for encoder in (one, other, tuned))
    assert not any(torch.allclose(a, b, atol=0.01) for a, b in ((x, y), (y, z), (x, z)))


def test_what_is_no_plain_bert_is_refused(tmp_path):
    for spec, words in (("tfidf", "for a BERT"), (str(write_model(tmp_path / "mpnet", "mpnet")), "no plain BERT")):
        with pytest.raises(FewtextError, match=words):
            load_encoder(spec, dtype="int8")


def test_a_classifier_is_refused_where_more_than_one_held_out_answer_changes(folder, tmp_path, monkeypatch):
    texts, labels = TEXTS * 2, ["one", "two", "three"] * 8
    model = FewShotClassifier(encoder=folder, dtype="int8").fit(texts, labels)
    model.save(tmp_path / "model")
    features = int8_encoder.Int8Encoder._features
    monkeypatch.setattr(int8_encoder.Int8Encoder, "_features", lambda self, batch: -features(self, batch))
    for make in (
        lambda: FewShotClassifier(encoder=folder, dtype="int8").fit(texts, labels),
        lambda: FewShotClassifier.load(tmp_path / "model", dtype="int8"),
    ):
        with pytest.raises(FewtextError, match=r"8 bits change \d+ of 24 answers to held-out examples"):
            make()
