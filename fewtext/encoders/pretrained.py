"""A model's configuration, tokenizer and weights: read directly where it is a plain BERT, else by transformers."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import torch

from fewtext.encoders import transformers_models
from fewtext.encoders.plain_bert import WEIGHTS, BertShape, load_bert
from fewtext.encoders.plain_tokenizer import PlainTokenizer


def load_config(folder: Path) -> Any:
    """Read a model's configuration."""
    return BertShape.read(folder) or transformers_models.load_config(folder)


def load_tokenizer(folder: Path) -> Any:
    """Load a fast tokenizer."""
    return PlainTokenizer.read(folder) or transformers_models.load_tokenizer(folder)


def load_model(folder: Path) -> Any:
    """Load a model in float32."""
    shape = BertShape.read(folder)
    if shape and (folder / WEIGHTS).is_file():
        return load_bert(folder, shape)
    return transformers_models.load_model(folder, torch.float32)
