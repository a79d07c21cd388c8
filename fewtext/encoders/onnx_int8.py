"""Products of matrices in 8 bits as ONNX operators of onnxruntime: a scale for each token, and one for each column.

A token's scale depends on that token alone, so a text's features do not depend on the texts beside it. Weights keep
7 bits: where a processor adds up pairs of products in 16 bits, as those without VNNI do, 8 would overflow.
"""

from __future__ import annotations

import torch
from torch import Tensor

from fewtext.encoders.onnx_graph import Graph

LARGEST, OF_WEIGHTS = 127, 63
MIDDLE = 128  # of the unsigned 8 bits that stands for 0
CONTRIBUTED = "com.microsoft"


def product_int8(graph: Graph, x: str, weight: Tensor) -> str:
    """Add the product of rows ``[t, in]`` with a weight ``[in, out]``."""
    import numpy as np

    scale = weight.abs().amax(0).clamp(min=1e-12) / OF_WEIGHTS
    whole = graph.weight((weight / scale).round().to(torch.int8), np.int8)
    highest = graph.add("ReduceMax", x, axes=[-1], keepdims=0)
    lowest = graph.add("Neg", graph.add("ReduceMin", x, axes=[-1], keepdims=0))
    size = graph.add("Max", highest, lowest, graph.weight([1e-12]))
    of_token = graph.add("Mul", size, graph.weight(1 / LARGEST))
    middle = graph.weight(MIDDLE, np.uint8)
    middles = graph.add("Expand", middle, graph.add("Shape", of_token))
    rows = graph.add("QuantizeLinear", x, of_token, middles, axis=0)
    one = graph.weight(1.0)
    multiplied = graph.add(
        "MatMulIntegerToFloat", rows, whole, one, graph.weight(scale), middle, domain=CONTRIBUTED
    )
    return graph.add("Mul", multiplied, graph.add("Unsqueeze", of_token, graph.integers(1)))
