"""Whether out-of-scope examples would be told apart better as examples of an ordinary label."""

from __future__ import annotations

import math

import torch

from fewtext.classify.held_out import held_out_answers
from fewtext.classify.single_label import SingleLabelClassifier
from fewtext.contracts.learner import Support

CLEARLY = 2.0  # standard errors by which the ordinary label has to be better


def better_as_ordinary_label(model: SingleLabelClassifier) -> str:
    """Return a sentence where ordinary classification separates the out-of-scope examples clearly better, else "".

    Both are measured on the examples, each held out: the mean of the share of out-of-scope examples that are detected
    and the share of the others that are kept. The ordinary label is learned like any other, without its name.
    """
    outside = model.out_of_scope_
    if outside is None or model.encoder_.weights:
        return ""
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
        return ""
    detected, kept = said[is_outside].double().mean().item(), (~said[~is_outside]).double().mean().item()
    now_detected, now_kept = outside.shares(outside.threshold())
    gain = (detected + kept - now_detected - now_kept) / 2
    error = (
        math.sqrt(
            sum(
                share * (1 - share) / count
                for share, count in ((now_detected, extra), (now_kept, n), (detected, extra), (kept, n))
            )
        )
        / 2
    )
    if gain <= CLEARLY * error or gain <= 0:
        return ""
    return (
        f"as an ordinary label {model.oos_label} would be told apart better: on held-out examples {detected:.0%} of it "
        f"are detected and {kept:.0%} of the others kept, instead of {now_detected:.0%} and {now_kept:.0%}; leave out "
        "parameter 'oos_label'"
    )
