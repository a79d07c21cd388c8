"""BERT in plain torch (Devlin et al., 2019): for models that need no more, without importing transformers.

Modules and parameters are named as transformers' ``BertModel`` names them, but for the pooler, which sentence encoders
do not use; so adapters and trained weights fit both.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

import torch
from torch import Tensor, nn
from torch.nn.functional import gelu, scaled_dot_product_attention

from fewtext.errors import InputError, listed

WEIGHTS = "model.safetensors"
PREFIX = "bert."  # of the names in a file, where the model was saved within a larger one


@dataclass(frozen=True)
class BertShape:
    """The sizes of a BERT, as its ``config.json`` has them."""

    vocab_size: int
    hidden_size: int
    num_hidden_layers: int
    num_attention_heads: int
    intermediate_size: int
    max_position_embeddings: int
    type_vocab_size: int
    layer_norm_eps: float

    @classmethod
    def read(cls, folder: Path) -> BertShape | None:
        """Return the sizes of the model in a folder; None where they ask for more than this module has."""
        try:
            config = json.loads((folder / "config.json").read_text(encoding="utf-8"))
            if (
                not isinstance(config, dict)
                or config.get("model_type") != "bert"
                or any(config.get(name, usual) != usual for name, usual in _USUAL.items())
            ):
                return None
            shape = cls(**{name: config[name] for name in cls.__dataclass_fields__})
        except (OSError, ValueError, KeyError, RecursionError):
            return None
        sizes = [value for name, value in vars(shape).items() if name != "layer_norm_eps"]
        whole = all(type(size) is int and size > 0 for size in sizes) and isinstance(shape.layer_norm_eps, float)
        return shape if whole and shape.hidden_size % shape.num_attention_heads == 0 else None


_USUAL: dict[str, Any] = {
    "hidden_act": "gelu", "position_embedding_type": "absolute", "is_decoder": False, "add_cross_attention": False,
    "is_encoder_decoder": False, "quantization_config": None, "pruned_heads": {}, "chunk_size_feed_forward": 0,
}  # fmt: skip


class Layers(NamedTuple):
    """What a model returns: the last layer's vectors ``[b, l, d]``, and those of every layer, the words' first."""

    last_hidden_state: Tensor
    hidden_states: tuple[Tensor, ...]


class PlainBert(nn.Module):
    """From token ids to the vectors of every layer."""

    def __init__(self, shape: BertShape) -> None:
        super().__init__()
        self.config = shape
        self.embeddings = _Embeddings(shape)
        self.encoder = _Encoder(shape)

    def get_input_embeddings(self) -> nn.Embedding:
        """Return the table of the words' vectors."""
        return self.embeddings.word_embeddings

    def forward(
        self, input_ids: Tensor, attention_mask: Tensor | None = None, output_hidden_states: bool = False
    ) -> Layers:
        """Run the model on token ids ``[b, l]``; ``attention_mask`` ``[b, l]`` is 0 where there is only padding."""
        seen = None if attention_mask is None else attention_mask.bool()[:, None, None, :]
        hidden = [self.embeddings(input_ids)]
        for layer in self.encoder.layer:
            hidden.append(layer(hidden[-1], seen))
        return Layers(hidden[-1], tuple(hidden))


class _Linear(nn.Linear):
    def reset_parameters(self) -> None:
        """Leave the weights as they are: they are about to be loaded, and initialising them takes longer than that."""


class _Embedding(nn.Embedding):
    def reset_parameters(self) -> None:
        """Leave the weights as they are."""


class _Embeddings(nn.Module):
    def __init__(self, shape: BertShape) -> None:
        super().__init__()
        width = shape.hidden_size
        self.word_embeddings = _Embedding(shape.vocab_size, width)
        self.position_embeddings = _Embedding(shape.max_position_embeddings, width)
        self.token_type_embeddings = _Embedding(shape.type_vocab_size, width)
        self.LayerNorm = nn.LayerNorm(width, eps=shape.layer_norm_eps)

    def forward(self, ids: Tensor) -> Tensor:
        if ids.shape[1] > len(self.position_embeddings.weight):
            raise IndexError("position out of range")
        words = self.word_embeddings(ids) + self.token_type_embeddings.weight[0]
        normed: Tensor = self.LayerNorm(words + self.position_embeddings.weight[: ids.shape[1]])
        return normed


