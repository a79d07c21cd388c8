"""A plain BERT as ONNX operators: from token ids to the vectors of every layer."""

from __future__ import annotations

from collections.abc import Callable

import torch
from torch import Tensor, nn

from fewtext.encoders.onnx_graph import Graph
from fewtext.encoders.plain_bert import BertLayer, PlainBert

Product = Callable[[Graph, str, Tensor, nn.Linear], str]
"""Adds to a graph the product of rows ``[t, in]``, the input of a linear layer, with a weight ``[in, out]``."""
FLOAT = 1  # ONNX's number for float32
HIDDEN = -1e9  # added to the similarity of a query to padding


def product(graph: Graph, x: str, weight: Tensor, layer: nn.Linear) -> str:
    """Add a product in float32."""
    return graph.add("MatMul", x, graph.weight(weight))


class BertGraph:
    """The operators of a BERT; ``product`` computes those with its weights.

    The scale of attention is part of the queries' weights, and their keys have no bias, which softmax does not see.
    """

    def __init__(self, graph: Graph, model: PlainBert, product: Product = product) -> None:
        self._graph, self._model, self._product = graph, model, product
        self._heads, self._width = model.config.num_attention_heads, model.config.hidden_size

    def layers(self, ids: str, mask: str) -> list[str]:
        """Return the vectors ``[b * l, d]`` of every layer, the words' first, for ``ids`` and ``mask`` ``[b, l]``."""
        graph, embeddings = self._graph, self._model.embeddings
        words = embeddings.word_embeddings.weight + embeddings.token_type_embeddings.weight[0]
        found = graph.add("Gather", graph.weight(words), ids)
        length = graph.add("Shape", ids, start=1, end=2)
        start = graph.integers(0)
        places = graph.add("Slice", graph.weight(embeddings.position_embeddings.weight), start, length, start)
        self._rows = graph.integers(-1, self._width)
        x = graph.add("Reshape", graph.add("Add", found, places), self._rows)
        per_head = graph.integers(self._heads, self._width // self._heads)
        self._apart = graph.add("Concat", graph.add("Shape", ids), per_head, axis=0)
        padding = graph.add("Sub", graph.weight(1.0), graph.add("Cast", mask, to=FLOAT))
        self._hidden = graph.add("Unsqueeze", graph.add("Mul", padding, graph.weight(HIDDEN)), graph.integers(1, 2))
        hidden = [self._norm(x, embeddings.LayerNorm)]
        for layer in self._model.encoder.layer:
            assert isinstance(layer, BertLayer)
            hidden.append(self._layer(hidden[-1], layer))
        return hidden

    def _layer(self, x: str, layer: BertLayer) -> str:
        own, scale = layer.attention.self, (self._width // self._heads) ** -0.5
        weight = torch.cat([own.query.weight * scale, own.key.weight, own.value.weight])
        projected = self._product(self._graph, x, weight.T, own.query)
        query, key, value = self._graph.split("Split", projected, outputs=3, axis=-1)
        query, value = self._plus(query, own.query.bias * scale), self._plus(value, own.value.bias)
        attended = self._added(self._attention(query, key, value), layer.attention.output, x)
        return self._added(gelu(self._graph, self._linear(attended, layer.intermediate.dense)), layer.output, attended)

    def _attention(self, query: str, key: str, value: str) -> str:
        """Return the mixed values ``[b * l, d]``."""
        graph = self._graph
        q, k, v = (
            graph.add("Transpose", graph.add("Reshape", part, self._apart), perm=order)
            for part, order in ((query, [0, 2, 1, 3]), (key, [0, 2, 3, 1]), (value, [0, 2, 1, 3]))
        )
        near = graph.add("Add", graph.add("MatMul", q, k), self._hidden)
        mixed = graph.add("MatMul", graph.add("Softmax", near, axis=-1), v)
        return graph.add("Reshape", graph.add("Transpose", mixed, perm=[0, 2, 1, 3]), self._rows)

    def _linear(self, x: str, layer: nn.Linear) -> str:
        return self._plus(self._product(self._graph, x, layer.weight.T, layer), layer.bias)

    def _plus(self, x: str, bias: Tensor) -> str:
        return self._graph.add("Add", x, self._graph.weight(bias))

    def _added(self, x: str, after: nn.Module, before: str) -> str:
        """Return the linear layer of ``after`` on x, plus what was before, normalised."""
        dense, norm = after.dense, after.LayerNorm
        assert isinstance(dense, nn.Linear) and isinstance(norm, nn.LayerNorm)
        return self._norm(self._graph.add("Add", self._linear(x, dense), before), norm)

    def _norm(self, x: str, norm: nn.LayerNorm) -> str:
        graph = self._graph
        return graph.add(
            "LayerNormalization", x, graph.weight(norm.weight), graph.weight(norm.bias), axis=-1, epsilon=norm.eps
        )


def gelu(graph: Graph, x: str) -> str:
    """Add GELU, in the form that onnxruntime recognises."""
    above = graph.add("Add", graph.add("Erf", graph.add("Div", x, graph.weight(2**0.5))), graph.weight(1.0))
    return graph.add("Mul", graph.add("Mul", x, above), graph.weight(0.5))
