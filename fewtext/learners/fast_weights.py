"""Fast weights: a backbone applied with the adapted weights of one task, in the form that costs least."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping

import torch
from torch import Tensor
from torch.func import functional_call
from torch.nn.functional import linear

from fewtext.contracts.backbone import Backbone
from fewtext.learners.backbones import Perceptron
from fewtext.learners.backpropagation import forward, known_layers
from fewtext.learners.inner_loop import Weights

FIRST, FIRST_BIAS = "backbone.first.weight", "backbone.first.bias"


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
    has_formulas: bool = False

    @abstractmethod
    def support(self, weights: Weights, anchor: Weights) -> Tensor:
        """Embed the support; ``anchor`` has the value of ``weights`` and is constant."""

    @abstractmethod
    def query(self, weights: Weights, x: Tensor) -> Tensor:
        """Embed queries."""

    def by_hand(self, weights: Weights) -> tuple[Tensor, Callable[[Tensor], Weights]]:
        """Return the support's embedding, and from its gradient that of the weights, where it ``has_formulas``."""
        raise NotImplementedError


class Frozen(FastBackbone):
    """Nothing of the backbone adapts, so the support is embedded once."""

    has_formulas = True

    def __init__(self, backbone: Backbone, x: Tensor) -> None:
        self.backbone, self.start = backbone, {}
        self.embedding: Tensor = backbone(x)

    def support(self, weights: Weights, anchor: Weights) -> Tensor:
        """Return the support as it was embedded at the start."""
        return self.embedding

    def by_hand(self, weights: Weights) -> tuple[Tensor, Callable[[Tensor], Weights]]:
        """Return the embedding; no weight of it has a gradient."""
        return self.embedding, lambda gradient: {}

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
        self.layers = known_layers(backbone.rest, "backbone.rest.")
        self.has_formulas = self.layers is not None
        self.start = {**fast, FIRST: torch.zeros_like(self.before)}

    def support(self, weights: Weights, anchor: Weights) -> Tensor:
        """Embed the support. The inner gradient with respect to A is that of the layer's output, d."""
        first = self.before + self.inner @ anchor[FIRST] + (weights[FIRST] - anchor[FIRST])
        return self._onwards(first, weights)

    def by_hand(self, weights: Weights) -> tuple[Tensor, Callable[[Tensor], Weights]]:
        """Embed the support. As in ``support``, the gradient with respect to A is that of the layer's output."""
        moved = weights[FIRST] is not self.start[FIRST]
        first = self._with_bias(self.before + self.inner @ weights[FIRST] if moved else self.before, weights)
        embedding, backward = forward(self.layers or (), weights, first)

        def back(gradient: Tensor) -> Weights:
            of_first, found = backward(gradient)
            return found | {FIRST: of_first} | ({FIRST_BIAS: of_first.sum(0)} if FIRST_BIAS in weights else {})

        return embedding, back

    def query(self, weights: Weights, x: Tensor) -> Tensor:
        """Embed queries by their inner products with the support."""
        x = self.backbone.inputs(x)
        return self._onwards(linear(x, self.backbone.first.weight) + (x @ self.x.T) @ weights[FIRST], weights)

    def _onwards(self, first: Tensor, weights: Weights) -> Tensor:
        inputs = (self._with_bias(first, weights),)
        embedding: Tensor = functional_call(self.backbone.rest, _without_prefix(weights, "backbone.rest."), inputs)
        return embedding

    def _with_bias(self, first: Tensor, weights: Weights) -> Tensor:
        bias = weights.get(FIRST_BIAS, self.backbone.first.bias)
        return first if bias is None else first + bias


def _without_prefix(weights: Mapping[str, Tensor], prefix: str) -> Weights:
    return {name.removeprefix(prefix): value for name, value in weights.items() if name.startswith(prefix)}
