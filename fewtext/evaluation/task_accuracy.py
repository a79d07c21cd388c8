"""Task accuracy: how often a learner is right on tasks that it has not seen, with an interval, and how fast it is."""

from __future__ import annotations

import statistics
import time
from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial

import torch
from torch import Tensor
from torch.nn.functional import one_hot

from fewtext.contracts.encoder import Progress
from fewtext.contracts.learner import Episode, Learner, SequentialLearner
from fewtext.datasets.features import Features
from fewtext.evaluation.linear_answers import has_linear_heads, linear_answers
from fewtext.metrics.classification import Answers
from fewtext.metrics.intervals import half_width
from fewtext.registry.failures import plugin_errors
from fewtext.training.batching import Batch, answer_tasks, logits_of, over_tasks
from fewtext.training.embedding import embedded_once
from fewtext.training.episodes import EpisodeList

TASKS = 25  # answered at once: [tasks, queries, ways] and what a learner computes from them must fit into memory
CURVED = 100  # tasks in which every inner step is evaluated
TIMED = 15  # tasks timed, one after the other; the median is reported


@dataclass(frozen=True)
class Measured:
    """What was measured: the ``answers`` ``[tasks, queries]``, or ``[tasks, n]`` to every example of a sequence.

    ``by_step`` is the accuracy after 0, 1, … inner steps in the first 100 tasks, for a learner that takes steps;
    ``by_presentation`` that at the 1st, 2nd, … example of a class in a sequence.
    """

    answers: Answers
    seconds_to_adapt: float
    seconds_to_predict: float
    by_step: list[float] | None = None
    by_presentation: list[float] | None = None

    @property
    def accuracy(self) -> float:
        """The mean over tasks, a fraction."""
        return self.answers.by_task.mean().item()

    @property
    def interval(self) -> float:
        """Half the width of the 95 % interval of the mean: 1.96 sd / sqrt(n)."""
        return half_width(self.answers.by_task.cpu().numpy())


def evaluate(learner: Learner, features: Features, episodes: EpisodeList, progress: Progress | None = None) -> Measured:
    """Answer every task of the list, inductively: each query is answered as if it were the only one.

    What gives the same answers for less is used: embeddings of all examples where the backbone does not adapt, and
    products of many tasks where classifiers are linear. The times are those of a task on its own, from its features on.
    """
    learner.eval()
    answers: list[Answers] = []
    curves: list[Tensor] = []
    done = 0
    with torch.no_grad():
        quick, stored = embedded_once(learner, features, len(episodes) * episodes.examples)
        linear = has_linear_heads(quick, stored, episodes)
        tasks = linear_answers(quick, stored, episodes) if linear else _answers(quick, stored, episodes, curves)
        for logits, target in tasks:
            with plugin_errors("learner", learner.name, learner):
                if not logits.isfinite().all():
                    raise ValueError("logits are NaN or infinite")
            answers.append(Answers.of(logits / learner.temperature, target))
            done += len(target)
            if progress:
                progress(done, len(episodes))
        with plugin_errors("learner", learner.name, learner):
            adapting, predicting = _timed(learner, next(episodes.batches(features, TIMED)))
    by_step = torch.cat(curves)[:CURVED].mean(0).tolist() if curves else None
    return Measured(Answers.joined(answers), adapting, predicting, by_step)


def _answers(
    learner: Learner, features: Features, episodes: EpisodeList, curves: list[Tensor]
) -> Iterator[tuple[Tensor, Tensor]]:
    """Yield logits and targets, some tasks at a time; add the first ones' accuracy at each inner step to ``curves``."""
    size = episodes.at_once(features, TASKS)
    for done, batch in enumerate(episodes.batches(features, size)):
        if learner.inner_steps and done * size < CURVED:
            curve = over_tasks(learner, partial(_by_step, learner), batch)  # [tasks, steps + 1, m, ways]
            curves.append((curve.argmax(-1) == batch.target[:, None]).double().mean(2).cpu())
            yield curve[:, -1], batch.target
        else:
            yield answer_tasks(learner, batch), batch.target


def evaluate_sequences(
    learner: SequentialLearner, features: Features, episodes: EpisodeList, progress: Progress | None = None
) -> Measured:
    """Follow the support of every task as a sequence (Santoro et al., 2016): an answer, then its label, one step late.

    All classes have equally many examples. The first example of a class can only be recognised by elimination.
    """
    learner.eval()
    answers, presentations, seconds = [], [], []
    size = episodes.at_once(features, TASKS)
    with torch.no_grad():
        for done, batch in enumerate(episodes.batches(features, size), 1):
            start = _now(batch.x.device)
            logits = over_tasks(learner, lambda e: logits_of(learner.sequence(e.support), e, e.support.y), batch)
            seconds.append((_now(batch.x.device) - start) / len(batch))
            answers.append(Answers.of(logits / learner.temperature, batch.y))
            correct = (logits.argmax(-1) == batch.y).double()
            # Whether an example is the 1st, 2nd, … of its class.
            nth = one_hot(batch.y, batch.ways).cumsum(1).gather(2, batch.y[..., None])[..., 0]
            order = nth.argsort(dim=1, stable=True)  # all first presentations, then all second ones
            presentations.append(correct.gather(1, order).view(len(batch), -1, batch.ways).mean(2).cpu())
            if progress:
                progress(min(done * size, len(episodes)), len(episodes))
    by_presentation = torch.cat(presentations).mean(0).tolist()
    return Measured(Answers.joined(answers), 0.0, statistics.median(seconds), by_presentation=by_presentation)


def _by_step(learner: Learner, episode: Episode) -> Tensor:
    curve = (classify(episode.query) for classify in learner.fit_by_step(episode.support))
    return torch.stack([logits_of(logits, episode) for logits in curve])


def _timed(learner: Learner, batch: Batch) -> tuple[float, float]:
    """Return the median seconds to adapt to a task and to answer its queries, one task after the other."""
    device = batch.x.device
    adapting, predicting = [], []
    for task in range(len(batch)):
        episode = batch.episode(task)
        start = _now(device)
        classify = learner.fit(episode.support)
        fitted = _now(device)
        classify(episode.query)
        adapting.append(fitted - start)
        predicting.append(_now(device) - fitted)
    return statistics.median(adapting), statistics.median(predicting)


def _now(device: torch.device) -> float:
    if device.type == "cuda":
        torch.cuda.synchronize(device)
    return time.perf_counter()
