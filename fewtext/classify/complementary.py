"""Complementary labels: what a text is not (Ishida et al., 2017; Kim et al., 2019), learned beside ordinary examples.

That an answer was wrong has the likelihood 1 - p of the denied label. Its expectation maximisation spreads the text
over the labels that are left, by their probabilities, and fits again to all of them as weighted examples: any learner
that weighs its examples can do so. What is chosen below was measured on train splits alone, with rounds from 1 to 3,
powers of 0, 0.5 and 1, and texts that count by a constant, by their certainty or by its square.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

import torch
from torch import Tensor

from fewtext.contracts.learner import Classifier, LabelledSupport, Learner, Support
from fewtext.contracts.linear_head import LinearHead
from fewtext.errors import FewtextError
from fewtext.registry.failures import plugin_errors

if TYPE_CHECKING:
    from fewtext.classify.saved_model import Marked

ROUNDS = 2  # of spreading and fitting
SHARPNESS = 0.5  # power of the calibrated temperature: between the probabilities of the fit and calibrated ones
MOST_LABELS = 5  # that a text is spread over, the likeliest of those that are left: more cost time and gained nothing


def with_marked(support: Support, marked: Marked | None) -> Support:
    """Return the support with marked answers as examples of each label that their texts may have."""
    return support if marked is None else with_examples(support, marked.x, marked.weight)


def with_examples(support: Support, x: Tensor, weight: Tensor) -> Support:
    """Return the support with texts ``x`` ``[n, *shape]`` as examples of all classes, by ``weight`` ``[n, ways]``.

    They come last, so that rows of the support keep their places.
    """
    rows, y = (weight > 0).nonzero(as_tuple=True)
    return replace(
        support,
        x=torch.cat([support.x, x[rows]]),
        y=torch.cat([support.y, y]),
        weight=torch.cat([support.weight, weight[rows, y].to(support.weight.dtype)]),
    )


def weights(learner: Learner, support: Support, x: Tensor, marks: Tensor, temperature: float) -> Tensor:
    """Return how much each text ``x`` ``[n, *shape]`` counts as an example of each class: ``[n, ways]``.

    ``marks`` ``[n, ways]`` are 1 where an answer was right, -1 where it was wrong, 0 where nothing was said. A text
    whose label is known counts 1. Another counts as much as it is certain which of the labels that are left it has: of
    two labels one is left, and the text counts as much as an example.
    """
    known, denied = marks > 0, marks < 0
    asked = ~known.any(1)
    found = known.to(support.weight.dtype)
    for _ in range(ROUNDS if asked.any() else 0):
        classify = fitted(learner, with_examples(support, x, found))
        with torch.no_grad():
            logits = classify(x[asked]).double() / temperature**SHARPNESS
        likely = logits.masked_fill(denied[asked], -torch.inf).softmax(-1)
        best = likely.topk(min(MOST_LABELS, support.ways), dim=1)
        likely = torch.zeros_like(likely).scatter(1, best.indices, best.values / best.values.sum(1, keepdim=True))
        found[asked] = (likely * likely.amax(1, keepdim=True)).to(found.dtype)
    return found


def fitted(learner: Learner, support: Support) -> Classifier:
    """Return the classifier of a whole support."""
    nothing = torch.zeros(1, len(support.y), dtype=torch.bool)
    with torch.no_grad(), plugin_errors("learner", learner.name, learner):
        (classifier,) = learner.fit_without(support, nothing)
    return classifier


def fit_labels(
    learner: Learner, support: LabelledSupport, left_out: Tensor, marked: Marked | None
) -> Sequence[Classifier]:
    """Return what ``learner.fit_labels`` does, where marked answers are examples of their own labels alone.

    Each label is a two-way task of its own: one with marked answers is fitted by itself, the others together.
    """
    if marked is None:
        return learner.fit_labels(support, left_out)
    own = (marked.weight != 0).any(0)
    rest = (~own).nonzero()[:, 0]
    groups = [(rest, own.new_zeros(len(marked.x)))] if len(rest) else []
    groups += [(label[None], marked.weight[:, label] != 0) for label in own.nonzero()[:, 0]]
    parts = []
    for labels, rows in groups:
        x, yes = marked.x[rows], marked.weight[rows][:, labels] > 0
        task = LabelledSupport(
            torch.cat([support.x, x]),
            torch.cat([support.label_matrix[:, labels], yes]),
            torch.cat([support.weight, support.weight.new_ones(len(x))]),
        )
        parts.append(learner.fit_labels(task, torch.cat([left_out, left_out.new_zeros(len(left_out), len(x))], 1)))
    order = torch.cat([labels for labels, _ in groups]).argsort()
    return [_side_by_side(fold, order) for fold in zip(*parts, strict=True)]


def check_learns_from_marks(learner: Learner, tuner: str | None) -> None:
    """Raise ``FewtextError`` where a classifier cannot learn from marked answers."""
    hint = "add the texts with their right labels"
    if tuner:
        message = "marked answers change what is learned on top of an encoder, and here the encoder is fine-tuned"
        raise FewtextError(message, hint=hint)
    if learner.order_matters:
        message = f"the learner {learner.name} reads its examples in turn, and cannot weigh what a text may be"
        raise FewtextError(message, hint=f"{hint}, or fit again with a learner that weighs its examples")


def _side_by_side(classifiers: Sequence[Classifier], order: Tensor) -> Classifier:
    """Return the classifier that has the labels of all of them, in this order: a head where they are heads."""
    heads = [own for own in classifiers if isinstance(own, LinearHead)]
    if len(heads) < len(classifiers) or len({head.unit for head in heads}) > 1:
        return lambda x: torch.cat([classify(x) for classify in classifiers], 1)[:, order]
    weight = torch.cat([head.scale * head.weight for head in heads], 1)[:, order]
    bias = torch.cat([_offset(head) for head in heads])[order]
    return LinearHead(heads[0].backbone, weight, bias, unit=heads[0].unit)


def _offset(head: LinearHead) -> Tensor:
    """Return what a head adds to the logits of a text whose features are all 0: ``[labels]``."""
    bias = head.weight.new_zeros(head.weight.shape[1]) if head.bias is None else head.bias
    return bias if head.centre is None else bias - head.scale * (head.centre @ head.weight)
