"""What is worth knowing of a learner: how long a task takes, whether vmap takes it, what it declares."""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable
from typing import Any

import torch

from fewtext.testing.learner_cases import Case

TIMED = 15  # tasks, one after the other; the median is reported
FLAGS = "order_matters", "needs_training", "transductive", "keeps_state", "own_label_tasks"


def declared(case: Case) -> dict[str, Any]:
    """Return whether it vectorises, and what else it declares of itself."""
    learner = case.untrained()
    flags = [flag for flag in FLAGS if getattr(learner, flag)]
    return {"vectorises": learner.vectorizes, **({"declares": flags} if flags else {})}


def per_task(case: Case) -> dict[str, float]:
    """Return the median milliseconds to fit a task of 4 classes with 3 examples, and to answer its 12 queries."""
    learner, fitting, answering = case.learner(), [], []
    with torch.no_grad():
        for seed in range(TIMED):
            episode = case.episode(seed=seed)
            classify, seconds = _timed(lambda episode=episode: learner.fit(episode.support))  # type: ignore[misc]
            fitting.append(seconds)
            answering.append(_timed(lambda classify=classify, x=episode.query: classify(x))[1])  # type: ignore[misc]
    return {"ms to fit": _milliseconds(fitting), "ms to answer": _milliseconds(answering)}


def _timed(call: Callable[[], Any]) -> tuple[Any, float]:
    start = time.perf_counter()
    value = call()
    return value, time.perf_counter() - start


def _milliseconds(seconds: list[float]) -> float:
    return float(f"{1000 * statistics.median(seconds):.3g}")
