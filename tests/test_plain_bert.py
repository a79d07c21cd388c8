"""BERT and its tokenizer read directly: what transformers gives, and left to it where they ask for more."""

import json

import pytest
import torch
from tiny_models import WORDS, write_json, write_model

from fewtext.encoders.cuda_linear import add_and_norm_on
from fewtext.encoders.load import load_encoder
from fewtext.encoders.model_folder import find_model
from fewtext.encoders.packed_bert import PackedBert
from fewtext.encoders.plain_bert import BertShape, load_bert
from fewtext.encoders.plain_tokenizer import PlainTokenizer
from fewtext.encoders.token_rows import TokenRow
from fewtext.encoders.tokens import Tokens
from fewtext.encoders.transformers_models import load_model, load_tokenizer
from fewtext.errors import InputError

IDS = torch.tensor([[3, 4, 5, 6, 7, 8], [9, 8, 7, 6, 5, 0], [3, 4, 5, 6, 0, 0], [3, 9, 5, 1, 0, 0], [4, 0, 0, 0, 0, 0]])
TEXTS = [
    *WORDS,
    " ".join(WORDS * 9),
    "",
    "[MASK] my [SEP] card",
    "Grüße, 天气 and 😀",
    "a" * 300,
    "e\u0301 \x00 \ufffd\u200b",
]


@pytest.fixture
def folder(tmp_path):
    return write_model(tmp_path / "bert", "bert")


@pytest.mark.parametrize(("dtype", "most"), [(torch.float64, 1e-10), (torch.float32, 1e-5)])
@torch.no_grad()
def test_every_layer_is_that_of_transformers(folder, dtype, most):
    plain, theirs = load_bert(folder, BertShape.read(folder)).to(dtype), load_model(folder, dtype)
    mask = (IDS > 0).long()
    expected = theirs(input_ids=IDS, attention_mask=mask, output_hidden_states=True).hidden_states
    found = plain.eval()(input_ids=IDS, attention_mask=mask, output_hidden_states=True).hidden_states
    row = TokenRow([ids[: int(real)].tolist() for ids, real in zip(IDS, mask.sum(1), strict=True)], IDS.device)
    without_padding = [row.padded(x) for x in PackedBert(plain)(row, {0, 1, 2}).values()]
    assert torch.equal(row.mask, mask.bool()) and all((x[mask == 0] == 0).all() for x in without_padding)
    assert len(found) == len(expected) == 3
    for own, packed, their in zip(found, without_padding, expected, strict=True):
        assert own.dtype == packed.dtype == dtype
        assert all(((x - their) * mask[..., None]).abs().max() < most for x in (own, packed))
    assert torch.allclose(plain(input_ids=IDS[:1]).last_hidden_state, expected[-1][:1], atol=most)
    with pytest.raises(IndexError):
        plain(input_ids=torch.zeros(1, 99, dtype=torch.long))
    with pytest.raises(IndexError):
        PackedBert(plain)(TokenRow([[0] * 99], IDS.device), {2})


def test_its_parameters_have_the_names_of_transformers(folder):
    plain, theirs = load_bert(folder, BertShape.read(folder)), load_model(folder, torch.float32)
    named = {name: weight.shape for name, weight in theirs.named_parameters() if "pooler" not in name}
    assert {name: weight.shape for name, weight in plain.named_parameters()} == named


@pytest.mark.parametrize(
    "changed",
    [
        {"hidden_act": "gelu_new"}, {"position_embedding_type": "relative_key"}, {"is_decoder": True},
        {"model_type": "roberta"}, {"num_attention_heads": 3}, {"hidden_size": "16"}, {"quantization_config": {}},
    ],
    ids=str,
)  # fmt: skip
def test_a_model_that_asks_for_more_is_left_to_transformers(folder, changed):
    config = json.loads((folder / "config.json").read_text())
    assert BertShape.read(folder)
    write_json(folder / "config.json", config | changed)
    assert BertShape.read(folder) is None


