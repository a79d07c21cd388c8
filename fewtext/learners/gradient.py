"""Adaptation: the inner loop of gradient-based meta-learning, once, for every learner that takes steps.

Fast weights are plain dictionaries of tensors, gradients come from ``torch.func.grad``: the loop runs under ``vmap``,
under ``no_grad``, and the outer gradient flows through all of it (Finn et al., 2017).
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections import deque
from collections.abc import Callable, Iterator, Mapping, Sequence

import torch
from torch import Tensor
from torch.func import functional_call, grad
from torch.nn.functional import linear

from fewtext.contracts.backbone import Backbone
from fewtext.contracts.learner import Classifier, Learner, Support
from fewtext.contracts.recipe import Range, Recipe
from fewtext.learners.backbones import Perceptron

Weights = dict[str, Tensor]
Rate = Callable[[int, str], Tensor | float]
"""The step size of the named weights at an inner step: one number, or one for every coordinate."""
Update = Callable[[int, Weights, Weights, Weights], tuple[Weights, Weights]]
"""An optimiser without state of its own: step, weights, gradient, memory to new weights and new memory."""
Loss = Callable[[int, Weights, Weights], Tensor]
"""The loss of ``weights`` at an inner step, near an ``anchor`` that has their value and is constant."""

MOST_STEPS = 10_000
HEAD, BIAS = "head.weight", "head.bias"
FIRST = "backbone.first.weight"


def inner_loop(loss: Loss, start: Weights, steps: int, update: Update) -> Iterator[Weights]:
    """Yield the weights after 0, 1, … ``steps`` updates along the gradient of ``loss``."""
    weights = start
    memory: Weights = {}
    yield weights
    for step in range(steps):
        gradient = grad(lambda w, step=step, anchor=weights: loss(step, w, anchor))(weights)
        weights, memory = update(step, weights, gradient, memory)
        yield weights


def sgd(rate: Rate, first_order: bool = False) -> Update:
    """Return gradient descent; ``first_order`` takes the gradient for a constant in the outer derivative."""

    def update(step: int, weights: Weights, gradient: Weights, memory: Weights) -> tuple[Weights, Weights]:
        if first_order:
            gradient = {name: g.detach() for name, g in gradient.items()}
        return {name: w - rate(step, name) * gradient[name] for name, w in weights.items()}, memory

    return update


def adam(rate: float, beta2: float = 0.999, epsilon: float = 1e-8) -> Update:
    """Return Adam without momentum (beta1 = 0), as Reptile's inner loop has it; no outer derivative is kept."""

    def update(step: int, weights: Weights, gradient: Weights, memory: Weights) -> tuple[Weights, Weights]:
        squares = {n: (1 - beta2) * g.square() + (beta2 * memory[n] if memory else 0) for n, g in gradient.items()}
        size = {name: (square / (1 - beta2 ** (step + 1))).sqrt() + epsilon for name, square in squares.items()}
        return {name: (w - rate * gradient[name] / size[name]).detach() for name, w in weights.items()}, squares

    return update


def prototype_head(embedding: Tensor, support: Support) -> Weights:
    """Return the linear head of a prototypical network, W = 2c and b = -||c||^2: ``[ways, d]`` and ``[ways]``."""
    prototypes = (support.membership / support.membership.sum(0)).T @ embedding
    return {HEAD: 2 * prototypes, BIAS: -prototypes.square().sum(-1)}


