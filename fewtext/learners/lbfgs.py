"""L-BFGS (Liu and Nocedal, 1989) for smooth functions, without what torch.optim imports: a second and more.

A step is taken along Newton's direction, as the last ten steps and their changes of the gradient let it be estimated,
and shortened until the value falls enough (Nocedal and Wright, 2006, sections 3.1 and 7.2).
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable

from torch import Tensor

from fewtext.contracts.progress import advance

MEMORY = 10  # steps
FLAT = 1e-7  # the largest slope at which to stop
ENOUGH = 1e-4  # of the fall that the slope promises, for a step to be taken
SHORTENED = 20  # times at most: then the value falls no further in this precision

_Step = tuple[Tensor, Tensor, float]  # how far it went, how the gradient changed, and their product


def minimised(
    function: Callable[[Tensor], tuple[Tensor, Tensor]], start: Tensor, steps: int, close: float = 0.0
) -> Tensor:
    """Return where a function is least, from ``start`` ``[n]`` on, after at most so many steps.

    ``function`` returns its value and its gradient ``[n]`` at a point. From the eleventh on, a step that lowers
    the value by no more than this share of it, ``close``, is the last one: the first steps may be short.
    """
    point, history = start, deque[_Step](maxlen=MEMORY)
    value, slope = function(point)
    for done in range(steps):
        advance(done / steps)
        if slope.abs().max() <= FLAT:
            break
        direction = _newton(slope, history)
        fall = float(direction @ slope)
        size = 1.0 if history else min(1.0, 1 / float(slope.abs().sum()))
        for _ in range(SHORTENED):
            ahead = point + size * direction
            new_value, new_slope = function(ahead)
            if new_value <= value + ENOUGH * size * fall:
                break
            size *= 0.5
        else:
            break
        moved, change = ahead - point, new_slope - slope
        curvature = float(moved @ change)
        if curvature > 0:  # else the function is not convex here
            history.append((moved, change, curvature))
        settled = done >= MEMORY and close and float(value - new_value) <= close * abs(float(new_value))
        point, value, slope = ahead, new_value, new_slope
        if settled:
            break
    return point


def _newton(slope: Tensor, history: deque[_Step]) -> Tensor:
    """Return minus the inverse of the estimated second derivative, times the slope, by two loops over the history."""
    direction, shares = -slope, []
    for moved, change, curvature in reversed(history):
        share = float(moved @ direction) / curvature
        direction.add_(change, alpha=-share)
        shares.append(share)
    if history:
        _, change, curvature = history[-1]
        direction.mul_(curvature / float(change @ change))
    for (moved, change, curvature), share in zip(history, reversed(shares), strict=True):
        direction.add_(moved, alpha=share - float(change @ direction) / curvature)
    return direction
