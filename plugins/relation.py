"""Relation networks (Sung et al., 2018): a learned comparison scores each query with each class."""

import math
from collections.abc import Iterable

import torch
from torch import Tensor, nn
from torch.nn.functional import linear, normalize

from fewtext.api import Backbone, Classifier, Learner, Recipe, Support, hookimpl

START = 10.0  # times the cosine: the comparison that training starts from


class Relation(Learner):
    """Relation networks (Sung et al., 2018): a learned comparison scores each query with each class.

    A perceptron of ``hidden`` units turns [c, q, |c - q|, c * q] into the logit of a class. c is the weighted mean of
    the class's embeddings, q the query's, both scaled to length sqrt(d), so that coordinates are about 1. Departures:
    logits of all classes go into one cross-entropy, where the paper fits each score to 0 or 1 by squared error, since
    the core asks for probabilities; vectors are compared by a perceptron, where the paper's maps are by convolutions;
    and the perceptron starts near a multiple of the cosine, the mean of c * q, with random weights ``noise`` times
    their usual size on top. From random weights alone, the few classes of a text corpus do not teach it as good a
    comparison as the one that the encoder was trained for.
    """

    name = "relation"
    embeds_first = True
    recipes = {"text": Recipe(rate=2e-4, steps=200, queries=10, validate_every=20, patience=5)}
    needs_training = True

    def __init__(self, backbone: Backbone, *, hidden: int = 64, noise: float = 0.1) -> None:
        super().__init__(backbone)
        if hidden < 1 or noise < 0:
            raise ValueError(f"hidden={hidden} must be at least 1, noise={noise} at least 0")
        self.first, self.last = nn.Linear(4 * backbone.features, hidden), nn.Linear(hidden, 1)
        with torch.no_grad():
            self.first.weight.mul_(noise)[:, 3 * backbone.features :].add_(1 / backbone.features)
            self.first.bias.uniform_(0, 1)
            self.last.weight.mul_(noise).add_(START / hidden)

    def embed(self, x: Tensor) -> Tensor:
        """Return ``[n, d]`` with a mean square of 1."""
        return normalize(x, dim=-1) * math.sqrt(x.shape[-1])

    def fit(self, support: Support) -> Classifier:
        """Average each class ``[ways, d]``, and compute its part of the comparison once."""
        share = support.membership / support.membership.sum(0)
        means = self.embed(share.T @ self.backbone(support.x))
        of_class, of_query, of_gap, of_product = self.first.weight.chunk(4, dim=1)
        known = linear(means, of_class, self.first.bias)

        def classify(x: Tensor) -> Tensor:
            query = self.embed(self.backbone(x))
            asked = linear(query, of_query)
            scores = []
            for mean, part in zip(means, known, strict=True):  # [queries, ways, d] may not fit into memory
                gap, product = linear((query - mean).abs(), of_gap), linear(query * mean, of_product)
                scores.append(self.last((part + asked + gap + product).relu()))
            return torch.cat(scores, -1)

        return classify


@hookimpl
def learners() -> Iterable[type[Learner]]:
    """Offer the learner."""
    return [Relation]
