"""Learners by trial and error in the training loop: their chance comes from the run's seed, and reward is accuracy."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import torch
from torch import Tensor

from fewtext.contracts.bandit import BanditLearner, follow
from fewtext.contracts.learner import Episode, Learner, SequentialLearner
from fewtext.training.batching import Batch, answer_tasks, logits_of, over_tasks


@contextmanager
def seeded(learner: Learner, generator: torch.Generator, device: torch.device) -> Iterator[None]:
    """Let what a learner by trial and error tries follow from the generator, which others are not drawn from for."""
    if not isinstance(learner, BanditLearner):
        yield
        return
    seed = int(torch.randint(2**62, (), generator=generator))
    with torch.random.fork_rng(devices=[device] if device.type == "cuda" else []):
        torch.manual_seed(seed)
        yield


def examined(learner: Learner, batch: Batch) -> tuple[Tensor, Tensor]:
    """Return the logits ``[k, ways]`` by which a learner is validated, and the true classes ``[k]``.

    They are those of the queries, or of a sequence's examples where it learns by trial and error: padding is none.
    """
    if isinstance(learner, BanditLearner):
        present = batch.weight > 0
        return sequence_logits(learner, batch)[present], batch.y[present]
    return answer_tasks(learner, batch).flatten(0, 1), batch.target.flatten()


def sequence_logits(learner: SequentialLearner | BanditLearner, batch: Batch) -> Tensor:
    """Return logits ``[tasks, n, ways]`` along each sequence; by trial and error, the best answer is always given."""

    def followed(episode: Episode) -> Tensor:
        support = episode.support
        if isinstance(learner, BanditLearner):
            return logits_of(follow(learner, support).logits, episode, support.y)
        return logits_of(learner.sequence(support), episode, support.y)

    return over_tasks(learner, followed, batch)
