"""Model selection: of a few learners, the one with the least log loss on held-out examples."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch.nn.functional import cross_entropy

from fewtext.classify.defaults import CANDIDATES
from fewtext.contracts.learner import Learner, Support
from fewtext.metrics.calibration import fit_temperature, held_out_logits
from fewtext.registry import discovery
from fewtext.registry.options import build_learner


@dataclass(frozen=True)
class Validation:
    """A learner's accuracy and mean negative log-likelihood, in nats, on held-out examples."""

    learner: str
    accuracy: float
    log_loss: float


def choose_learner(support: Support, examples: int) -> tuple[Learner, str]:
    """Return the learner to take and a sentence that says why; the first one where no example can be held out.

    Log loss, of calibrated probabilities, tells learners apart where accuracy on a few examples ties.
    """
    built = {name: build_learner(discovery.learner(name), {}, support.x.shape[1:]) for name in CANDIDATES}
    validated = []
    holdable = torch.arange(len(support.y)) < examples
    for name, learner in built.items():
        logits, rows = held_out_logits(learner, support, holdable)
        if not len(rows):
            first = CANDIDATES[0]
            return built[first], f"learner {first}: no label has three examples, too few to choose by"
        target = support.y[rows]
        logits = logits / fit_temperature(logits, target, learner.temperature)
        accuracy = (logits.argmax(-1) == target).double().mean().item()
        validated.append(Validation(name, accuracy, cross_entropy(logits, target).item()))
    chosen = min(validated, key=lambda one: one.log_loss).learner
    compared = ", ".join(f"{one.learner} {one.log_loss:.3f} (accuracy {one.accuracy:.0%})" for one in validated)
    return built[chosen], f"learner {chosen}, with the least log loss on held-out examples: {compared}"
