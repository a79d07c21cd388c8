"""Fast weights: a backbone applied with the adapted weights of one task, in the form that costs least."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping

import torch
from torch import Tensor
from torch.func import functional_call
from torch.nn.functional import linear

from fewtext.contracts.backbone import Backbone
from fewtext.learners.backbones import Perceptron
from fewtext.learners.inner_loop import Weights

FIRST = "backbone.first.weight"


def with_fast_weights(backbone: Backbone, fast: Weights, x: Tensor, gram: bool) -> FastBackbone:
    """Return the backbone with these fast weights on a support ``x``; ``gram`` allows the Gram form."""
    if not fast:
        return Frozen(backbone, x)
    if gram and FIRST in fast and isinstance(backbone, Perceptron):
        return Gram(backbone, fast, x)
    return Plain(backbone, fast, x)


class FastBackbone(ABC):
    """The backbone with fast weights, on the support of one task and on any queries: embeddings ``[n, d]``."""

    start: Weights

    @abstractmethod
    def support(self, weights: Weights, anchor: Weights) -> Tensor:
        """Embed the support; ``anchor`` has the value of ``weights`` and is constant."""

    @abstractmethod
    def query(self, weights: Weights, x: Tensor) -> Tensor:
        """Embed queries."""


class Frozen(FastBackbone):
    """Nothing of the backbone adapts, so the support is embedded once."""

    def __init__(self, backbone: Backbone, x: Tensor) -> None:
        self.backbone, self.start = backbone, {}
        self.embedding: Tensor = backbone(x)

    def support(self, weights: Weights, anchor: Weights) -> Tensor:
        """Return the support as it was embedded at the start."""
        return self.embedding

    def query(self, weights: Weights, x: Tensor) -> Tensor:
        """Embed queries by the backbone itself."""
        embedding: Tensor = self.backbone(x)
        return embedding


class Plain(FastBackbone):
    """All fast weights in full, for any backbone."""

    def __init__(self, backbone: Backbone, fast: Weights, x: Tensor) -> None:
        self.backbone, self.start, self.x = backbone, fast, x

    def support(self, weights: Weights, anchor: Weights) -> Tensor:
        """Embed the support by the fast weights."""
        return self.query(weights, self.x)

    def query(self, weights: Weights, x: Tensor) -> Tensor:
        """Embed queries by the fast weights."""
        embedding: Tensor = functional_call(self.backbone, _without_prefix(weights, "backbone."), (x,))
        return embedding


class Gram(FastBackbone):
    """The first layer's weights W without a copy of them for every task.

    Its gradient is d'X, with X ``[n, in]`` the support and d ``[n, out]`` the gradient at the layer's output: after any
    number of steps W is its start plus A'X, so A ``[n, out]`` and inner products of examples suffice. ``weights`` holds
    A in W's place. Exact where all of W has one rate.
    """

    def __init__(self, backbone: Perceptron, fast: Weights, x: Tensor) -> None:
        self.backbone, self.x = backbone, backbone.inputs(x)
        self.inner = self.x @ self.x.T
        self.before = linear(self.x, backbone.first.weight)
        self.start = {**fast, FIRST: torch.zeros_like(self.before)}

    def support(self, weights: Weights, anchor: Weights) -> Tensor:
        """Embed the support. The inner gradient with respect to A is that of the layer's output, d."""
        first = self.before + self.inner @ anchor[FIRST] + (weights[FIRST] - anchor[FIRST])
        return self._onwards(first, weights)

    def query(self, weights: Weights, x: Tensor) -> Tensor:
        """Embed queries by their inner products with the support."""
        x = self.backbone.inputs(x)
        return self._onwards(linear(x, self.backbone.first.weight) + (x @ self.x.T) @ weights[FIRST], weights)

    def _onwards(self, first: Tensor, weights: Weights) -> Tensor:
        if self.backbone.first.bias is not None:
            first = first + weights["backbone.first.bias"]
        embedding: Tensor = functional_call(self.backbone.rest, _without_prefix(weights, "backbone.rest."), (first,))
        return embedding


def _without_prefix(weights: Mapping[str, Tensor], prefix: str) -> Weights:
    return {name.removeprefix(prefix): value for name, value in weights.items() if name.startswith(prefix)}
