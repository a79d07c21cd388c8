"""Views: each image slightly moved, so that an embedding can be averaged over what moves an image and not its class."""

from __future__ import annotations

import math
from collections.abc import Iterator

from torch import Tensor
from torch.nn.functional import affine_grid, grid_sample

TURN, SCALE, SHIFT, SHEAR = math.radians(6), 0.08, 1 / 14, 0.1  # of 28 pixels, one
MOVES = [
    (0.0, 0.0, 0.0, 0.0, 0.0),  # turn, scale, shift right, shift down, shear
    *((sign * TURN, 0.0, 0.0, 0.0, 0.0) for sign in (1, -1)),
    *((0.0, sign * SCALE, 0.0, 0.0, 0.0) for sign in (1, -1)),
    *((0.0, 0.0, sign * SHIFT, 0.0, 0.0) for sign in (1, -1)),
    *((0.0, 0.0, 0.0, sign * SHIFT, 0.0) for sign in (1, -1)),
    *((0.0, 0.0, 0.0, 0.0, sign * SHEAR) for sign in (1, -1)),
]


def views(images: Tensor, number: int) -> Iterator[Tensor]:
    """Yield images ``[n, c, h, w]`` as they are, then each under the first ``number - 1`` of ten small affine maps."""
    yield images
    for turn, scale, right, down, shear in MOVES[1:number]:
        cos, sin = math.cos(turn), math.sin(turn)
        theta = images.new_tensor([[cos * (1 + scale), shear - sin, right], [sin, cos * (1 + scale), down]])
        grid = affine_grid(theta.expand(len(images), 2, 3), list(images.shape), align_corners=False)
        yield grid_sample(images, grid, padding_mode="border", align_corners=False)
