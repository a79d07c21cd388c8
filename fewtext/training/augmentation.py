"""Augmentation: random affine maps and elastic distortions of images, and mirrored classes, in training."""

from __future__ import annotations

from dataclasses import replace

import torch
from torch import Tensor
from torch.nn.functional import interpolate

from fewtext.contracts.recipe import Recipe
from fewtext.learners.views import affine_grids, affine_moves, read_at
from fewtext.training.batching import Batch

COARSE = 5  # points along each side at which an elastic distortion is drawn


def augmented(batch: Batch, recipe: Recipe, generator: torch.Generator) -> Batch:
    """Return a batch of images as the recipe's ``jitter``, ``distort`` and ``mirror`` say, and others unchanged."""
    if recipe.jitter or recipe.distort:
        batch = replace(batch, x=_moved(batch.x, recipe, generator), query=_moved(batch.query, recipe, generator))
    return mirrored(batch, generator) if recipe.mirror else batch


def mirrored(batch: Batch, generator: torch.Generator) -> Batch:
    """Return a batch in which each class of each task is mirrored with probability 1/2, support and queries alike."""
    flip = (torch.rand(len(batch), batch.ways, generator=generator) < 0.5).to(batch.y.device)

    def seen(images: Tensor, classes: Tensor) -> Tensor:
        return torch.where(flip.gather(1, classes)[..., None, None, None], images.flip(-1), images)

    return replace(batch, x=seen(batch.x, batch.y), query=seen(batch.query, batch.target))


def _moved(x: Tensor, recipe: Recipe, generator: torch.Generator) -> Tensor:
    images = x.flatten(0, 1)
    moves = affine_moves(len(images), recipe.jitter, generator).to(images.device)
    grid = affine_grids(moves, (x.shape[-2], x.shape[-1]))
    if recipe.distort:
        grid = grid + _elastic(images, recipe.distort, generator)
    return read_at(images, grid).view_as(x)


def _elastic(images: Tensor, distort: float, generator: torch.Generator) -> Tensor:
    """Return a smooth random shift of each pixel, ``[n, h, w, 2]`` in half sides (after Simard et al., 2003).

    Shifts are normal with standard deviation ``distort`` at a coarse grid's points, and interpolated between them.
    """
    coarse = distort * torch.randn(len(images), 2, COARSE, COARSE, generator=generator)
    fine = interpolate(coarse.to(images.device), images.shape[-2:], mode="bicubic", align_corners=True)
    return fine.permute(0, 2, 3, 1)
