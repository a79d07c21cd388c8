"""Backpropagation by hand through linear layers and ReLUs.

An inner step asks for the gradient of one small network many times over, and autograd's own gradient of a gradient
keeps twice as many operations as the formulas need. The formulas are ordinary operations: the outer gradient flows
through them as through any others.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from torch import Tensor, nn
from torch.nn.functional import linear

from fewtext.learners.inner_loop import Weights

Layers = Sequence[tuple[str, nn.Module]]
Backward = Callable[[Tensor], tuple[Tensor, Weights]]
"""The gradient at the output ``[n, d]`` to that at the input and those of the weights."""


def known_layers(module: nn.Module, prefix: str) -> Layers | None:
    """Return the layers of a network with the names of their weights; None where there are others than it knows."""
    named = [("", module)]
    if type(module) is nn.Sequential:  # a module may stand in it twice
        named = [(name, layer) for name, layer in module.named_modules(remove_duplicate=False) if name]
    known = nn.Linear, nn.ReLU, nn.Identity
    if any(type(layer) not in known for _, layer in named):
        return None
    return [(f"{prefix}{name}." if name else prefix, layer) for name, layer in named]


def forward(layers: Layers, weights: Weights, x: Tensor) -> tuple[Tensor, Backward]:
    """Apply layers by their fast weights, or by their own where they have none; return the output and the way back."""
    backward: list[Callable[[Tensor, Weights], Tensor]] = []
    for name, layer in layers:
        if isinstance(layer, nn.Linear):
            weight, bias = f"{name}weight", f"{name}bias"
            w = weights.get(weight, layer.weight)
            backward.append(_linear_backward(x, w, weight, bias, weights))
            x = linear(x, w, weights.get(bias, layer.bias))
        elif isinstance(layer, nn.ReLU):
            x = x.relu()
            backward.append(_relu_backward(x))

    def back(gradient: Tensor) -> tuple[Tensor, Weights]:
        found: Weights = {}
        for step in reversed(backward):
            gradient = step(gradient, found)
        return gradient, found

    return x, back


def _linear_backward(
    x: Tensor, w: Tensor, weight: str, bias: str, fast: Weights
) -> Callable[[Tensor, Weights], Tensor]:
    def back(gradient: Tensor, found: Weights) -> Tensor:
        if weight in fast:
            found[weight] = gradient.mT @ x
        if bias in fast:
            found[bias] = gradient.sum(0)
        return gradient @ w

    return back


def _relu_backward(output: Tensor) -> Callable[[Tensor, Weights], Tensor]:
    return lambda gradient, found: gradient * (output > 0)
