"""Backbone: a network from features to embeddings, trained by meta-training."""

from __future__ import annotations

from abc import ABC
from typing import ClassVar

from torch import nn


class Backbone(nn.Module, ABC):
    """Maps features ``[n, *shape]`` to embeddings ``[n, features]``, each example independently of the others.

    The constructor takes the shape of one item's features; options are keyword-only parameters, as a learner's are.
    """

    name: ClassVar[str]
    features: int
    """The length of an embedding, by which a learner sizes weights of its own."""
    places: int = 1
    """How many places of an image an embedding describes: it is ``[features / places, places]``, flattened."""
    transductive: bool = False
    """True where an embedding depends on the other examples of the batch, as with batch statistics."""

    def __init__(self, shape: tuple[int, ...]) -> None:
        super().__init__()
        self.shape = tuple(shape)
