"""Encoders: the vectors of sentence-transformers, in input order, whatever the batches, the lengths or the memory."""

import json
import shutil
from concurrent.futures import ThreadPoolExecutor

import pytest
import torch

from fewtext.encoders import bert as bert_module
from fewtext.encoders import model_folder
from fewtext.encoders.devices import choose_device, choose_dtype
from fewtext.encoders.encode import encode, warn_of_truncation
from fewtext.encoders.load import load_encoder
from fewtext.errors import FewtextError, FewtextWarning

TEXTS = ["short", "a somewhat longer text about a lost card", "", "Grüße, 天气 and 😀", "short", "\ud800 half a pair"]
LONG = ["word " * n for n in (100, 250, 300, 3000)]


@pytest.fixture(scope="module")
def tiny_folder(tmp_path_factory):
    """A BERT of two layers with random weights and the real vocabulary, as transformers saves one."""
    from transformers import AutoTokenizer, BertConfig, BertModel

    folder = tmp_path_factory.mktemp("tiny")
    config = BertConfig(
        hidden_size=32, num_hidden_layers=2, num_attention_heads=2, intermediate_size=64, max_position_embeddings=64
    )
    with torch.random.fork_rng():
        torch.manual_seed(0)
        BertModel(config).save_pretrained(folder)
    AutoTokenizer.from_pretrained(model_folder.find_model(None, offline=True)).save_pretrained(folder)
    return folder


@pytest.fixture
def tiny(tiny_folder, tmp_path):
    """A copy of the tiny model that a test may spoil."""
    return shutil.copytree(tiny_folder, tmp_path / "tiny")


def test_it_equals_sentence_transformers_also_beyond_the_longest_text(bert):
    sentence_transformers = pytest.importorskip("sentence_transformers")
    folder = model_folder.find_model(None, offline=True)
    theirs = sentence_transformers.SentenceTransformer(str(folder), device="cpu")
    texts = [text for text in TEXTS if text.isprintable()] + LONG
    expected = theirs.encode(texts, convert_to_tensor=True)
    assert (encode(bert, texts) - expected).abs().max() < 1e-5


def test_the_sentence_transformers_encoder_gives_ordinary_tensors_in_order(bert):
    pytest.importorskip("sentence_transformers")
    encoder = load_encoder("sentence-transformers", device="cpu", dtype="float32", offline=True)
    features = encode(encoder, TEXTS + LONG)
    assert torch.allclose(features, encode(bert, TEXTS + LONG), atol=1e-5)
    assert not features.is_inference() and encoder.truncated == 2 and encoder.shape == (384,)


def test_order_and_batches_do_not_matter(bert):
    texts = [f"{'many ' * (i * 7 % 23)}words {i}" for i in range(60)]
    one_by_one = torch.cat([encode(bert, [text]) for text in texts])
    assert torch.allclose(encode(bert, texts), one_by_one, atol=1e-5)
    assert not one_by_one.is_inference()


def test_the_order_of_the_texts_moves_no_bit(tiny):
    encoder = load_encoder(str(tiny), device="cpu", dtype="bfloat16")
    encoder.token_budget = 24  # batches of two or three, which hold different texts where equal lengths go by row
    texts = [f"{word} {other} lost" for word in ("card", "letter", "key", "bag") for other in "abcdefg"]
    features = encode(encoder, texts)
    assert torch.equal(encode(encoder, texts[::-1]).flip(0), features)


def test_threads_that_load_and_encode_at_once_give_what_one_gives(tiny):
    expected = encode(load_encoder(str(tiny), device="cpu", dtype="bfloat16"), TEXTS)
    shared = load_encoder(str(tiny), device="cpu", dtype="bfloat16")

    def work(number):
        mine = load_encoder(str(tiny), device="cpu", dtype="bfloat16")
        return [torch.equal(encode(encoder, TEXTS), expected) for encoder in (shared, mine)]

    with ThreadPoolExecutor(8) as pool:
        assert all(map(all, pool.map(work, range(8))))
    assert torch.get_default_dtype() == torch.float32


def test_a_thread_is_warned_of_its_own_texts_only(tiny):
    encoder = load_encoder(str(tiny), device="cpu", max_length=4)
    with ThreadPoolExecutor(1) as pool:
        pool.submit(encode, encoder, ["one two three four"]).result()
        assert (encoder.truncated, pool.submit(lambda: encoder.truncated).result()) == (0, 1)


