"""Products of matrices in 8 bits as ONNX operators of onnxruntime: a scale for each token, and one for each column.

A token's scale depends on that token alone, so a text's features do not depend on the texts beside it. The few channels
that are far larger than the others (Dettmers et al., 2022) stay in float32: they would take the scale for themselves.
They are found by running the model on random tokens. What GELU gives is hardly negative, so it is moved above zero and
has all 8 bits for itself.
"""

from __future__ import annotations

import numpy as np
import torch
from torch import Tensor, nn

from fewtext.encoders.onnx_graph import Graph
from fewtext.encoders.plain_bert import BertLayer, PlainBert

EXACT = 8  # channels of each layer's input that stay in float32
SEQUENCES, TOKENS = 64, 16  # random ones that the model is run on
LEAST_OF_GELU = -0.17
LARGEST, MIDDLE = 127, 128  # of signed 8 bits, and what stands for 0 in unsigned ones
TINY = 1e-12
CONTRIBUTED = "com.microsoft"


class Int8Products:
    """Adds the products of a BERT with its weights; ``frame`` are the tokens before and after those of a text."""

    def __init__(self, model: PlainBert, frame: tuple[list[int], list[int]]) -> None:
        self._sizes: dict[nn.Linear, Tensor] = {}
        layers = (layer for layer in model.encoder.layer if isinstance(layer, BertLayer))
        self._after_gelu = {layer.output.dense for layer in layers}
        self._observe(model, frame)

    def __call__(self, graph: Graph, x: str, weight: Tensor, layer: nn.Linear) -> str:
        """Add the product of rows ``[t, in]``, the input of a ``layer``, with a weight ``[in, out]``."""
        sizes = self._sizes[layer]
        if layer in self._after_gelu:
            return _of_gelu(graph, x, weight)
        exact = sizes.topk(min(EXACT, len(sizes))).indices
        kept = torch.ones(len(weight)).index_fill(0, exact, 0.0)
        few = graph.add("Gather", x, graph.weight(exact, np.int64), axis=1)
        apart = graph.add("MatMul", few, graph.weight(weight[exact]))
        rest = graph.add("Mul", x, graph.weight(kept))
        highest = graph.add("ReduceMax", rest, axes=[-1], keepdims=0)
        lowest = graph.add("Neg", graph.add("ReduceMin", rest, axes=[-1], keepdims=0))
        size = graph.add("Max", highest, lowest, graph.weight([TINY]))
        return graph.add("Add", _multiplied(graph, rest, size, MIDDLE, *_whole(weight * kept[:, None])), apart)

    def _observe(self, model: PlainBert, frame: tuple[list[int], list[int]]) -> None:
        """Note how large the input of each linear layer is, by channel."""
        generator = torch.Generator().manual_seed(0)
        random = torch.randint(model.config.vocab_size, (SEQUENCES, TOKENS), generator=generator)
        before, after = (torch.tensor(own, dtype=torch.int64).expand(SEQUENCES, -1) for own in frame)

        def note(layer: nn.Module, given: tuple[Tensor, ...]) -> None:
            assert isinstance(layer, nn.Linear)
            self._sizes[layer] = given[0].abs().flatten(0, -2).amax(0)

        linears = [layer for layer in model.encoder.modules() if isinstance(layer, nn.Linear)]
        hooks = [layer.register_forward_pre_hook(note) for layer in linears]
        try:
            with torch.no_grad():
                model(torch.cat([before, random, after], 1)[:, : model.config.max_position_embeddings])
        finally:
            for hook in hooks:
                hook.remove()


def _of_gelu(graph: Graph, x: str, weight: Tensor) -> str:
    """Add the product of rows that are nowhere below ``LEAST_OF_GELU``."""
    above = graph.add("Add", x, graph.weight(-LEAST_OF_GELU))
    size = graph.add("Max", graph.add("ReduceMax", above, axes=[-1], keepdims=0), graph.weight([TINY]))
    whole, scale = _whole(weight)
    added = -LEAST_OF_GELU * (whole * scale).sum(0)
    return graph.add("Sub", _multiplied(graph, above, size, 0, whole, scale), graph.weight(added))


def _whole(weight: Tensor) -> tuple[Tensor, Tensor]:
    """Return a weight ``[in, out]`` in whole numbers, and the scale of each column."""
    scale = weight.abs().amax(0).clamp(min=TINY) / LARGEST
    return (weight / scale).round(), scale


def _multiplied(graph: Graph, x: str, size: str, zero: int, whole: Tensor, scale: Tensor) -> str:
    """Add the product of rows ``[t, in]`` of this ``size`` ``[t]``, which are 0 where their 8 bits are ``zero``."""
    of_row = graph.add("Mul", size, graph.weight(1 / (255 - zero)))
    nothing = graph.weight(zero, np.uint8)
    rows = graph.add("QuantizeLinear", x, of_row, graph.add("Expand", nothing, graph.add("Shape", of_row)), axis=0)
    weights = graph.weight(whole, np.int8), graph.weight(1.0), graph.weight(scale), nothing
    multiplied = graph.add("MatMulIntegerToFloat", rows, *weights, domain=CONTRIBUTED)
    return graph.add("Mul", multiplied, graph.add("Unsqueeze", of_row, graph.integers(1)))