def test_damaged_weights_and_weights_of_other_sizes_are_errors(folder):
    shape = BertShape.read(folder)
    write_json(folder / "config.json", json.loads((folder / "config.json").read_text()) | {"intermediate_size": 30})
    with pytest.raises(InputError, match=r"other sizes than its config.json says: .*intermediate.dense"):
        load_bert(folder, BertShape.read(folder))
    (folder / "model.safetensors").write_bytes((folder / "model.safetensors").read_bytes()[:-50])
    with pytest.raises(InputError, match=r"model.safetensors: cannot be read"):
        load_bert(folder, shape)


def bert_tokenizer(folder):
    """Write the tokenizer of the bundled model into a folder; return its settings."""
    for name in ("tokenizer.json", "tokenizer_config.json", "special_tokens_map.json"):
        (folder / name).write_bytes((find_model(None, offline=True) / name).read_bytes())
    return json.loads((folder / "tokenizer_config.json").read_text())


def test_the_tokenizer_gives_the_tokens_of_transformers(tmp_path):
    bert_tokenizer(tmp_path)
    plain, theirs = PlainTokenizer.read(tmp_path), load_tokenizer(tmp_path)
    assert plain.model_max_length == theirs.model_max_length and plain.truncation_side == theirs.truncation_side
    assert Tokens(plain, 20, "").tokenize(TEXTS) == Tokens(theirs, 20, "").tokenize(TEXTS)


@pytest.mark.parametrize(
    "changed",
    [
        {"do_lower_case": False}, {"strip_accents": False}, {"tokenizer_class": "MPNetTokenizer"},
        {"additional_special_tokens": ["[NEW]"]}, {"added_tokens_decoder": {"7": {"content": "[NEW]"}}},
        {"cls_token": "[MASK]"}, {"pad_token": 5}, {"unk_token": "[PAD]"},
    ],
    ids=str,
)  # fmt: skip
def test_a_tokenizer_that_its_settings_change_is_left_to_transformers(tmp_path, changed):
    config = bert_tokenizer(tmp_path)
    assert PlainTokenizer.read(tmp_path)
    write_json(tmp_path / "tokenizer_config.json", config | changed)
    assert PlainTokenizer.read(tmp_path) is None


def test_features_do_not_depend_on_who_runs_the_model(folder, monkeypatch):
    texts = [" ".join(WORDS[i : i + 1 + i % 5]) for i in range(len(WORDS))]
    own = load_encoder(str(folder), device="cpu", dtype="float32").encode(texts)
    monkeypatch.setattr(BertShape, "read", classmethod(lambda cls, folder: None))
    assert torch.allclose(own, load_encoder(str(folder), device="cpu", dtype="float32").encode(texts), atol=1e-5)
    assert own.std() > 0.01, "texts differ"


@pytest.mark.skipif(not torch.cuda.is_available(), reason="needs an NVIDIA GPU")
@torch.no_grad()
def test_it_is_the_same_on_a_gpu_with_its_own_kernels_in_16_bits(folder):
    plain = load_bert(folder, BertShape.read(folder))
    row = [ids[:real].tolist() for ids, real in zip(IDS, (IDS > 0).sum(1).tolist(), strict=True)]
    device = torch.device("cuda")
    expected = PackedBert(plain)(TokenRow(row, torch.device("cpu")), {2})[2]
    whole = PackedBert(plain.to(device))
    found = whole(TokenRow(row, device), {2})[2]
    assert (found.cpu() - expected).abs().max() < 1e-4 and not whole.takes_all_at_once
    half = PackedBert(plain.to(torch.bfloat16))
    assert half.takes_all_at_once and add_and_norm_on(device) is not None
    assert torch.cosine_similarity(half(TokenRow(row, device), {2})[2].float().cpu(), expected).min() > 0.999
