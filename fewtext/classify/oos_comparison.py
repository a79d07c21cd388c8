"""Whether out-of-scope examples would be told apart better as examples of an ordinary label."""

from __future__ import annotations

import math
from dataclasses import dataclass

import torch

from fewtext.classify.held_out import held_out_answers
from fewtext.classify.single_label import SingleLabelClassifier
from fewtext.contracts.learner import Support

CLEARLY = 2.0  # standard errors by which the ordinary label has to be better


@dataclass(frozen=True)
class Compared:
    """Shares of out-of-scope examples detected, and of the others kept, each held out: now, and as an ordinary label.

    ``gain`` is how much the mean of both would rise, and ``error`` its standard error.
    """

    now_detected: float
    now_kept: float
    detected: float
    kept: float
    gain: float
    error: float


def compared(model: SingleLabelClassifier) -> Compared | None:
    """Return what the examples show; None where there are no out-of-scope examples, or none can be held out."""
    outside = model.out_of_scope_
    if outside is None or model.encoder_.weights:
        return None
    support, n, extra = model.support_, model.n_examples_, len(outside.x)
    joined = Support(
        torch.cat([support.x[:n], outside.x, support.x[n:]]),
        torch.cat([support.y[:n], torch.full((extra,), support.ways), support.y[n:]]),
        support.ways + 1,
        torch.cat([support.weight[:n], torch.ones(extra, dtype=support.weight.dtype), support.weight[n:]]),
    )
    logits, rows = held_out_answers(model.learner_, joined, n + extra)
    is_outside, said = joined.y[rows] == support.ways, logits.argmax(-1) == support.ways
    if not is_outside.any() or is_outside.all():
        return None
    detected, kept = said[is_outside].double().mean().item(), (~said[~is_outside]).double().mean().item()
    now_detected, now_kept = outside.shares(outside.threshold())
    parts = ((now_detected, extra), (now_kept, n), (detected, extra), (kept, n))
    error = math.sqrt(sum(share * (1 - share) / count for share, count in parts)) / 2
    return Compared(now_detected, now_kept, detected, kept, (detected + kept - now_detected - now_kept) / 2, error)


def better_as_ordinary_label(model: SingleLabelClassifier) -> str:
    """Return a sentence where ordinary classification separates the out-of-scope examples clearly better, else "".

    Both are measured on the examples, each held out: the mean of the share of out-of-scope examples that are detected
    and the share of the others that are kept. The ordinary label is learned like any other, without its name.
    """
    own = compared(model)
    if own is None or own.gain <= CLEARLY * own.error or own.gain <= 0:
        return ""
    return (
        f"as an ordinary label {model.oos_label} would be told apart better: on held-out examples {own.detected:.0%} "
        f"of it are detected and {own.kept:.0%} of the others kept, instead of {own.now_detected:.0%} and "
        f"{own.now_kept:.0%}; leave out parameter 'oos_label'"
    )
