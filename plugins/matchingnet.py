"""Matching networks (Vinyals et al., 2016): attention over the support, whose labels it mixes."""

import math
from collections.abc import Iterable

import torch
from torch import Tensor, nn
from torch.nn.functional import normalize

from fewtext.api import Backbone, Classifier, Learner, Support, hookimpl


class MatchingNet(Learner):
    """p(y|q) is the attention-weighted mean of one-hot labels; attention is a softmax over *all* support examples.

    Departure from the paper: the cosine is multiplied by a learned ``scale``. With a bare cosine no 5-way answer can be
    surer than e / (e + 4/e) = 0.65, which stalls training.
    """

    name = "matchingnet"
    temperature = 0.5

    def __init__(self, backbone: Backbone, *, scale: float = 10.0) -> None:
        super().__init__(backbone)
        if scale <= 0:
            raise ValueError(f"scale={scale} must be above 0")
        self.log_scale = nn.Parameter(torch.tensor(math.log(scale)))

    def fit(self, support: Support) -> Classifier:
        """Keep the normalised keys ``[n, d]``; an example of weight w counts as w examples."""
        keys = normalize(self.backbone(support.x), dim=-1)
        labels = (support.membership > 0).to(keys.dtype)

        def classify(x: Tensor) -> Tensor:
            cosine = normalize(self.backbone(x), dim=-1) @ keys.T
            attention = (self.log_scale.exp() * cosine + support.weight.log()).softmax(-1)
            # The output is a probability, so its log is the logit; the floor keeps an underflow finite.
            return (attention @ labels).clamp_min(torch.finfo(keys.dtype).tiny).log()

        return classify


@hookimpl
def learners() -> Iterable[type[Learner]]:
    """Offer the learner."""
    return [MatchingNet]
