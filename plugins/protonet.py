"""Prototypical networks (Snell et al., 2017): the nearest class mean wins."""

from collections.abc import Iterable, Mapping
from typing import Literal

import torch
from torch import Tensor
from torch.nn.functional import normalize

from fewtext.api import Backbone, Classifier, LabelledSupport, Learner, LinearHead, Range, Recipe, Support, hookimpl


class ProtoNet(Learner):
    """Prototypical networks (Snell et al., 2017): the nearest class mean wins.

    Logits are minus the squared Euclidean distance of a query to the weighted mean of each class. The distance is
    written 2qc' - ||c||^2: the query's own norm is the same for all classes, and this form, unlike ``cdist``, has a
    second derivative. ``distance=cosine`` compares directions instead, times a learned scale that starts at ``scale``.
    The default backbone is a linear map that starts at a multiple of the identity: unit vectors are at most 2 apart,
    and with so flat a softmax training hardly starts.
    """

    name = "protonet"
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

    def __init__(
        self, backbone: Backbone, *, distance: Literal["euclidean", "cosine"] = "euclidean", scale: float = 10.0
    ) -> None:
        super().__init__(backbone)
        if not 0 < scale <= 1000:
            raise ValueError(f"scale={scale} must be above 0 and at most 1000")
        self.distance = distance
        if distance == "cosine":
            self.log_scale = torch.nn.Parameter(torch.tensor(scale).log())
            # The logits of unit vectors are 2qc' - 1 or scale * qc': the same answers at the same ratio.
            self.temperature = ProtoNet.temperature * scale / 2

    def fit(self, support: Support) -> Classifier:
        """Average each class into its prototype ``[ways, d]``."""
        prototypes = support.sums(self.backbone(support.x)) / support.class_weight[:, None]
        if self.distance == "cosine":
            keys = self.log_scale.exp() * normalize(prototypes, dim=-1)
            return LinearHead(self.backbone, keys.T, unit=True)

        keys, norms = 2 * prototypes, prototypes.square().sum(-1)
        return LinearHead(self.backbone, keys.T, -norms)

    def fit_labels(self, support: LabelledSupport, left_out: Tensor) -> list[Classifier]:
        """Average the examples with each label and those without, for all labels at once."""
        x = self.backbone(support.x)

        def without(out: Tensor) -> Classifier:
            own, others = support.without(out).means(x)
            if self.distance == "cosine":
                keys = self.log_scale.exp() * (normalize(own, dim=-1) - normalize(others, dim=-1))
                return LinearHead(self.backbone, keys.T, unit=True)
            keys, norms = 2 * (own - others), own.square().sum(-1) - others.square().sum(-1)
            return LinearHead(self.backbone, keys.T, -norms)

        return [without(out) for out in left_out]

    def logits(self, query: Tensor, fitted: Mapping[str, Tensor]) -> Tensor:
        """Return the log-odds ``[n, labels]`` of ``fit_labels``."""
        x: Tensor = self.backbone(query)
        if self.distance == "cosine":
            return normalize(x, dim=-1) @ fitted["keys"].T
        return x @ fitted["keys"].T - fitted["norms"]


@hookimpl
def learners() -> Iterable[type[Learner]]:
    """Offer the learner."""
    return [ProtoNet]
