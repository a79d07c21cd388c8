"""Calibration by marked answers: whether an answer was right says how far a probability can be trusted.

Each marked text is answered by a fit that has not seen it, and the temperature is the one by which the probability of
the marked label foretells the mark best. Who marks answers may mark wrong ones more often, or right ones: a shift of
the log-odds, fitted beside the temperature, takes that up. So a log of one kind of marks alone says nothing.
"""

from __future__ import annotations

import torch
from torch import Tensor
from torch.nn.functional import binary_cross_entropy_with_logits, cross_entropy

from fewtext.classify.complementary import with_examples
from fewtext.contracts.learner import Learner, Support
from fewtext.metrics.calibration import FOLDS, GRID, PRIOR_SPREAD, evenly
from fewtext.registry.failures import plugin_errors

MOST_TEXTS = 2000  # of a long log, evenly spaced
SHIFT_SPREAD = 2.0  # standard deviation of the shift: wrong answers are marked some seven times as often, or as seldom
NEWTON_STEPS = 30
MOST_LOG_ODDS = 30.0  # beyond them a probability is rounded to 0 or 1


def held_out_marks(learner: Learner, support: Support, x: Tensor, weight: Tensor) -> tuple[Tensor, Tensor]:
    """Return logits ``[m, ways]`` of marked texts ``x``, each by a fit without it, and their rows ``[m]``.

    ``weight`` ``[n, ways]`` is how much each counts as an example of each class.
    """
    whole, (own, _) = with_examples(support, x, weight), (weight > 0).nonzero(as_tuple=True)
    n = len(support.y)
    parts = [torch.arange(part, len(x), FOLDS) for part in range(min(FOLDS, len(x)))]
    folds = torch.zeros(len(parts), len(whole.y), dtype=torch.bool)
    folds[:, n:] = own % FOLDS == torch.arange(len(parts))[:, None]
    asked = [evenly(part, MOST_TEXTS // FOLDS) for part in parts]
    with torch.no_grad(), plugin_errors("learner", learner.name, learner):
        fits = learner.fit_without(whole, folds)
        logits = torch.cat([classify(x[rows]) for classify, rows in zip(fits, asked, strict=True)])
    return logits, torch.cat(asked)


def temperature_by_marks(logits: Tensor, target: Tensor, asked: Tensor, marks: Tensor, prior: float) -> float:
    """Return the temperature of highest posterior, by held-out examples and by marked answers together.

    ``logits`` ``[n, ways]`` and ``target`` ``[n]`` are of examples, ``asked`` ``[m, ways]`` the logits of marked texts
    and ``marks`` ``[m, ways]`` 1 where an answer was right, -1 where it was wrong, else 0.
    """
    rows, labels = marks.nonzero(as_tuple=True)
    right, asked = (marks[rows, labels] > 0).double(), asked[rows].double()
    grid, losses = GRID * prior, []
    for temperature in grid:
        loss = cross_entropy(logits.double() / temperature, target, reduction="sum")
        probability = (asked / temperature).softmax(-1).gather(1, labels[:, None])[:, 0]
        log_odds = probability.logit().clamp(-MOST_LOG_ODDS, MOST_LOG_ODDS)
        loss = loss + _shifted_loss(log_odds, right) + (temperature / prior).log().square() / (2 * PRIOR_SPREAD**2)
        losses.append(loss)
    return float(grid[int(torch.stack(losses).argmin())])


def _shifted_loss(log_odds: Tensor, right: Tensor) -> Tensor:
    """Return the cross-entropy of marks at the shift of the log-odds ``[m]`` that makes it least, and its prior."""
    shift = log_odds.new_zeros(())
    for _ in range(NEWTON_STEPS):
        probability = (log_odds + shift).sigmoid()
        slope = (probability - right).sum() + shift / SHIFT_SPREAD**2
        shift = shift - (slope / ((probability * (1 - probability)).sum() + 1 / SHIFT_SPREAD**2)).clamp(-1.0, 1.0)
    loss = binary_cross_entropy_with_logits(log_odds + shift, right, reduction="sum")
    return loss + shift.square() / (2 * SHIFT_SPREAD**2)
