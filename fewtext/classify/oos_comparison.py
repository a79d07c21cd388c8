"""Whether out-of-scope examples would be told apart better as examples of an ordinary label."""

from __future__ import annotations

import math
from dataclasses import dataclass

import torch

from fewtext.classify.complementary import with_marked
from fewtext.classify.held_out import held_out_answers
from fewtext.classify.single_label import SingleLabelClassifier
from fewtext.contracts.learner import Support

CLEARLY = 1.0
"""Standard errors by which the ordinary label has to be better: it was so in 52 of 84 fits, was said in 38, and
wrongly in 3 of these (``benchmarks/oos_comparison.py``, train splits)."""


@dataclass(frozen=True)
class Compared:
    """Shares of right answers, each held out: of out-of-scope examples (detected), and of the others (their label).

    ``now`` is as it is, ``then`` with an ordinary label in place of out-of-scope examples, of which there are
    ``outside``, beside ``inside`` others. New texts are taken to be out of scope as often as the examples are.
    """

    detected_now: float
    right_now: float
    detected_then: float
    right_then: float
    outside: int
    inside: int

    @property
    def share(self) -> float:
        """The share of the examples that are out of scope."""
        return self.outside / (self.outside + self.inside)

    @property
    def accuracy_now(self) -> float:
        """The share of right answers to all texts."""
        return self.share * self.detected_now + (1 - self.share) * self.right_now

    @property
    def accuracy_then(self) -> float:
        """The share of right answers to all texts with an ordinary label."""
        return self.share * self.detected_then + (1 - self.share) * self.right_then

    @property
    def error(self) -> float:
        """The standard error of the difference between the two, as if they were of different examples."""
        of_outside = sum(own * (1 - own) for own in (self.detected_now, self.detected_then)) / self.outside
        of_inside = sum(own * (1 - own) for own in (self.right_now, self.right_then)) / self.inside
        return math.sqrt(self.share**2 * of_outside + (1 - self.share) ** 2 * of_inside)

    @property
    def clear(self) -> bool:
        """Whether the ordinary label is clearly better."""
        gain = self.accuracy_then - self.accuracy_now
        return gain > max(CLEARLY * self.error, 0)


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
    logits, rows = held_out_answers(model.learner_, with_marked(joined, model.marked_), n + extra)
    is_outside, right = joined.y[rows] == support.ways, logits.argmax(-1) == joined.y[rows]
    if not is_outside.any() or is_outside.all():
        return None
    probabilities, held = model.held_out()
    kept = outside.kept(outside.threshold(), n)
    right_now = (probabilities.argmax(-1) == support.y[held]) & kept[held]
    return Compared(
        outside.shares(outside.threshold())[0],
        right_now.double().mean().item(),
        right[is_outside].double().mean().item(),
        right[~is_outside].double().mean().item(),
        extra,
        n,
    )


def better_as_ordinary_label(model: SingleLabelClassifier) -> str:
    """Return a sentence where more answers would clearly be right with an ordinary label, else "".

    Both ways answer the examples, each held out. The ordinary label is learned like any other, without its name.
    """
    own = compared(model)
    if own is None or not own.clear:
        return ""
    return (
        f"where {own.share:.0%} of the texts are out of scope, as of the examples, more answers would be right with "
        f"{model.oos_label} as an ordinary label: {own.accuracy_then:.0%} of held-out examples instead of "
        f"{own.accuracy_now:.0%}, though {own.detected_then:.0%} of the texts out of scope are detected instead of "
        f"{own.detected_now:.0%}; to have it so, leave out parameter 'oos_label'"
    )