class _Encoder(nn.Module):
    def __init__(self, shape: BertShape) -> None:
        super().__init__()
        self.layer = nn.ModuleList(BertLayer(shape) for _ in range(shape.num_hidden_layers))


class BertLayer(nn.Module):
    """Attention and two linear layers, each added to what it was given and normalised."""

    def __init__(self, shape: BertShape) -> None:
        super().__init__()
        self.attention = _Attention(shape)
        self.intermediate = _Dense(shape.hidden_size, shape.intermediate_size)
        self.output = _AddAndNorm(shape.intermediate_size, shape)

    def forward(self, x: Tensor, seen: Tensor | None) -> Tensor:
        """Return the layer's vectors ``[b, l, d]``."""
        attended = self.attention(x, seen)
        layer: Tensor = self.output(gelu(self.intermediate.dense(attended)), attended)
        return layer


class _Attention(nn.Module):
    def __init__(self, shape: BertShape) -> None:
        super().__init__()
        self.self = _SelfAttention(shape)
        self.output = _AddAndNorm(shape.hidden_size, shape)

    def forward(self, x: Tensor, seen: Tensor | None) -> Tensor:
        attended: Tensor = self.output(self.self(x, seen), x)
        return attended


class _SelfAttention(nn.Module):
    def __init__(self, shape: BertShape) -> None:
        super().__init__()
        self.heads = shape.num_attention_heads
        self.query, self.key, self.value = (_Linear(shape.hidden_size, shape.hidden_size) for _ in range(3))

    def forward(self, x: Tensor, seen: Tensor | None) -> Tensor:
        b, length, width = x.shape
        projected = self.query(x), self.key(x), self.value(x)
        query, key, value = (part.view(b, length, self.heads, -1).transpose(1, 2) for part in projected)
        mixed = scaled_dot_product_attention(query, key, value, attn_mask=seen)
        return mixed.transpose(1, 2).reshape(b, length, width)


class _Dense(nn.Module):
    def __init__(self, inputs: int, outputs: int) -> None:
        super().__init__()
        self.dense = _Linear(inputs, outputs)


class _AddAndNorm(_Dense):
    def __init__(self, inputs: int, shape: BertShape) -> None:
        super().__init__(inputs, shape.hidden_size)
        self.LayerNorm = nn.LayerNorm(shape.hidden_size, eps=shape.layer_norm_eps)

    def forward(self, x: Tensor, before: Tensor) -> Tensor:
        normed: Tensor = self.LayerNorm(self.dense(x) + before)
        return normed


def load_bert(folder: Path, shape: BertShape) -> PlainBert:
    """Load a BERT in float32; raise ``InputError`` where its weights are damaged, missing or of other sizes."""
    from safetensors import SafetensorError
    from safetensors.torch import load_file

    with torch.device("meta"):
        model = PlainBert(shape)
    try:
        weights = load_file(folder / WEIGHTS)
    except (SafetensorError, OSError, ValueError) as error:
        raise InputError(f"cannot be read ({error})", where=str(folder / WEIGHTS)) from error
    own = {name.removeprefix(PREFIX): weight.float() for name, weight in weights.items()}
    expected = {name: parameter.shape for name, parameter in model.named_parameters()}
    if missing := sorted(expected.keys() - own.keys()):
        raise InputError(f"weights are missing: {listed(missing, 3)}", where=str(folder))
    if other := [name for name, size in expected.items() if own[name].shape != size]:
        raise InputError(f"weights have other sizes than its config.json says: {listed(other, 3)}", where=str(folder))
    model.load_state_dict({name: own[name] for name in expected}, assign=True)
    return model
