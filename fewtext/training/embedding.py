"""Embedding once: every example goes through a backbone that does not adapt one time, not once for each task."""

from __future__ import annotations

from copy import copy

import torch
from torch import Tensor

from fewtext.contracts.backbone import Backbone
from fewtext.contracts.learner import Learner
from fewtext.datasets.features import Features
from fewtext.learners.backbones import Identity
from fewtext.registry.failures import plugin_errors
from fewtext.training.episodes import GPU_MORE, IMAGES

VECTORS = 16_384  # in a backbone at once


def embedded_once(learner: Learner, features: Features, asked: int) -> tuple[Learner, Features]:
    """Return the learner on embeddings and the embeddings: together they answer as the learner on the features does.

    Both are returned as they are where ``embeds_first`` is false, where examples that are embedded together change each
    other, or where fewer examples are ``asked`` for than there are. Call it without gradients.
    """
    backbone = learner.backbone
    if not learner.embeds_first or backbone.transductive:
        return learner, features
    if isinstance(backbone, Identity) and not features.are_images:
        return learner, features
    if asked < len(features.y) and not isinstance(backbone, Identity):
        return learner, features
    with plugin_errors("backbone", backbone.name, backbone):
        embedding = _embed(backbone, features)
    return on_embeddings(learner, embedding.shape[1]), Features(embedding, features.y, features.labels)


def _embed(backbone: Backbone, features: Features) -> Tensor:
    size = (IMAGES if features.are_images else VECTORS) * (GPU_MORE[features.are_images] if features.x.is_cuda else 1)
    return torch.cat([backbone(features.x[start : start + size]) for start in range(0, len(features.y), size)])


def on_embeddings(learner: Learner, width: int) -> Learner:
    """Return a copy of a learner that shares all of its weights and has the identity in the place of its backbone."""
    twin = copy(learner)
    twin._modules = dict(learner._modules)
    twin.backbone = Identity((width,))
    return twin
