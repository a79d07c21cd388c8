"""BERT for a CPU without padding: the tokens of all texts in one row, weights packed for it, fused operations.

The query, key and value of a token come from one product; GELU and the sum with what came before are part of the
products that they follow. Attention takes the texts of one length together, so none is padded and none is masked.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import torch
from torch import Tensor, nn
from torch.nn.functional import layer_norm, scaled_dot_product_attention

from fewtext.encoders.packed_linear import Packed, pack_linears
from fewtext.encoders.plain_bert import BertLayer, Layers, PlainBert


class PackedBert:
    """A frozen BERT: from token ids to the vectors of every layer."""

    def __init__(self, model: PlainBert) -> None:
        embeddings, self.width = model.embeddings, model.config.hidden_size
        self.eps, self.heads = model.config.layer_norm_eps, model.config.num_attention_heads
        self.words = embeddings.word_embeddings.weight.detach()
        self.places = (embeddings.position_embeddings.weight + embeddings.token_type_embeddings.weight[0]).detach()
        self.norm = _weights_of(embeddings.LayerNorm)
        self.layers = [_PackedLayer(layer) for layer in model.encoder.layer if isinstance(layer, BertLayer)]

    def __call__(
        self, input_ids: Tensor, attention_mask: Tensor | None = None, output_hidden_states: bool = False
    ) -> Layers:
        """Run the model on token ids ``[b, l]``, as ``PlainBert`` does; what it returns for padding is 0."""
        if input_ids.shape[1] > len(self.places):
            raise IndexError("position out of range")
        real = torch.ones_like(input_ids, dtype=torch.bool) if attention_mask is None else attention_mask.bool()
        groups = list(_groups(real.sum(1).tolist()))
        hidden = [self._normed(self.words[input_ids[real]] + self.places[real.nonzero()[:, 1]], self.norm)]
        for layer in self.layers:
            x = hidden[-1]
            attended = self._normed(layer.mixed.added(self._attention(layer.projected(x), groups), x), layer.norm)
            hidden.append(self._normed(layer.narrow.added(layer.wide.with_gelu(attended), attended), layer.out_norm))
        kept = hidden if output_hidden_states else hidden[-1:]
        padded = [x.new_zeros(*real.shape, self.width).masked_scatter_(real[..., None], x) for x in kept]
        return Layers(padded[-1], tuple(padded))

    def _normed(self, x: Tensor, weights: tuple[Tensor, Tensor]) -> Tensor:
        return layer_norm(x, (self.width,), *weights, self.eps)

    def _attention(self, projected: Tensor, groups: Sequence[tuple[int, int, int]]) -> Tensor:
        """Return the mixed values ``[tokens, d]`` from queries, keys and values ``[tokens, 3 d]``."""
        mixed = projected.new_empty(len(projected), self.width)
        for start, texts, length in groups:
            rows = slice(start, start + texts * length)
            parts = projected[rows].view(texts, length, 3, self.heads, -1).permute(2, 0, 3, 1, 4)
            own = scaled_dot_product_attention(*parts)
            mixed[rows] = own.transpose(1, 2).reshape(texts * length, self.width)
        return mixed


def packed(model: nn.Module, dtype: torch.dtype) -> PackedBert | nn.Module:
    """Return what runs a frozen model on the CPU: without padding where it is a plain BERT."""
    if isinstance(model, PlainBert):
        return PackedBert(model)
    pack_linears(model, dtype)
    return model


class _PackedLayer:
    def __init__(self, layer: BertLayer) -> None:
        own, after = layer.attention.self, layer.attention.output
        three = (own.query, own.key, own.value)
        self.projected = Packed(torch.cat([part.weight for part in three]), torch.cat([part.bias for part in three]))
        self.mixed, self.norm = Packed(after.dense.weight, after.dense.bias), _weights_of(after.LayerNorm)
        self.wide = Packed(layer.intermediate.dense.weight, layer.intermediate.dense.bias)
        self.narrow = Packed(layer.output.dense.weight, layer.output.dense.bias)
        self.out_norm = _weights_of(layer.output.LayerNorm)


def _weights_of(norm: nn.LayerNorm) -> tuple[Tensor, Tensor]:
    return norm.weight.detach(), norm.bias.detach()


def _groups(lengths: Sequence[int]) -> Iterator[tuple[int, int, int]]:
    """Yield the first token, the number of texts and their length, for each run of texts of one length."""
    start = first = 0
    for i, length in enumerate(lengths):
        if i + 1 == len(lengths) or lengths[i + 1] != length:
            texts = i + 1 - first
            yield start, texts, length
            start, first = start + texts * length, i + 1
