"""Support, episode, learner, classifier: the nouns that every few-shot method is made of."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from typing import ClassVar

import torch
from torch import Tensor, nn
from torch.nn.functional import cross_entropy, one_hot

Classifier = Callable[[Tensor], Tensor]
"""Features ``[n, *shape]`` to logits ``[n, ways]``. A plain function: asking twice gives one answer."""


@dataclass(frozen=True)
class Support:
    """The labelled examples of one task.

    ``x`` holds features ``[n, *shape]``, ``y`` classes ``[n]`` as int64 in ``0..ways-1``, ``weight`` ``[n]`` how much
    each example counts: 1 for an ordinary one, 0 for padding. Label strings never come this far.
    """

    x: Tensor
    y: Tensor
    ways: int
    weight: Tensor

    @cached_property
    def membership(self) -> Tensor:
        """``[n, ways]``: the one-hot class of each example times its weight. What learners compute with."""
        return one_hot(self.y, self.ways).to(self.x.dtype) * self.weight[:, None]


@dataclass(frozen=True)
class Episode:
    """One task with its questions: queries ``[m, *shape]`` and their true classes ``target`` ``[m]``."""

    support: Support
    query: Tensor
    target: Tensor


class Learner(nn.Module, ABC):
    """Turns the support of one task into a classifier for its classes.

    Written for one task; the core runs many at once by ``torch.func.vmap``. So code in ``fit`` does not branch on the
    values of tensors: membership is a matrix product, never a boolean index. Options are keyword-only constructor
    parameters with types and defaults.
    """

    name: ClassVar[str]
    vectorizes: ClassVar[bool] = True
    """False where ``vmap`` refuses the code: the core then loops over tasks."""
    order_matters: ClassVar[bool] = False
    """True for a sequential memory, whose answer depends on the order of the support."""
    temperature: ClassVar[float] = 1.0
    """Divides the logits of an untrained learner on unit vectors where the support is too small to measure it."""

    def __init__(self, backbone: nn.Module) -> None:
        super().__init__()
        self.backbone = backbone

    @abstractmethod
    def fit(self, support: Support) -> Classifier:
        """Return a classifier for the support's classes; ``self`` stays unchanged."""

    def loss(self, episode: Episode) -> Tensor:
        """Return the scalar that meta-training minimises: the cross-entropy of the queries by default."""
        return cross_entropy(self.fit(episode.support)(episode.query), episode.target)


def answer_tasks(learner: Learner, x: Tensor, y: Tensor, weight: Tensor, ways: int, query: Tensor) -> Tensor:
    """Fit a classifier per task and return its logits for the task's queries: ``[tasks, m, ways]``.

    Every tensor has a leading dimension of tasks: ``x`` ``[tasks, n, *shape]``, ``y`` and ``weight`` ``[tasks, n]``,
    ``query`` ``[tasks, m, *shape]``. Unequal shots are padded with weight 0.
    """

    def answer(x: Tensor, y: Tensor, weight: Tensor, query: Tensor) -> Tensor:
        return learner.fit(Support(x, y, ways, weight))(query)

    if learner.vectorizes:
        return torch.func.vmap(answer)(x, y, weight, query)
    return torch.stack([answer(*task) for task in zip(x, y, weight, query, strict=True)])
