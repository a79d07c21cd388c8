"""FEAT (Ye et al., 2020): each class mean attends to the others before the nearest one wins."""

import math
from collections.abc import Iterable

import torch
from torch import Tensor, nn

from fewtext.api import Backbone, Classifier, LabelledSupport, Learner, LinearHead, Range, Recipe, Support, hookimpl


class Feat(Learner):
    """Few-shot embedding adaptation by a transformer (Ye et al., 2020): class means attend to each other.

    P ``[ways, d]`` are the weighted class means. They are adapted to the task, C = P + A V(P) W with
    A = softmax(Q(P) K(P)' / sqrt(hidden)) ``[ways, ways]`` for each of the ``heads``, and logits are minus the squared
    Euclidean distance of a query to the rows of C. Attention has no positions, so relabelling the classes relabels the
    answers, and queries take no part in it, so it is inductive and a fitted head is linear.

    Departures: W starts at zero, so that training starts at ProtoNet exactly, and can only move from there; there is no
    layer normalisation, which would undo the lengths that distances are measured in, and no loss of the queries'
    distance to adapted means of all examples.
    """

    name = "feat"
    recipes = {
        "text": Recipe(backbone="linear:gain=3.5", steps=1000, schedule="constant"),
        "image": Recipe(
            backbone="conv4",
            ways=Range(60, 60),
            shots=Range(1, 1),
            queries=5,
            tasks=1,
            rate=1e-3,
            steps=7000,
            validate_every=250,
            patience=28,
        ),
    }
    embeds_first = True
    temperature = 0.08

    def __init__(self, backbone: Backbone, *, hidden: int = 64, heads: int = 1) -> None:
        super().__init__(backbone)
        if min(hidden, heads) < 1:
            raise ValueError(f"hidden={hidden} and heads={heads} must be at least 1")
        self.heads, self.hidden = heads, hidden
        self.attention = nn.Linear(backbone.features, 3 * heads * hidden, bias=False)
        self.back = nn.Linear(heads * hidden, backbone.features, bias=False)
        nn.init.zeros_(self.back.weight)

    def adapted(self, means: Tensor) -> Tensor:
        """Return class means ``[…, ways, d]`` adapted to each other."""
        parts = self.attention(means).chunk(3, -1)
        query, key, value = (part.unflatten(-1, (self.heads, self.hidden)).transpose(-3, -2) for part in parts)
        attended = (query @ key.mT / math.sqrt(self.hidden)).softmax(-1) @ value
        moved: Tensor = means + self.back(attended.transpose(-3, -2).flatten(-2))
        return moved

    def fit(self, support: Support) -> Classifier:
        """Average each class, then adapt the means ``[ways, d]`` to each other."""
        means = self.adapted(support.sums(self.backbone(support.x)) / support.class_weight[:, None])
        return LinearHead(self.backbone, 2 * means.T, -means.square().sum(-1))

    def fit_labels(self, support: LabelledSupport, left_out: Tensor) -> list[Classifier]:
        """Adapt the means with each label and without it to each other, for all labels at once."""
        x = self.backbone(support.x)

        def without(out: Tensor) -> Classifier:
            own, others = self.adapted(torch.stack(support.without(out).means(x), 1)).unbind(1)
            return LinearHead(self.backbone, 2 * (own - others).T, others.square().sum(-1) - own.square().sum(-1))

        return [without(out) for out in left_out]


@hookimpl
def learners() -> Iterable[type[Learner]]:
    """Offer the learner."""
    return [Feat]
