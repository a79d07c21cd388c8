"""Choosing a learner by the support: whichever is least surprised by the examples that are held out of it."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch.nn.functional import cross_entropy

from fewtext.contracts.learner import Learner, Support
from fewtext.metrics.calibration import fit_temperature, held_out_logits
from fewtext.registry import discovery
from fewtext.registry.options import build_learner

AUTO = "auto"
CANDIDATES = ("logistic", "protonet", "lda")
"""Learners that need no training, the first of them where the support is too small to choose by."""


@dataclass(frozen=True)
class Tried:
    """A learner's accuracy and mean negative log-likelihood, in nats, on examples held out."""

    learner: str
    accuracy: float
    log_loss: float


def choose_learner(support: Support, examples: int) -> tuple[Learner, str]:
    """Return the learner to take and a sentence that says why; the first one where no example can be held out.

    The likelihood is of calibrated probabilities, so that it says more than which of a few answers were right.
    """
    tried, built = [], {name: build_learner(discovery.learner(name), {}, support.x.shape[1:]) for name in CANDIDATES}
    holdable = torch.arange(len(support.y)) < examples
    for name, learner in built.items():
        logits, rows = held_out_logits(learner, support, holdable)
        if not len(rows):
            first = CANDIDATES[0]
            return built[first], f"learner {first}: no label has three examples, so there is nothing to choose by"
        target = support.y[rows]
        logits = logits / fit_temperature(logits, target, learner.temperature)
        right = (logits.argmax(-1) == target).double().mean().item()
        tried.append(Tried(name, right, cross_entropy(logits, target).item()))
    chosen = min(tried, key=lambda one: one.log_loss).learner
    listed = ", ".join(f"{one.learner} {one.log_loss:.3f} ({one.accuracy:.0%} right)" for one in tried)
    return built[chosen], f"learner {chosen}, of the least log loss on examples held out: {listed}"
