"""Adaptability: how accurate a learner is after each inner step and each second, and the areas under these curves.

A learner adapts well where it is accurate soon. The classifiers after 0, 1, … S inner steps have the accuracies a_0 …
a_S, and are there t_0 … t_S seconds after the support came. A closed-form learner takes no steps: its curve is one
point, a_0 at t_0. Accuracies are the same on every machine; seconds are of the machine that measured them.
"""

from __future__ import annotations

import math
import statistics
import time
from collections.abc import Callable, Sequence
from functools import partial
from itertools import pairwise

import torch
from torch import Tensor

from fewtext.contracts.learner import Episode, Learner
from fewtext.datasets.features import Features
from fewtext.training.batching import Batch, logits_of, over_tasks
from fewtext.training.embedding import embedded_once
from fewtext.training.episodes import EpisodeList

CURVED = 100  # tasks in which every inner step is evaluated
TIMED = 15  # tasks timed, one after the other; medians are reported
SOON, LATE = 1e-4, 1.0  # seconds: the moments between which an area by seconds lies


def area_by_step(accuracy: Sequence[float]) -> float:
    """Return the area under accuracy by inner steps, of a width of 1: the mean over steps, (a_0 + … + a_S) / (S + 1).

    It compares starts and rates of learners that take equally many steps.
    """
    return statistics.fmean(accuracy)


def area_by_seconds(accuracy: Sequence[float], seconds: Sequence[float], chance: float) -> float:
    """Return the area under accuracy by the logarithm of seconds, of a width of 1.

    It is 1 / ln(LATE / SOON) times the integral of a(t) dt / t from ``SOON`` to ``LATE``, where a(t) is the accuracy of
    the last classifier that is there t seconds after the support, and ``chance`` before the first. In words: how often
    an answer is right if it is asked for at a moment of which each power of ten is equally likely. It compares all
    learners, on one machine.
    """
    levels, area = [chance, *accuracy], 0.0
    ends = [SOON, *(min(max(t, SOON), LATE) for t in seconds), LATE]
    for level, (start, end) in zip(levels, pairwise(ends), strict=True):
        area += level * math.log(end / start)
    return area / math.log(LATE / SOON)


def logits_by_step(learner: Learner, batch: Batch) -> Tensor:
    """Return the logits for the queries after 0, 1, … inner steps: ``[tasks, steps + 1, m, ways]``."""
    return over_tasks(learner, partial(_by_step, learner), batch)


def right_by_step(logits: Tensor, target: Tensor) -> Tensor:
    """Return the accuracy of each task after 0, 1, … inner steps, ``[tasks, steps + 1]``."""
    return (logits.argmax(-1) == target[:, None]).double().mean(2).cpu()


def accuracy_by_step(
    learner: Learner, features: Features, episodes: EpisodeList, at_once: int, most: int = CURVED
) -> list[float]:
    """Return the accuracy after 0, 1, … inner steps in the first tasks, ``most`` of them."""
    learner.eval()
    parts: list[Tensor] = []
    with torch.no_grad():
        learner, features = embedded_once(learner, features, min(most, len(episodes)) * episodes.examples)
        for batch in episodes.batches(features, episodes.at_once(features, at_once)):
            parts.append(right_by_step(logits_by_step(learner, batch), batch.target))
            if sum(map(len, parts)) >= most:
                break
    mean: list[float] = torch.cat(parts)[:most].mean(0).tolist()
    return mean


def timed(
    learner: Learner, batch: Batch, clock: Callable[[torch.device], float] | None = None
) -> tuple[list[float], float]:
    """Return the median seconds until the classifiers after 0, 1, … steps are there, and to answer a task's queries.

    One task is answered after the other, as a user would ask. ``clock`` gives the time on a device: by default ``now``.
    """
    device, clock = batch.x.device, clock or now
    adapting, predicting = [], []
    for task in range(len(batch)):
        episode = batch.episode(task)
        start, reached = clock(device), []
        for classify in learner.fit_by_step(episode.support):  # noqa: B007
            reached.append(clock(device) - start)
        fitted = clock(device)
        classify(episode.query)
        adapting.append(reached)
        predicting.append(clock(device) - fitted)
    return [statistics.median(step) for step in zip(*adapting, strict=True)], statistics.median(predicting)


def now(device: torch.device) -> float:
    """Return the time in seconds, when all that a GPU was asked to do is done."""
    if device.type == "cuda":
        torch.cuda.synchronize(device)
    return time.perf_counter()


def _by_step(learner: Learner, episode: Episode) -> Tensor:
    curve = (classify(episode.query) for classify in learner.fit_by_step(episode.support))
    return torch.stack([logits_of(logits, episode) for logits in curve])
