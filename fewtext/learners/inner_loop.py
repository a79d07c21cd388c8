"""The inner loop: gradient steps on fast weights, and the optimisers that take them.

Fast weights are plain dictionaries of tensors, gradients come from ``torch.func.grad`` or from formulas: the loop runs
under ``vmap`` and under ``no_grad``, and the outer gradient flows through all of it (Finn et al., 2017).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

from torch import Tensor
from torch.func import grad

Weights = dict[str, Tensor]
Rate = Callable[[int, str], Tensor | float]
"""The step size of the named weights at an inner step: one number, or one for every coordinate."""
Update = Callable[[int, Weights, Weights, Weights], tuple[Weights, Weights]]
"""A stateless optimiser: step, weights, gradient and memory to new weights and new memory.

Weights whose gradient is known to be zero are left out: at the first step, all but a head that starts at zero. Memory
begins empty, and may lack weights that come later.
"""
Loss = Callable[[int, Weights, Weights], Tensor]
"""The loss of ``weights`` at an inner step, with an ``anchor`` of the same value that is constant."""
Gradient = Callable[[int, Weights], Weights]
"""The gradient of the loss at an inner step."""


def inner_loop(loss: Loss, start: Weights, steps: int, update: Update) -> Iterator[Weights]:
    """Yield the weights after 0, 1, … ``steps`` updates along the gradient of ``loss``."""
    return descend(gradient_of(loss), start, steps, update)


def descend(gradient: Gradient, start: Weights, steps: int, update: Update) -> Iterator[Weights]:
    """Yield the weights after 0, 1, … ``steps`` updates along the gradient; what has none stays where it is."""
    weights = start
    memory: Weights = {}
    yield weights
    for step in range(steps):
        found = gradient(step, weights)
        moved, memory = update(step, {name: weights[name] for name in found}, found, memory)
        weights = {**weights, **moved}
        yield weights


def gradient_of(loss: Loss) -> Gradient:
    """Return the gradient of a loss by ``torch.func.grad``."""
    return lambda step, weights: grad(lambda w: loss(step, w, weights))(weights)


def sgd(rate: Rate, first_order: bool = False) -> Update:
    """Return gradient descent; ``first_order`` treats the gradient as a constant in the outer derivative."""

    def update(step: int, weights: Weights, gradient: Weights, memory: Weights) -> tuple[Weights, Weights]:
        if first_order:
            gradient = {name: g.detach() for name, g in gradient.items()}
        return {name: w - rate(step, name) * gradient[name] for name, w in weights.items()}, memory

    return update


def adam(rate: float, beta2: float = 0.999, epsilon: float = 1e-8) -> Update:
    """Return Adam without momentum (beta1 = 0), Reptile's inner optimiser; no outer derivative is kept."""

    def update(step: int, weights: Weights, gradient: Weights, memory: Weights) -> tuple[Weights, Weights]:
        squares = {n: (1 - beta2) * g.square() + (beta2 * memory[n] if n in memory else 0) for n, g in gradient.items()}
        size = {name: (square / (1 - beta2 ** (step + 1))).sqrt() + epsilon for name, square in squares.items()}
        return {name: (w - rate * gradient[name] / size[name]).detach() for name, w in weights.items()}, squares

    return update
