"""The contract of an encoder, and what a vector is."""

import functools
import json
import tempfile
from pathlib import Path

import pytest
import torch
from fewtext_model2vec import Model2Vec
from safetensors.torch import save_file
from tokenizers import Tokenizer
from tokenizers.models import WordLevel
from tokenizers.pre_tokenizers import Whitespace

from fewtext.api import FewtextError
from fewtext.testing import encoder_checks

WORDS = "[UNK] the printer is out of toner pay my salary a room for eight no".split()
FOLDER = tempfile.TemporaryDirectory()


@functools.cache
def model():
    """Write a model of a few words, and return its folder."""
    tokenizer = Tokenizer(WordLevel({word: i for i, word in enumerate(WORDS)}, unk_token="[UNK]"))
    tokenizer.pre_tokenizer = Whitespace()
    tokenizer.save(str(Path(FOLDER.name, "tokenizer.json")))
    Path(FOLDER.name, "config.json").write_text(json.dumps({"normalize": True}), encoding="utf-8")
    table = torch.randn(len(WORDS), 8, generator=torch.Generator().manual_seed(0))
    save_file({"embeddings": table}, Path(FOLDER.name, "model.safetensors"))
    return FOLDER.name


@encoder_checks(lambda: Model2Vec(model()))
def test_model2vec(check):
    check()


def test_a_text_is_the_mean_of_its_tokens():
    encoder = Model2Vec(model())
    both = encoder._table[WORDS.index("pay")] + encoder._table[WORDS.index("salary")]
    x = encoder.encode(["pay salary", "unheard pay salary", "unheard"])
    assert torch.allclose(x[0], both / both.norm()) and torch.equal(x[0], x[1])
    assert encoder.unknown == 1 and not x[2].any()


def test_no_folder_is_an_error():
    with pytest.raises(FewtextError, match="model2vec:FOLDER"):
        Model2Vec("nowhere")
