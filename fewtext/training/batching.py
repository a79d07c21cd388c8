"""Batching: many tasks of equal size at once, by ``vmap`` where the learner can."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import torch
from torch import Tensor

from fewtext.contracts.bandit import BanditLearner
from fewtext.contracts.learner import Episode, Learner, Support, checked_logits
from fewtext.registry.failures import plugin_errors

IMAGES_OF_A_TASK = 100  # from so many on, tasks are taken one by one on a processor


@dataclass(frozen=True)
class Batch:
    """Many tasks of equal size: every tensor of ``Support`` and ``Episode`` with a leading dimension of tasks.

    Unequal shots are padded with weight 0.
    """

    x: Tensor
    y: Tensor
    weight: Tensor
    query: Tensor
    target: Tensor
    ways: int

    def __len__(self) -> int:
        return len(self.x)

    def episode(self, task: int) -> Episode:
        """Return one task."""
        support = Support(self.x[task], self.y[task], self.ways, self.weight[task])
        return Episode(support, self.query[task], self.target[task])


def over_tasks(learner: Learner, function: Callable[[Episode], Tensor], batch: Batch, progress: float = 1.0) -> Tensor:
    """Apply a function of one episode to each task of a batch and stack the results: by vmap where the learner can.

    On a processor, large tasks of images are taken one by one, which leaves its caches less.
    """

    def one(x: Tensor, y: Tensor, weight: Tensor, query: Tensor, target: Tensor) -> Tensor:
        return function(Episode(Support(x, y, batch.ways, weight), query, target, progress))

    tasks = batch.x, batch.y, batch.weight, batch.query, batch.target
    with plugin_errors("learner", learner.name, learner):
        if learner.vectorizes and len(batch) > 1 and not _fills_a_processor(batch):
            randomness = "different" if isinstance(learner, BanditLearner) else "error"
            return torch.func.vmap(one, randomness=randomness)(*tasks)
        return torch.stack([one(*task) for task in zip(*tasks, strict=True)])


def _fills_a_processor(batch: Batch) -> bool:
    """Whether one task is so much work for a processor that many at once only leave its caches."""
    images = batch.x.shape[1] + batch.query.shape[1]
    return batch.x.dim() > 3 and batch.x.device.type == "cpu" and images >= IMAGES_OF_A_TASK


def answer_tasks(learner: Learner, batch: Batch) -> Tensor:
    """Fit a classifier per task and return its logits for the task's queries: ``[tasks, m, ways]``."""

    def answer(episode: Episode) -> Tensor:
        return logits_of(learner.fit(episode.support)(episode.query), episode)

    return over_tasks(learner, answer, batch)


def logits_of(logits: Tensor, episode: Episode, target: Tensor | None = None) -> Tensor:
    """Return the logits for an episode's queries, or for others with these classes; raise ``TypeError`` for others."""
    return checked_logits(logits, len(episode.target if target is None else target), episode.support.ways)
