"""Held-out answers: each example of a support, answered by a fit that has not seen it."""

from __future__ import annotations

import torch
from torch import Tensor

from fewtext.contracts.learner import Learner, Support
from fewtext.metrics.calibration import FOLDS, held_out_logits
from fewtext.registry.failures import plugin_errors


def held_out_answers(learner: Learner, support: Support, examples: int, parts: int = FOLDS) -> tuple[Tensor, Tensor]:
    """Return logits ``[m, ways]`` of those of the first ``examples`` that can be held out, and their rows."""
    with plugin_errors("learner", learner.name):
        return held_out_logits(learner, support, torch.arange(len(support.y)) < examples, parts)
