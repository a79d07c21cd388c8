"""A frozen BERT without padding: the tokens of all texts in one row, and fused operations of the device.

The query, key and value of a token come from one product; GELU and the sum with what came before are part of other
operations. On a CPU, attention takes the texts of one length together, so none is padded and none is masked; on a GPU,
FlashAttention takes all texts at once (Dao, 2023).
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence

import torch
from torch import Tensor, nn
from torch.nn.functional import scaled_dot_product_attention

from fewtext.encoders.cuda_linear import CudaLinear, attention, has_attention
from fewtext.encoders.packed_linear import Norm, Packed, pack_linears
from fewtext.encoders.plain_bert import BertLayer, PlainBert
from fewtext.encoders.token_rows import TokenRow


class PackedBert:
    """A frozen BERT: from token ids to the vectors of its layers."""

    def __init__(self, model: PlainBert) -> None:
        embeddings = model.embeddings
        self.width, self.heads = model.config.hidden_size, model.config.num_attention_heads
        self.words = embeddings.word_embeddings.weight.detach()
        self.places = (embeddings.position_embeddings.weight + embeddings.token_type_embeddings.weight[0]).detach()
        self.norm = Norm.of(embeddings.LayerNorm)
        self.layers = [_PackedLayer(layer) for layer in model.encoder.layer if isinstance(layer, BertLayer)]
        self.takes_all_at_once = has_attention(self.words, self.width // self.heads)

    def __call__(self, row: TokenRow, wanted: Collection[int]) -> Mapping[int, Tensor]:
        """Return the vectors ``[tokens, d]`` of each ``wanted`` layer: the words' are 0, the first layer's 1."""
        if row.longest > len(self.places):
            raise IndexError("position out of range")
        x = self.norm(self.words[row.ids] + self.places[row.places])
        kept = {0: x}
        for number, layer in enumerate(self.layers, 1):
            attended = layer.mixed.added_and_normed(self._attention(layer.projected(x), row), x, layer.norm)
            x = layer.narrow.added_and_normed(layer.wide.with_gelu(attended), attended, layer.out_norm)
            if number in wanted:
                kept[number] = x
        return kept

    def _attention(self, projected: Tensor, row: TokenRow) -> Tensor:
        """Return the mixed values ``[tokens, d]`` from queries, keys and values ``[tokens, 3 d]``."""
        if self.takes_all_at_once:
            return attention(projected.view(len(projected), 3, self.heads, -1), row.bounds, row.longest)
        mixed = projected.new_empty(len(projected), self.width)
        for start, texts, length in _groups(row.lengths):
            rows = slice(start, start + texts * length)
            parts = projected[rows].view(texts, length, 3, self.heads, -1).permute(2, 0, 3, 1, 4)
            own = scaled_dot_product_attention(*parts)
            mixed[rows] = own.transpose(1, 2).reshape(texts * length, self.width)
        return mixed


def packed(model: nn.Module, dtype: torch.dtype, device: torch.device) -> PackedBert | nn.Module:
    """Return what runs a frozen model on a device: without padding where it is a plain BERT on a CPU or GPU."""
    if isinstance(model, PlainBert) and device.type in ("cpu", "cuda"):
        return PackedBert(model)
    if device.type == "cpu":
        pack_linears(model, dtype)
    return model


class _PackedLayer:
    def __init__(self, layer: BertLayer) -> None:
        own, after = layer.attention.self, layer.attention.output
        three = (own.query, own.key, own.value)
        linear = CudaLinear if after.dense.weight.is_cuda else Packed
        self.projected = linear(torch.cat([part.weight for part in three]), torch.cat([part.bias for part in three]))
        self.mixed, self.norm = linear(after.dense.weight, after.dense.bias), Norm.of(after.LayerNorm)
        self.wide = linear(layer.intermediate.dense.weight, layer.intermediate.dense.bias)
        self.narrow = linear(layer.output.dense.weight, layer.output.dense.bias)
        self.out_norm = Norm.of(layer.output.LayerNorm)


def _groups(lengths: Sequence[int]) -> Iterator[tuple[int, int, int]]:
    """Yield the first token, the number of texts and their length, for each run of texts of one length."""
    start = first = 0
    for i, length in enumerate(lengths):
        if i + 1 == len(lengths) or lengths[i + 1] != length:
            texts = i + 1 - first
            yield start, texts, length
            start, first = start + texts * length, i + 1
