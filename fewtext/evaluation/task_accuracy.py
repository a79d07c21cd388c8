"""Task accuracy: how often a learner is right on tasks that it has not seen, with an interval, and how fast it is."""

from __future__ import annotations

import statistics
from collections.abc import Iterator
from dataclasses import dataclass

import torch
from torch import Tensor

from fewtext.contracts.bandit import BanditLearner
from fewtext.contracts.encoder import Progress
from fewtext.contracts.learner import Learner, SequentialLearner
from fewtext.datasets.features import Features
from fewtext.evaluation.adaptability import (
    CURVED,
    TIMED,
    area_by_seconds,
    logits_by_step,
    now,
    right_by_step,
    timed,
)
from fewtext.evaluation.linear_answers import has_linear_heads, linear_answers
from fewtext.evaluation.trial_and_error import by_presentation, regret
from fewtext.metrics.classification import Answers
from fewtext.metrics.intervals import half_width
from fewtext.registry.failures import plugin_errors
from fewtext.training.batching import answer_tasks
from fewtext.training.embedding import embedded_once
from fewtext.training.episodes import EpisodeList
from fewtext.training.trials import sequence_logits

TASKS = 25  # answered at once: [tasks, queries, ways] and what a learner computes from them must fit into memory


@dataclass(frozen=True)
class Measured:
    """What was measured: the ``answers`` ``[tasks, queries]``, or ``[tasks, n]`` to every example of a sequence.

    ``by_step`` is the accuracy after 0, 1, … inner steps in the first tasks, for a learner that takes steps;
    ``seconds_by_step`` is when each of these classifiers is there, for others when the only one is, and
    ``area_by_seconds`` what follows from both (``fewtext.evaluation.adaptability``). ``by_presentation`` is the
    accuracy at the 1st, 2nd, … example of a class in a sequence, and ``regret`` how many answers were wrong so far
    after each of its examples.
    """

    answers: Answers
    seconds_to_adapt: float
    seconds_to_predict: float
    seconds_by_step: list[float] | None = None
    area_by_seconds: float | None = None
    by_step: list[float] | None = None
    by_presentation: list[float] | None = None
    regret: list[float] | None = None

    @property
    def accuracy(self) -> float:
        """The mean over tasks, a fraction."""
        return self.answers.by_task.mean().item()

    @property
    def interval(self) -> float:
        """Half the width of the 95 % interval of the mean: 1.96 sd / sqrt(n)."""
        return half_width(self.answers.by_task.cpu().numpy())


def evaluate(
    learner: Learner,
    features: Features,
    episodes: EpisodeList,
    progress: Progress | None = None,
    curved: int = CURVED,
) -> Measured:
    """Answer every task of the list, inductively: each query is answered as if it were the only one.

    What gives the same answers for less is used: embeddings of all examples where the backbone does not adapt, and
    products of many tasks where classifiers are linear. The times are those of a task on its own, from its features on.
    Every inner step is evaluated in the first ``curved`` tasks.
    """
    learner.eval()
    answers: list[Answers] = []
    curves: list[Tensor] = []
    done = 0
    with torch.no_grad():
        quick, stored = embedded_once(learner, features, len(episodes) * episodes.examples)
        linear = has_linear_heads(quick, stored, episodes)
        tasks = linear_answers(quick, stored, episodes) if linear else _answers(quick, stored, episodes, curves, curved)
        for logits, target in tasks:
            with plugin_errors("learner", learner.name, learner):
                if not logits.isfinite().all():
                    raise ValueError("logits are NaN or infinite")
            answers.append(Answers.of(logits / learner.temperature, target))
            done += len(target)
            if progress:
                progress(done, len(episodes))
        with plugin_errors("learner", learner.name, learner):
            reached, predicting = timed(learner, next(episodes.batches(features, TIMED)))
    found = Answers.joined(answers)
    by_step = torch.cat(curves)[:curved].mean(0).tolist() if curves else None
    area = area_by_seconds(by_step or [found.by_task[:curved].mean().item()], reached, 1 / episodes.ways)
    return Measured(found, reached[-1], predicting, reached, area, by_step)


def _answers(
    learner: Learner, features: Features, episodes: EpisodeList, curves: list[Tensor], curved: int
) -> Iterator[tuple[Tensor, Tensor]]:
    """Yield logits and targets, some tasks at a time; add the first ones' accuracy at each inner step to ``curves``."""
    size = episodes.at_once(features, TASKS)
    for done, batch in enumerate(episodes.batches(features, size)):
        if learner.inner_steps and done * size < curved:
            curve = logits_by_step(learner, batch)
            curves.append(right_by_step(curve, batch.target))
            yield curve[:, -1], batch.target
        else:
            yield answer_tasks(learner, batch), batch.target


def evaluate_sequences(
    learner: SequentialLearner | BanditLearner,
    features: Features,
    episodes: EpisodeList,
    progress: Progress | None = None,
) -> Measured:
    """Follow the support of every task as a sequence (Santoro et al., 2016): an answer, then what the learner is told.

    That is the label, or for a learner by trial and error whether the answer was right; it comes one step late. All
    classes have equally many examples. The first example of a class can only be recognised by elimination.
    """
    learner.eval()
    answers, correct, seconds = [], [], []
    size = episodes.at_once(features, TASKS)
    with torch.no_grad():
        for done, batch in enumerate(episodes.batches(features, size), 1):
            start = now(batch.x.device)
            logits = sequence_logits(learner, batch)
            seconds.append((now(batch.x.device) - start) / len(batch))
            answers.append(Answers.of(logits / learner.temperature, batch.y))
            correct.append((logits.argmax(-1) == batch.y).double().cpu())
            if progress:
                progress(min(done * size, len(episodes)), len(episodes))
    right = torch.cat(correct)
    return Measured(
        Answers.joined(answers), 0.0, statistics.median(seconds),
        by_presentation=by_presentation(right, episodes.y, episodes.ways), regret=regret(right),
    )  # fmt: skip
