"""Held-out answers: each example of a support, answered by a fit that has not seen it."""

from __future__ import annotations

import torch
from torch import Tensor
from torch.nn.functional import cross_entropy

from fewtext.contracts.learner import Learner, Support
from fewtext.metrics.calibration import FOLDS, fit_temperature, held_out_logits
from fewtext.registry.failures import plugin_errors


def held_out_answers(
    learner: Learner, support: Support, examples: int, parts: int = FOLDS, used: int | None = None
) -> tuple[Tensor, Tensor]:
    """Return logits ``[m, ways]`` of those of the first ``examples`` that can be held out, and their rows.

    A fit leaves out one of ``parts`` parts; only the first ``used`` of them are left out, where that is given.
    """
    with plugin_errors("learner", learner.name, learner):
        return held_out_logits(learner, support, torch.arange(len(support.y)) < examples, parts, used)


def log_loss(learner: Learner, target: Tensor, logits: Tensor) -> float:
    """Return the total log loss, in nats, of held-out answers ``[m, ways]`` whose temperature they choose."""
    temperature = fit_temperature(logits, target, learner.temperature)
    return float(cross_entropy(logits.double() / temperature, target, reduction="sum"))
