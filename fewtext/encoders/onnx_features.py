"""What a BERT encoder does beyond its layers, as ONNX operators: pooling, dense layers, the parts of the features."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from torch import nn

from fewtext.contracts.encoder import Encoder
from fewtext.encoders.bert import BertEncoder
from fewtext.encoders.onnx_bert import FLOAT, BertGraph, Product, gelu, product
from fewtext.encoders.onnx_graph import Graph, Shape
from fewtext.encoders.onnx_int8 import Int8Products
from fewtext.encoders.plain_bert import PlainBert
from fewtext.encoders.pooling import Part
from fewtext.encoders.weighted_parts import unweighted
from fewtext.errors import FewtextError

IDS, MASK = "input_ids", "attention_mask"
INPUTS: dict[str, Shape] = {name: (np.int64, ("texts", "tokens")) for name in (IDS, MASK)}


class EncoderGraph:
    """Adds the features of an encoder to graphs; raises ``FewtextError`` where it is no plain BERT."""

    def __init__(self, encoder: Encoder) -> None:
        bert = unweighted(encoder)
        model = bert.trainable().model if isinstance(bert, BertEncoder) else None
        if not isinstance(bert, BertEncoder) or not isinstance(model, PlainBert):
            message = f"the encoder {encoder.name} of this classifier cannot be exported: its model is no plain BERT"
            raise FewtextError(message, hint="fit again with the default encoder, or another BERT")
        self.encoder, self._model = bert, model.cpu()
        self._shares = tuple(encoder.shares)

    def int8(self) -> Product:
        """Return what computes the products in 8 bits."""
        framed = self.encoder._tokenizer.tokenize(["a"]).ids[0]
        return Int8Products(self._model, (framed[:1], framed[-1:]))

    def add_to(self, graph: Graph, product: Product = product) -> str:
        """Add the features ``[texts, d]`` of ``INPUTS``."""
        layers = BertGraph(graph, self._model, product).layers(IDS, MASK)
        width = graph.integers(self._model.config.hidden_size)
        shape = graph.add("Concat", graph.add("Shape", IDS), width, axis=0)
        mask = graph.add("Unsqueeze", graph.add("Cast", MASK, to=FLOAT), graph.integers(2))
        settings, last = self.encoder._settings, len(layers) - 1
        parts = self.encoder.parts or (Part(last, settings.pooling, 1.0),)
        vectors = []
        for number, part in enumerate(parts):
            pooled = _pooled(graph, graph.add("Reshape", layers[part.layer], shape), mask, part.pooling)
            if number == 0 and part.layer == last:
                pooled = _dense(graph, pooled, self.encoder._dense)
            if self.encoder.parts or settings.normalize:
                pooled = graph.add("LpNormalization", pooled, axis=-1, p=2)
            vectors.append(pooled)
        if not self.encoder.parts:
            return vectors[0]
        shares = self._shares or tuple(part.share for part in parts)
        scaled = [
            graph.add("Mul", vector, graph.weight(share**0.5)) for vector, share in zip(vectors, shares, strict=True)
        ]
        return graph.add("Concat", *scaled, axis=-1)


def _pooled(graph: Graph, hidden: str, mask: str, pooling: str) -> str:
    """Reduce ``[b, l, d]`` to ``[b, d]`` over the tokens where ``mask`` ``[b, l, 1]`` is 1."""
    middle = graph.integers(1)
    if pooling == "cls":
        return graph.add("Gather", hidden, graph.weight(0, np.int64), axis=1)
    if pooling == "max":
        real = graph.add("Greater", mask, graph.weight(0.0))
        return graph.add("ReduceMax", graph.add("Where", real, hidden, graph.weight(-np.inf)), axes=[1], keepdims=0)
    total = graph.add("ReduceSum", graph.add("Mul", hidden, mask), middle, keepdims=0)
    return graph.add("Div", total, graph.add("ReduceSum", mask, middle, keepdims=0))


def _dense(graph: Graph, x: str, layers: Sequence[nn.Module] | nn.Sequential) -> str:
    for layer in layers:
        if isinstance(layer, nn.Linear):
            x = graph.add("MatMul", x, graph.weight(layer.weight.T))
            x = x if layer.bias is None else graph.add("Add", x, graph.weight(layer.bias))
        elif isinstance(layer, nn.GELU):
            x = gelu(graph, x)
        elif not isinstance(layer, nn.Identity):
            x = graph.add({nn.Tanh: "Tanh", nn.ReLU: "Relu", nn.Sigmoid: "Sigmoid"}[type(layer)], x)
    return x
