"""Views: affine maps of images, at random in training, and a fixed few of them whose embeddings are averaged.

Orientations are the quarter turns of an image and of its mirror image, whose embeddings stand side by side.
"""

from __future__ import annotations

from collections.abc import Callable

import torch
from torch import Tensor
from torch.nn.functional import affine_grid, grid_sample

MOST_VIEWS = 64
ORIENTATIONS = 1, 4, 8
AMOUNT = 0.15  # of the maps of views: chosen on the validation characters of Omniglot


def affine_moves(count: int, amount: float, generator: torch.Generator) -> Tensor:
    """Draw maps ``[6, count]``, uniform in -amount..amount.

    Each is an angle in quarter turns, a shear, two scales beside 1 and two shifts in half sides.
    """
    return (2 * torch.rand(6, count, generator=generator) - 1) * amount


def affine_grids(moves: Tensor, shape: tuple[int, int]) -> Tensor:
    """Return where each pixel of a moved image is read: ``[count, h, w, 2]`` in half sides from the centre."""
    angle, shear, wide, high, right, down = moves.unbind()
    cos, sin = (angle * torch.pi / 2).cos(), (angle * torch.pi / 2).sin()
    first = torch.stack([cos * (1 + wide), (shear - sin) * (1 + high), right], -1)
    second = torch.stack([sin * (1 + wide), cos * (1 + high), down], -1)
    return affine_grid(torch.stack([first, second], 1), [moves.shape[1], 1, *shape], align_corners=False)


def read_at(images: Tensor, grid: Tensor) -> Tensor:
    """Return images read at a grid; beyond their border it is repeated."""
    return grid_sample(images, grid, padding_mode="border", align_corners=False)


def view_grids(views: int, shape: tuple[int, int]) -> Tensor:
    """Return where the views of an image beside itself are read, ``[views - 1, h, w, 2]``: always the same moves."""
    if views == 1:
        return torch.empty(0, *shape, 2)  # which affine_grid refuses to make
    return affine_grids(affine_moves(views - 1, AMOUNT, torch.Generator().manual_seed(0)), shape)


def over_views(network: Callable[[Tensor], Tensor], images: Tensor, grids: Tensor) -> Tensor:
    """Return the mean of a network's outputs over an image as it is and as read at each grid, each image by itself."""
    total = network(images)
    for grid in grids:
        total = total + network(read_at(images, grid.expand(len(images), *grid.shape)))
    return total / (1 + len(grids))


def oriented(images: Tensor, count: int) -> list[Tensor]:
    """Return square images ``[n, c, h, h]`` in one orientation, in four quarter turns, or mirrored, too."""
    faces = (images, images.flip(-1)) if count == 8 else (images,)
    return [face.rot90(turn, (-2, -1)) for face in faces for turn in range(min(count, 4))]
