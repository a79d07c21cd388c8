"""Augmentation: random affine maps of images, in training."""

from __future__ import annotations

from dataclasses import replace

import torch
from torch import Tensor
from torch.nn.functional import affine_grid, grid_sample

from fewtext.training.batching import Batch


def jittered(batch: Batch, jitter: float, generator: torch.Generator) -> Batch:
    """Return a batch of images, each under a random affine map of its own.

    Angle (in quarter turns), shear, scale and shift (in half sides) are uniform in -jitter..jitter; the border is
    repeated outwards.
    """
    return replace(batch, x=_moved(batch.x, jitter, generator), query=_moved(batch.query, jitter, generator))


def _moved(x: Tensor, jitter: float, generator: torch.Generator) -> Tensor:
    images = x.flatten(0, 1)
    angle, shear, wide, high, right, down = (
        ((2 * torch.rand(6, len(images), generator=generator) - 1) * jitter).to(x.device).unbind()
    )
    cos, sin = (angle * torch.pi / 2).cos(), (angle * torch.pi / 2).sin()
    first = torch.stack([cos * (1 + wide), (shear - sin) * (1 + high), right], -1)
    second = torch.stack([sin * (1 + wide), cos * (1 + high), down], -1)
    grid = affine_grid(torch.stack([first, second], 1), list(images.shape), align_corners=False)
    return grid_sample(images, grid, padding_mode="border", align_corners=False).view_as(x)
