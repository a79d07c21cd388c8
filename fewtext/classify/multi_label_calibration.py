"""Calibration where a text may have several labels: one temperature, and for each label an offset and a threshold."""

from __future__ import annotations

from dataclasses import dataclass, replace

import torch
from torch import Tensor
from torch.nn.functional import binary_cross_entropy_with_logits

from fewtext.contracts.learner import LabelledSupport
from fewtext.learners.lbfgs import minimised
from fewtext.metrics.calibration import FOLDS, PRIOR_SPREAD, SHOTS_TO_HOLD_OUT, rank_in_class

OFFSET_SPREAD = 1.0  # standard deviation of a label's offset around what its share of the examples suggests
SHIFT_SPREAD = 5.0  # of the shift that all labels share, around the log-odds of their shares
LBFGS_STEPS = 50


@dataclass(frozen=True)
class MultiLabelCalibration:
    """A temperature for all labels, and for each an offset and the probability from which on a text gets it."""

    temperature: float
    offsets: Tensor
    thresholds: Tensor

    def probabilities(self, logits: Tensor) -> Tensor:
        """Return float64 probabilities of logits ``[n, labels]``."""
        return (logits.double() / self.temperature + self.offsets).sigmoid()


def folds_of(label_matrix: Tensor, examples: int) -> Tensor:
    """Return which examples are held out together: ``[folds, n]``, ``FOLDS`` of them or fewer.

    Each goes by the rarest label that it has, so that every fold has some of each; an example whose rarest label has
    fewer than three is never held out.
    """
    counts = label_matrix[:examples].sum(0)
    none = label_matrix.shape[1]  # a class of their own for those without a label
    rarest = torch.where(label_matrix, counts, torch.iinfo(torch.int64).max).argmin(1)
    rarest[~label_matrix.any(1)] = none
    enough = torch.cat([counts >= SHOTS_TO_HOLD_OUT, torch.tensor([True])])[rarest]
    chosen = enough & (torch.arange(len(label_matrix)) < examples)
    rank = rank_in_class(rarest, chosen, none + 1) % FOLDS
    folds = torch.stack([chosen & (rank == fold) for fold in range(FOLDS)])
    return folds[folds.any(1)]


def calibrate(logits: Tensor, support: LabelledSupport, examples: int, prior: float) -> MultiLabelCalibration:
    """Fit sigmoid(logit / temperature + offset) to held-out ``logits`` ``[n, labels]``, NaN where there are none.

    The temperature is shared, as for single labels. A label's offset starts from the log-odds of its share of the
    examples, plus a shift that all labels share. The threshold of a label is half of the best F1 to be expected from
    its probabilities, which is optimal for F1 where they are calibrated (Lipton et al., 2014).
    """
    share = (support.label_matrix[:examples].double().sum(0) + 0.5) / (examples + 1)
    usual = share.logit()
    # Held-out answers without a single positive example of a label say nothing of how to tell it from the rest.
    known = logits.isfinite() & (logits.isfinite() & support.label_matrix).any(0)
    answers, target = logits.double().nan_to_num(), support.label_matrix.double()

    def parts(point: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        return point[0], point[1], point[2:]

    def loss(point: Tensor) -> tuple[Tensor, Tensor]:
        with torch.enable_grad():
            log_scale, shift, own = parts(point := point.clone().requires_grad_())
            logits = answers / prior * log_scale.exp() + usual + shift + own
            losses = binary_cross_entropy_with_logits(logits, target, reduction="none")
            value = losses[known].sum() + log_scale.square() / (2 * PRIOR_SPREAD**2)
            value = value + own.square().sum() / (2 * OFFSET_SPREAD**2) + shift.square() / (2 * SHIFT_SPREAD**2)
            (slope,) = torch.autograd.grad(value, point)
        return value.detach(), slope

    log_scale, shift, own = parts(minimised(loss, usual.new_zeros(2 + len(usual)), LBFGS_STEPS))
    offsets = usual + shift + own
    calibration = MultiLabelCalibration(prior / float(log_scale.exp()), offsets, torch.zeros_like(usual))
    probabilities = calibration.probabilities(logits)
    pooled = _best_f1(probabilities[known]) / 2 if known.any() else 0.5
    thresholds = [
        _best_f1(column[held]) / 2 if held.any() else pooled
        for column, held in zip(probabilities.T, known.T, strict=True)
    ]
    return replace(calibration, thresholds=torch.tensor(thresholds, dtype=torch.float64))


def _best_f1(probabilities: Tensor) -> float:
    """Return the F1 expected of calibrated ``probabilities`` ``[n]`` at the best threshold."""
    ranked = probabilities.sort(descending=True).values
    expected = 2 * ranked.cumsum(0) / (torch.arange(1, len(ranked) + 1) + ranked.sum())
    return float(expected.max())
