"""Backbone: a module from features to an embedding, meta-trained where there is training."""

from __future__ import annotations

from abc import ABC
from typing import ClassVar

from torch import nn


class Backbone(nn.Module, ABC):
    """Maps features ``[n, *shape]`` to embeddings ``[n, features]``, each example by itself.

    The constructor takes the shape of one item's features; options are keyword-only parameters, as a learner's are.
    """

    name: ClassVar[str]
    features: int
    """The length of an embedding: what a learner with weights of its own sizes them by."""
    transductive: bool = False
    """True where the examples embedded together see each other."""

    def __init__(self, shape: tuple[int, ...]) -> None:
        super().__init__()
        self.shape = tuple(shape)