def test_texts_of_which_the_encoder_knows_no_word_are_counted_once(tiny):
    encoder = load_encoder(str(tiny), device="cpu")
    with pytest.warns(FewtextWarning, match="2 texts were without any word that the encoder knows"):
        with warn_of_truncation(encoder):
            encode(encoder, ["🦖", "🦖🦖", "", "known", "🦖"])
            encode(encoder, ["known"])


def test_truncated_texts_are_counted(bert):
    before = bert.truncated
    encode(bert, [*LONG, LONG[-1]])
    assert bert.truncated - before == 2  # of the three texts above 256 tokens two are distinct


def test_a_batch_is_halved_when_memory_runs_out(tiny, monkeypatch):
    encoder = load_encoder(str(tiny), device="cpu")
    texts = [f"text number {i}" for i in range(40)]
    expected = encode(encoder, texts)
    forward, sizes = encoder._forward, []

    def small_memory(batch):
        sizes.append(len(batch))
        if len(batch) > 6:
            raise torch.OutOfMemoryError("no memory")
        return forward(batch)

    monkeypatch.setattr(encoder, "_forward", small_memory)
    assert torch.allclose(encode(encoder, texts), expected, atol=1e-6)
    assert sizes[0] == 40 and sizes[-1] <= 6
    sizes.clear()
    encode(encoder, texts)
    assert sizes[0] == 40, "what was short once is not taken to be short for good"
    monkeypatch.setattr(encoder, "_forward", lambda batch: (_ for _ in ()).throw(torch.OutOfMemoryError()))
    with pytest.raises(FewtextError, match="too little memory for one text.*parameter 'max_length'"):
        encode(encoder, texts)


def test_progress_ends_at_the_whole(tiny):
    calls = []
    load_encoder(str(tiny), device="cpu").encode(["a", "b c", "d e f"], lambda *call: calls.append(call))
    assert calls[-1][0] == calls[-1][1]


def test_a_folder_without_pooling_settings_is_mean_pooled(tiny):
    from transformers import AutoModel, AutoTokenizer

    encoder = load_encoder(str(tiny), device="cpu", dtype="float32")
    assert encoder.max_length == 64
    batch = AutoTokenizer.from_pretrained(tiny)("a plain text", return_tensors="pt")
    with torch.no_grad():
        hidden = AutoModel.from_pretrained(tiny)(**batch).last_hidden_state[0]
    assert torch.allclose(encode(encoder, ["a plain text"])[0], hidden.mean(0), atol=1e-5)


@pytest.mark.parametrize("pooling", ["cls", "max"])
def test_a_sentence_transformers_folders_settings_are_honoured(tiny, pooling):
    sentence_transformers = pytest.importorskip("sentence_transformers")
    from sentence_transformers import models

    transformer = models.Transformer(str(tiny), max_seq_length=8)
    pooled = models.Pooling(32, pooling_mode=pooling)
    theirs = sentence_transformers.SentenceTransformer(modules=[transformer, pooled], device="cpu")
    theirs.save(str(tiny / "whole"))
    encoder = load_encoder(str(tiny / "whole"), device="cpu", dtype="float32")
    texts = ["one two three four five six seven eight nine", "one"]
    assert encoder.max_length == 8
    assert torch.allclose(encode(encoder, texts), theirs.encode(texts, convert_to_tensor=True), atol=1e-5)


def test_max_length_cuts_and_changes_the_fingerprint(tiny):
    plain, short = load_encoder(str(tiny), device="cpu"), load_encoder(str(tiny), device="cpu", max_length=4)
    texts = ["one two", "one two three four"]
    assert torch.allclose(encode(short, texts)[0], encode(short, texts)[1], atol=1e-5)
    assert plain.fingerprint != short.fingerprint
    with pytest.raises(FewtextError, match="this model takes 3 to 64"):
        load_encoder(str(tiny), device="cpu", max_length=65)


def test_other_weights_have_another_fingerprint(tiny):
    from safetensors.torch import load_file, save_file

    before = load_encoder(str(tiny), device="cpu").fingerprint
    tensors = {key: value * 1.01 for key, value in load_file(tiny / "model.safetensors").items()}
    save_file(tensors, tiny / "model.safetensors", metadata={"format": "pt"})
    assert load_encoder(str(tiny), device="cpu").fingerprint != before


