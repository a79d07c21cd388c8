"""Metrics of texts that may have several labels: precision, recall and F1."""

from __future__ import annotations

from dataclasses import dataclass

from torch import Tensor

from fewtext.metrics.intervals import ratio_interval


@dataclass(frozen=True)
class SetMetrics:
    """Micro-averaged fractions, but for ``macro_f1``, the mean over the labels that some text has.

    ``exact`` is the share of texts whose labels are all right and complete, ``interval`` the 95 % interval of
    ``micro_f1``, with texts resampled.
    """

    precision: float
    recall: float
    micro_f1: float
    interval: tuple[float, float]
    macro_f1: float
    exact: float


def measure_sets(truth: Tensor, given: Tensor) -> SetMetrics:
    """Compare true labels with those given, both bool ``[n, labels]``; 0 of 0 counts as 0."""
    both = truth & given
    own = f1_of_labels(truth, given)[truth.any(0)]
    right, all_given, there = (int(part.sum()) for part in (both, given, truth))
    over, under = 2 * both.sum(1), truth.sum(1) + given.sum(1)
    return SetMetrics(
        precision=right / max(all_given, 1),
        recall=right / max(there, 1),
        micro_f1=2 * right / max(all_given + there, 1),
        interval=ratio_interval(over.double().numpy(), under.double().numpy()),
        macro_f1=float(own.mean()) if len(own) else 0.0,
        exact=float((truth == given).all(1).double().mean()),
    )


def f1_of_labels(truth: Tensor, given: Tensor) -> Tensor:
    """Return the F1 of each label, float64 ``[labels]``."""
    return 2 * (truth & given).sum(0).double() / (truth.sum(0) + given.sum(0)).clamp(min=1)
