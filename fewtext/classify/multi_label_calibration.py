"""Calibration where a text may have several labels: one temperature, and for each label an offset and a threshold."""

from __future__ import annotations

from dataclasses import dataclass, replace

import torch
from torch import Tensor
from torch.nn.functional import softplus

from fewtext.contracts.learner import LabelledSupport
from fewtext.learners.lbfgs import minimised
from fewtext.metrics.calibration import FOLDS, PRIOR_SPREAD, SHOTS_TO_HOLD_OUT, rank_in_class

OFFSET_SPREAD = 1.0  # standard deviation of a label's offset around what its share of the examples suggests
SHIFT_SPREAD = 5.0  # of the shift that all labels share, around the log-odds of their shares
LBFGS_STEPS = 50
BLOCK = 2**17  # held-out answers of labels that are compared at once: they fit into a processor's cache
EXACT = (
    2**20
)  # with more of them, single precision does, and steps end where one lowers the loss by a share of ``CLOSE``
CLOSE = 1e-7


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
    known = logits.isfinite()
    known &= (known & support.label_matrix).any(0)
    exact, rows = logits.numel() <= EXACT, max(1, BLOCK // len(usual))
    dtype = torch.float64 if exact else torch.float32
    blocks = list(zip(*(torch.split(part, rows) for part in (logits, known, support.label_matrix)), strict=True))
    spread = usual.new_tensor([PRIOR_SPREAD, SHIFT_SPREAD, *[OFFSET_SPREAD] * len(usual)])

    def loss(point: Tensor) -> tuple[Tensor, Tensor]:
        """Return the held-out cross-entropy and what the priors add, and the gradient; blocks of rows bound memory."""
        scale, offsets = point[0].exp(), usual + point[1] + point[2:]
        value, slope = (point / spread).square().sum() / 2, point / spread.square()
        for answers, there, has in blocks:
            scaled = answers.to(dtype).nan_to_num() * (scale / prior).to(dtype)
            logit = scaled + offsets.to(dtype)
            value = value + (softplus(logit) - has * logit).mul_(there).sum(dtype=torch.float64)
            error = logit.sigmoid_().sub_(has.to(dtype)).mul_(there)
            of_labels = error.sum(0)
            slope[0] += (error * scaled).sum(dtype=torch.float64)
            slope[1] += of_labels.sum()
            slope[2:] += of_labels
        return value, slope

    found = minimised(loss, usual.new_zeros(2 + len(usual)), LBFGS_STEPS, 0.0 if exact else CLOSE)
    log_scale, shift, own = found[0], found[1], found[2:]
    offsets = usual + shift + own
    calibration = MultiLabelCalibration(prior / float(log_scale.exp()), offsets, torch.zeros_like(usual))
    probabilities = calibration.probabilities(logits)
    pooled = 0.5
    if known.any() and not known.any(0).all():  # a label without held-out answers has the threshold of all
        pooled = _best_f1(probabilities[known]) / 2
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