def test_bfloat16_is_near_float32(bert):
    half = load_encoder(device="cpu", dtype="bfloat16", offline=True)
    texts = TEXTS[:4] + LONG[:1]
    cosine = torch.nn.functional.cosine_similarity(encode(bert, texts), encode(half, texts))
    assert cosine.min() > 0.999


def test_packed_layers_are_the_plain_layers(tiny, monkeypatch):
    packed = encode(load_encoder(str(tiny), device="cpu", dtype="float32"), TEXTS)
    monkeypatch.setattr(bert_module, "packed", lambda model, dtype, device: model)
    assert torch.allclose(packed, encode(load_encoder(str(tiny), device="cpu", dtype="float32"), TEXTS), atol=1e-6)


def spoil_json(folder):
    (folder / "config.json").write_text("{")


def only_a_pickle(folder):
    (folder / "model.safetensors").rename(folder / "pytorch_model.bin")


def lose_a_layer(folder):
    from safetensors.torch import load_file, save_file

    tensors = load_file(folder / "model.safetensors")
    kept = {key: value for key, value in tensors.items() if "layer.1." not in key}
    save_file(kept, folder / "model.safetensors", metadata={"format": "pt"})


def ask_for_code(folder):
    config = json.loads((folder / "config.json").read_text())
    config |= {"model_type": "mine", "auto_map": {"AutoConfig": "evil.Config", "AutoModel": "evil.Model"}}
    (folder / "config.json").write_text(json.dumps(config))
    (folder / "evil.py").write_text(f"open({str(folder / 'executed')!r}, 'w')")


def odd_settings(folder):
    (folder / "modules.json").write_text("[5]")


def unknown_layer(folder):
    modules = [
        {"type": "sentence_transformers.models.Transformer", "path": ""},
        {"type": "sentence_transformers.models.LSTM", "path": "2_LSTM"},
    ]
    (folder / "modules.json").write_text(json.dumps(modules))


@pytest.mark.parametrize(
    ("damage", "complaint"),
    [
        (spoil_json, "cannot be loaded by transformers"),
        (only_a_pickle, "no weights as safetensors"),
        (lose_a_layer, "weights are missing"),
        (ask_for_code, "names code"),
        (odd_settings, "its settings cannot be used"),
        (unknown_layer, "has a LSTM layer.*encoder sentence-transformers:MODEL"),
    ],
)
def test_a_folder_that_is_no_sound_model_is_an_error(tiny, damage, complaint):
    damage(tiny)
    with pytest.raises(FewtextError, match=complaint):
        load_encoder(str(tiny), device="cpu")
    assert not (tiny / "executed").exists()


def test_a_damaged_bundled_model_is_refused(tmp_path):
    folder = shutil.copytree(model_folder.find_model(None, offline=True), tmp_path / "model")
    model_folder.verify_bundled(folder)
    content = bytearray((folder / "model.safetensors").read_bytes())
    content[-1] ^= 1
    (folder / "model.safetensors").write_bytes(content)
    with pytest.raises(FewtextError, match="damaged.*force-reinstall"):
        model_folder.verify_bundled(folder)


def test_without_model_and_network_the_error_names_both_hints(monkeypatch, tmp_path):
    monkeypatch.setattr(model_folder, "BUNDLED_PACKAGE", "no_such_package")
    monkeypatch.setenv("HF_HUB_CACHE", str(tmp_path))
    with pytest.raises(FewtextError, match=r"fewtext\[bundled\].*Hugging Face Hub"):
        model_folder.find_model(None, offline=True)


@pytest.mark.parametrize(
    ("spec", "complaint"),
    [("nonsense", "no encoder 'nonsense'.*installed: bert"), ("bert:nowhere", "no such folder")],
)
def test_a_wrong_encoder_is_an_error_that_names_those_there_are(spec, complaint):
    with pytest.raises(FewtextError, match=complaint):
        load_encoder(spec)


def test_devices_and_dtypes_are_checked():
    assert choose_device("cpu") == torch.device("cpu")
    assert choose_dtype("auto", torch.device("cpu")) in (torch.float32, torch.bfloat16)
    for wrong in ("nonsense", "cuda:77", "meta", "hpu"):
        with pytest.raises(FewtextError, match="cannot be used here"):
            choose_device(wrong)
    with pytest.raises(FewtextError, match="no dtype 'int8'"):
        choose_dtype("int8", torch.device("cpu"))