class GradientLearner(Learner):
    """Adapts a linear head, and what else is ``fast``, by gradient steps on the support.

    The head starts at zero and is no parameter: learned rows per class would make class numbers mean something. With a
    zero head the first step moves the head alone, so there are two at least. ``gram`` allows the Gram form where it is
    exact: the same numbers, several times faster, on vectors.
    """

    needs_training = True
    first_order: bool = False
    # A head at zero moves as the length squared, and the backbone not: long embeddings, so that it takes careful steps.
    image_recipe = Recipe(
        backbone="conv4:length=400",
        options={"steps": 2, "rate": 0.001},
        ways=Range(20, 20),
        shots=Range(1, 1),
        queries=5,
        tasks=2,
        steps=3000,
        rate=1e-3,
        validate_every=250,
        patience=12,
    )

    def __init__(self, backbone: Backbone, *, steps: int = 5, rate: float = 0.4, gram: bool = True) -> None:
        super().__init__(backbone)
        if not 1 <= steps <= MOST_STEPS or rate <= 0:
            raise ValueError(f"steps={steps} is from 1 to {MOST_STEPS}, rate={rate} above 0")
        self.steps, self.rate, self.gram = steps, rate, gram

    # What a subclass may change.

    def fast(self) -> Weights:
        """Return the weights that adapt besides the head: by default all of the backbone's."""
        return {f"backbone.{name}": value for name, value in self.backbone.named_parameters()}

    def head(self, embedding: Tensor, support: Support) -> Weights:
        """Return where the head starts, ``[ways, d]`` and ``[ways]``; ``embedding`` ``[n, d]`` is the support's."""
        zeros = embedding.new_zeros(support.ways, embedding.shape[1])
        return {HEAD: zeros, BIAS: zeros[:, 0]}

    def step_size(self, step: int, name: str) -> Tensor | float:
        """Return the rate of the named weights at an inner step."""
        return self.rate

    def update(self) -> Update:
        """Return the inner optimiser."""
        return sgd(self.step_size, self.first_order)

    def support_loss(self, step: int, logits: Tensor, support: Support) -> Tensor:
        """Return what an inner step descends: the weighted mean cross-entropy of the support."""
        return -(support.membership * logits.log_softmax(-1)).sum() / support.weight.sum().clamp_min(1e-6)

    # What follows from it.

    def trajectory(
        self,
        support: Support,
        steps: int | None = None,
        update: Update | None = None,
        parts: Sequence[Support] | None = None,
        gram: bool | None = None,
    ) -> Iterator[tuple[Weights, Classifier]]:
        """Yield the adapted weights and their classifier after 0, 1, … ``steps`` inner steps.

        What is not given is the learner's own; training may take other steps than an answer does. ``parts`` are what
        each step descends on, where it is not the whole support. In the Gram form the first layer's entry is not its
        weights.
        """
        for part in (support, *(parts or ())):
            _ = part.membership  # made and kept here: inside the loop's gradients vmap would refuse to
        fast = self.fast()
        body = self._body(fast, support.x, self.gram if gram is None else gram)
        start = {**body.start, **self.head(body.support(body.start, body.start), support)}

        def loss(step: int, weights: Weights, anchor: Weights) -> Tensor:
            part = parts[step] if parts else support
            embedding = body.query(weights, part.x) if parts else body.support(weights, anchor)
            return self.support_loss(step, linear(embedding, weights[HEAD], weights[BIAS]), part)

        def classifier(weights: Weights) -> Classifier:
            return lambda x: linear(body.query(weights, x), weights[HEAD], weights[BIAS])

        for weights in inner_loop(loss, start, self.steps if steps is None else steps, update or self.update()):
            yield weights, classifier(weights)

    def _body(self, fast: Weights, x: Tensor, gram: bool) -> Body:
        if not fast:
            return Frozen(self.backbone, x)
        if gram and FIRST in fast and isinstance(self.backbone, Perceptron):
            return Gram(self.backbone, fast, x)
        return Plain(self.backbone, fast, x)

    def fit(self, support: Support) -> Classifier:
        """Take the steps; return the classifier that they end at."""
        ((_, classify),) = deque(self.trajectory(support), maxlen=1)
        return classify


class Body(ABC):
    """The backbone with fast weights, on the support of one task and on any queries: embeddings ``[n, d]``."""

    start: Weights

    @abstractmethod
    def support(self, weights: Weights, anchor: Weights) -> Tensor:
        """Embed the support; ``anchor`` has the value of ``weights`` and is constant."""

    @abstractmethod
    def query(self, weights: Weights, x: Tensor) -> Tensor:
        """Embed queries."""


class Frozen(Body):
    """Nothing of the backbone adapts, so the support is embedded once."""

    def __init__(self, backbone: Backbone, x: Tensor) -> None:
        self.backbone, self.start = backbone, {}
        self.embedding: Tensor = backbone(x)

    def support(self, weights: Weights, anchor: Weights) -> Tensor:
        """Return what was embedded at the start."""
        return self.embedding

    def query(self, weights: Weights, x: Tensor) -> Tensor:
        """Embed queries by the backbone itself."""
        embedding: Tensor = self.backbone(x)
        return embedding


class Plain(Body):
    """Every fast weight as it is, for any backbone."""

    def __init__(self, backbone: Backbone, fast: Weights, x: Tensor) -> None:
        self.backbone, self.start, self.x = backbone, fast, x

    def support(self, weights: Weights, anchor: Weights) -> Tensor:
        """Embed the support by the fast weights."""
        return self.query(weights, self.x)

    def query(self, weights: Weights, x: Tensor) -> Tensor:
        """Embed queries by the fast weights."""
        embedding: Tensor = functional_call(self.backbone, _own(weights, "backbone."), (x,))
        return embedding


class Gram(Body):
    """The first layer's weights W without a copy of them for every task.

    Its gradient is d'X, with X ``[n, in]`` the support and d ``[n, out]`` the gradient of the layer's output: after any
    steps W is its start plus A'X, so A ``[n, out]`` and inner products of examples are all that is needed. ``weights``
    holds A in W's place. Exact where all of W has one rate.
    """

    def __init__(self, backbone: Perceptron, fast: Weights, x: Tensor) -> None:
        self.backbone, self.x = backbone, backbone.inputs(x)
        self.inner = self.x @ self.x.T
        self.before = linear(self.x, backbone.first.weight)
        self.start = {**fast, FIRST: torch.zeros_like(self.before)}

    def support(self, weights: Weights, anchor: Weights) -> Tensor:
        """Embed the support. In the inner gradient A stands for the layer's output, whose gradient d is wanted."""
        first = self.before + self.inner @ anchor[FIRST] + (weights[FIRST] - anchor[FIRST])
        return self._onwards(first, weights)

    def query(self, weights: Weights, x: Tensor) -> Tensor:
        """Embed queries by their inner products with the support."""
        x = self.backbone.inputs(x)
        return self._onwards(linear(x, self.backbone.first.weight) + (x @ self.x.T) @ weights[FIRST], weights)

    def _onwards(self, first: Tensor, weights: Weights) -> Tensor:
        if self.backbone.first.bias is not None:
            first = first + weights["backbone.first.bias"]
        embedding: Tensor = functional_call(self.backbone.rest, _own(weights, "backbone.rest."), (first,))
        return embedding


def _own(weights: Mapping[str, Tensor], prefix: str) -> Weights:
    return {name.removeprefix(prefix): value for name, value in weights.items() if name.startswith(prefix)}
