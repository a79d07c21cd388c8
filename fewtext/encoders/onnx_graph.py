"""ONNX graphs in the making: operators and weights, added one after another, each called by the name of its output."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from torch import Tensor

from fewtext.errors import FewtextError

OPSET, IR = 17, 8  # of 2022: layer normalisation is an operator from here on
INSTALL = 'pip install "fewtext[onnx]"'
Shape = tuple[Any, Sequence[str | int]]  # a numpy type, and the sizes or their names


class Graph:
    """A graph of ONNX operators; what adds one returns the name of its output."""

    def __init__(self) -> None:
        try:
            from onnx import helper, numpy_helper
        except ImportError as error:
            raise FewtextError("ONNX needs onnx and onnxruntime", hint=INSTALL) from error
        self._helper, self._arrays = helper, numpy_helper
        self._nodes: list[Any] = []
        self._weights: dict[str, Any] = {}
        self._domains = {"": OPSET}

    def add(self, operator: str, *inputs: str, domain: str = "", **attributes: Any) -> str:
        """Add an operator of one output."""
        return self.split(operator, *inputs, outputs=1, domain=domain, **attributes)[0]

    def split(self, operator: str, *inputs: str, outputs: int, domain: str = "", **attributes: Any) -> list[str]:
        """Add an operator of several outputs, and return their names."""
        names = [f"{operator}_{len(self._nodes)}_{i}" for i in range(outputs)]
        self._nodes.append(self._helper.make_node(operator, inputs, names, domain=domain, **attributes))
        self._domains.setdefault(domain, 1)
        return names

    def weight(self, values: Tensor | Any, dtype: Any = np.float32) -> str:
        """Add a constant, each only once."""
        own = values.detach().cpu().numpy() if isinstance(values, Tensor) else values
        array = np.asarray(own, dtype=dtype)
        array = np.ascontiguousarray(array).reshape(array.shape)  # which would make a vector of a number
        name = f"{array.dtype}_{array.tobytes().hex()}_{array.shape}" if array.size < 8 else f"w{len(self._weights)}"
        self._weights.setdefault(name, self._arrays.from_array(array, name))
        return name

    def integers(self, *values: int) -> str:
        """Add a constant vector of sizes or axes."""
        return self.weight(values, np.int64)

    def serialized(self, inputs: Mapping[str, Shape], outputs: Mapping[str, tuple[str, Shape]]) -> bytes:
        """Return the model as bytes; ``outputs`` are values by the names under which they are to be given."""
        from onnx.checker import check_model

        helper = self._helper
        nodes = [*self._nodes, *(helper.make_node("Identity", [own], [name]) for name, (own, _) in outputs.items())]
        given = {name: shape for name, (_, shape) in outputs.items()}
        infos = (
            [
                helper.make_tensor_value_info(name, helper.np_dtype_to_tensor_dtype(np.dtype(kind)), sizes)
                for name, (kind, sizes) in own.items()
            ]
            for own in (inputs, given)
        )
        graph = helper.make_graph(nodes, "fewtext", *infos, list(self._weights.values()))
        versions = [helper.make_operatorsetid(domain, version) for domain, version in self._domains.items()]
        model = helper.make_model(graph, opset_imports=versions, ir_version=IR, producer_name="fewtext")
        check_model(model)
        serialized: bytes = model.SerializeToString()
        return serialized
