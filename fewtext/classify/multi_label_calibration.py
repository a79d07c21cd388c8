"""Calibration where a text may have several labels: one temperature, and for each label an offset and a threshold."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import torch
from torch import Tensor

from fewtext.classify.label_offsets import Answers, fitted_offsets
from fewtext.contracts.learner import LabelledSupport
from fewtext.metrics.calibration import FOLDS, PRIOR_SPREAD, SHOTS_TO_HOLD_OUT, rank_in_class

OFFSET_SPREAD = 1.0  # standard deviation of a label's offset around what its share of the examples suggests
SHIFT_SPREAD = 5.0  # of the shift that all labels share, around the log-odds of their shares
TOGETHER = 64  # labels whose probabilities are in memory at once


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
    spread = usual.new_tensor([PRIOR_SPREAD, SHIFT_SPREAD, *[OFFSET_SPREAD] * len(usual)])
    scale, offsets = fitted_offsets(Answers(logits, known, support.label_matrix), 1 / prior, usual, spread)
    calibration = MultiLabelCalibration(1 / scale, offsets, torch.zeros_like(usual))
    return replace(calibration, thresholds=_thresholds(calibration, logits, known))


def _thresholds(calibration: MultiLabelCalibration, logits: Tensor, known: Tensor) -> Tensor:
    """Return each label's threshold by its ``known`` answers, a few labels at once; one without has that of all."""
    thresholds = torch.full_like(calibration.offsets, 0.5)
    if known.any() and not known.any(0).all():
        thresholds[:] = _best_f1(calibration.probabilities(logits)[known]) / 2
    for start in range(0, len(thresholds), TOGETHER):
        some = slice(start, start + TOGETHER)
        part = replace(calibration, offsets=calibration.offsets[some]).probabilities(logits[:, some])
        for label, (column, held) in enumerate(zip(part.T, known[:, some].T, strict=True), start):
            if held.any():
                thresholds[label] = _best_f1(column[held]) / 2
    return thresholds


def _best_f1(probabilities: Tensor) -> float:
    """Return the F1 expected of calibrated ``probabilities`` ``[n]`` at the best threshold."""
    ranked = torch.from_numpy(np.sort(probabilities.numpy())).flip(0)  # several times faster than torch's
    expected = 2 * ranked.cumsum(0) / (torch.arange(1, len(ranked) + 1) + ranked.sum())
    return float(expected.max())
