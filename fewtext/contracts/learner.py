"""Support, episode, learner, classifier: the concepts that every few-shot method is written in."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections import ChainMap
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import ClassVar

import torch
from torch import Tensor, nn
from torch.nn.functional import cross_entropy

from fewtext.contracts.backbone import Backbone
from fewtext.contracts.progress import part_of_work
from fewtext.contracts.recipe import DEFAULT_RECIPES, Recipe

Classifier = Callable[[Tensor], Tensor]
"""Features ``[n, *shape]`` to logits ``[n, ways]``. A pure function: the same features give the same logits."""
MANY_WAYS = 512  # classes: from here on ``[n, ways]`` is too large to sum the rows of a class by


def checked_logits(logits: Tensor, queries: int, ways: int) -> Tensor:
    """Return logits; raise ``TypeError`` where they are not a tensor ``[queries, ways]``."""
    if not isinstance(logits, Tensor) or tuple(logits.shape) != (queries, ways):
        given = f"a tensor {tuple(logits.shape)}" if isinstance(logits, Tensor) else f"a {type(logits).__name__}"
        raise TypeError(f"logits are {given} instead of a tensor {(queries, ways)}")
    return logits


@dataclass(frozen=True)
class Support:
    """The labelled examples of one task.

    ``x`` holds features ``[n, *shape]``, ``y`` classes ``[n]`` as int64 in ``0..ways-1``, ``weight`` ``[n]`` how much
    each example counts: 1 for an ordinary one, 0 for padding. Learners never see the label strings.
    """

    x: Tensor
    y: Tensor
    ways: int
    weight: Tensor

    @cached_property
    def membership(self) -> Tensor:
        """``[n, ways]``: the one-hot class of each example times its weight, which learners compute with."""
        own = self.y[:, None] == torch.arange(self.ways, device=self.y.device)
        return own * self.weight[:, None].to(self.x.dtype)

    def sums(self, x: Tensor) -> Tensor:
        """Return the sum of the rows of ``x`` ``[n, d]`` in each class, times their weights: ``[ways, d]``.

        Memory is that of the result where there are many classes: ``membership`` is not made.
        """
        if self.ways < MANY_WAYS:
            return self.membership.T.to(x.dtype) @ x
        return x.new_zeros(self.ways, x.shape[1]).index_add(0, self.y, x * self.weight[:, None].to(x.dtype))

    def of_class(self, rows: Tensor) -> Tensor:
        """Return for each example the row of its class in ``[ways, d]``: ``[n, d]``; zeros where its weight is 0."""
        if self.ways < MANY_WAYS:
            return (self.membership > 0).to(rows.dtype) @ rows
        return rows[self.y] * (self.weight > 0)[:, None]

    @cached_property
    def class_weight(self) -> Tensor:
        """``[ways]``: how much the examples of each class count together."""
        return self.sums(self.x.new_ones(len(self.y), 1))[:, 0]

    @cached_property
    def class_sums(self) -> Tensor:
        """``[ways, d]``: the sum of each class's features, times their weights."""
        return self.sums(self.x.flatten(1))

    def part(self, rows: slice | Tensor) -> Support:
        """Return the support of these rows alone."""
        return Support(self.x[rows], self.y[rows], self.ways, self.weight[rows])


@dataclass(frozen=True)
class LabelledSupport:
    """Examples that may have several labels each.

    ``x`` holds features ``[n, *shape]``, ``label_matrix`` ``[n, labels]`` which labels each has, ``weight`` ``[n]``.
    """

    x: Tensor
    label_matrix: Tensor
    weight: Tensor

    @cached_property
    def membership(self) -> Tensor:
        """``[n, labels]``: which labels each example has, times its weight."""
        return self.label_matrix.to(self.x.dtype) * self.weight[:, None]

    def sums(self, x: Tensor) -> Tensor:
        """Return the sum of the rows of ``x`` ``[n, d]`` that have each label, times their weights: ``[labels, d]``."""
        return self.membership.to(x.dtype).T @ x

    @cached_property
    def class_sums(self) -> Tensor:
        """``[labels, d]``: the sum of the features that have each label, times their weights."""
        return self.sums(self.x.flatten(1))

    def part(self, rows: slice | Tensor) -> LabelledSupport:
        """Return the support of these rows alone."""
        return LabelledSupport(self.x[rows], self.label_matrix[rows], self.weight[rows])

    def means(self, x: Tensor) -> tuple[Tensor, Tensor]:
        """Return the mean rows of ``x`` ``[n, d]`` with each label and without it: each ``[labels, d]``.

        They are NaN where no row, or every row, has the label.
        """
        weight, count = self.weight.to(x.dtype), self.membership.to(x.dtype).sum(0)[:, None]
        own = self.sums(x)
        return own / count, (weight @ x - own) / (weight.sum() - count)

    def without(self, left_out: Tensor) -> LabelledSupport:
        """Return the support in which these rows, ``[n]``, count nothing."""
        return LabelledSupport(self.x, self.label_matrix, self.weight * ~left_out)

    def of(self, label: int) -> Support:
        """Return the two-way task of a label: class 1 are the examples that have it."""
        return Support(self.x, self.label_matrix[:, label].long(), 2, self.weight)


@dataclass(frozen=True)
class Episode:
    """One task: its support, queries ``[m, *shape]`` and their true classes ``target`` ``[m]``.

    The support is in random order. ``progress`` runs from 0 to 1 over training, for schedules.
    """

    support: Support
    query: Tensor
    target: Tensor
    progress: float = 1.0


class Learner(nn.Module, ABC):
    """Turns the support of one task into a classifier for its classes.

    It is written for one task, and the core runs many at once by ``torch.func.vmap``. So code in ``fit`` does not
    branch on the values of tensors: membership is a matrix product, never a boolean index. Options are keyword-only
    constructor parameters with types and defaults.
    """

    name: ClassVar[str]
    recipes: ClassVar[Mapping[str, Recipe]] = DEFAULT_RECIPES
    """What the paper prescribes about training, by the features' modality: ``{"text": Recipe(…)}``.

    A modality that a class does not name, ``text`` (vectors) or ``image``, is that of the class it derives from.
    """
    vectorizes: bool = True
    """False where ``vmap`` refuses the code: the core then loops over tasks."""
    order_matters: bool = False
    """True for a sequential memory, whose answer depends on the order of the support."""
    needs_training: bool = False
    """True for a learner that is useless before meta-training: untrained it is refused."""
    transductive: bool = False
    """True where the answer to a query depends on the others: ``classify`` then takes them jointly, or not at all."""
    keeps_state: bool = False
    """True where fitting a task changes the answers to later ones: it can be evaluated, and nothing is classified."""
    embeds_first: bool = False
    """True where ``fit`` and its classifiers see features by ``backbone`` alone, which does not adapt: where there are
    many tasks, every example is then embedded once for all of them."""
    own_label_tasks: bool = False
    """True where ``fit_labels`` weighs or regularises otherwise than ``fit`` does a two-way task."""
    temperature: float = 1.0
    """Divides the logits of an untrained learner on unit vectors where the support is too small to estimate it."""
    inner_steps: int = 0
    """How many gradient steps ``fit`` takes on the support."""

    def __init__(self, backbone: Backbone) -> None:
        super().__init__()
        self.backbone = backbone

    @classmethod
    def recipe_for(cls, modality: str) -> Recipe:
        """Return the recipe for features of this modality."""
        own: list[dict[str, Recipe]] = [dict(vars(base).get("recipes", {})) for base in cls.__mro__]
        return ChainMap(*own)[modality]

    @abstractmethod
    def fit(self, support: Support) -> Classifier:
        """Return a classifier for the support's classes; ``self`` stays unchanged."""

    def fit_by_step(self, support: Support) -> Iterator[Classifier]:
        """Yield the classifier after 0, 1, … ``inner_steps`` steps; the last one is that of ``fit``."""
        yield self.fit(support)

    def fit_without(self, support: Support, left_out: Tensor) -> list[Classifier]:
        """Return a classifier for each fold of ``left_out`` ``[folds, n]``, fitted without its rows.

        Override it where there is a faster way to the same answers.
        """
        fitted = []
        for number, out in enumerate(left_out):
            with part_of_work(number, len(left_out)):
                fitted.append(self.fit(Support(support.x, support.y, support.ways, support.weight * ~out)))
        return fitted

    def fit_labels(self, support: LabelledSupport, left_out: Tensor) -> list[Classifier]:
        """Return for each fold of ``left_out`` ``[folds, n]`` a function from features to log-odds ``[m, labels]``.

        Each label is a two-way task. Override it where there is a faster way to the same answers.
        """
        tasks, labels = [], support.label_matrix.shape[1]
        for label in range(labels):
            with part_of_work(label, labels):
                tasks.append(self.fit_without(support.of(label), left_out))

        def margins(classifiers: tuple[Classifier, ...]) -> Classifier:
            return lambda x: torch.stack([(logits := classify(x))[:, 1] - logits[:, 0] for classify in classifiers], 1)

        return [margins(fold) for fold in zip(*tasks, strict=True)]

    def loss(self, episode: Episode) -> Tensor:
        """Return the scalar that meta-training minimises: the cross-entropy of the queries by default."""
        logits = self.fit(episode.support)(episode.query)
        return cross_entropy(checked_logits(logits, len(episode.target), episode.support.ways), episode.target)


class SequentialLearner(Learner, ABC):
    """A learner that also follows a sequence of examples and answers each before its label is revealed."""

    order_matters = True

    @abstractmethod
    def sequence(self, support: Support) -> Tensor:
        """Return logits ``[n, ways]``: for each example in order, from the examples before it and their labels."""
