"""CrossTransformers (Doersch et al., 2020): each query attends to a class's examples, and meets a mean of its own."""

import math
from collections.abc import Iterable

import torch
from torch import Tensor, nn
from torch.nn.functional import normalize

from fewtext.api import Backbone, Classifier, Learner, Range, Recipe, Support, hookimpl

MOST = 40.0  # of a score of attention: exp(-2 * MOST) is still a number above 0 in float32
MOST_ATTENTION = 2**25  # numbers at once


class CrossTransformer(Learner):
    """CrossTransformers (Doersch et al., 2020): each query attends to a class's examples, and meets a mean of its own.

    An embedding is a vector x_p ``[d]`` at each of ``places`` places: one for texts, those of its last map for Conv4.
    For query q and class k, place p attends to all places r of all examples i of the class,
    a = softmax_ir( attention * places * q_p . x_ir + b_pr + log w_i ), which aligns the class to the query,
    c_p = sum_ir a x_ir, and the logit is -scale * sum_p ||q_p - c_p||^2. Each query attends alone, and each class by
    itself, so relabelling the classes relabels the answers. At one example and one place it is ProtoNet. Memory is
    quadratic in the examples times their places: all are compared with all.

    Departures: the linear maps to keys and values are left to the backbone, which text trains on its own; b, learned,
    starts where each place attends to itself; and embeddings are unit vectors, after ``centre`` (learned) times the
    mean of the task's class means is subtracted from them: what all classes of a task share tells none of them.
    """

    name = "crosstransformer"
    recipes = {
        "text": Recipe(steps=1000, schedule="constant", rate=3e-4),
        "image": Recipe(
            backbone="conv4:down=ceil",
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
    temperature = 0.5

    def __init__(self, backbone: Backbone, *, attention: float = 5.0, scale: float = 10.0, centre: float = 0.5) -> None:
        super().__init__(backbone)
        if min(attention, scale) <= 0 or not 0 <= centre <= 1:
            limits = f"attention={attention} and scale={scale} must be above 0"
            raise ValueError(f"{limits}, centre={centre} from 0 to 1")
        self.places = backbone.places
        self.log_attention = nn.Parameter(torch.tensor(math.log(attention)))
        self.log_scale = nn.Parameter(torch.tensor(math.log(scale)))
        self.centre = nn.Parameter(torch.tensor(centre))
        if self.places > 1:
            self.nearness = nn.Parameter(4 * torch.eye(self.places))

    def fit(self, support: Support) -> Classifier:
        """Embed the support, ``[n * places, d]``, and what its examples have in common.

        The logits of a class whose examples all weigh 0 are NaN, and those of the others what they are without it.
        """
        z = self.backbone(support.x)
        tiny, known = torch.finfo(z.dtype).tiny, support.class_weight > 0  # a class without examples has no mean
        means = support.sums(z) / support.class_weight.to(z.dtype).clamp_min(tiny)[:, None]
        centre = self.centre * means.sum(0) / known.sum()
        n, places = len(z), self.places
        keys = self._split(z, centre)
        of = Support(keys, support.y.repeat_interleave(places), support.ways, support.weight.repeat_interleave(places))
        gram = (keys @ keys.T) * (of.y[:, None] == of.y)

        def classify(x: Tensor) -> Tensor:
            query = self._split(self.backbone(x), centre)
            likeness = query @ keys.T
            scores = self.log_attention.exp() * places * likeness
            if places > 1:
                scores = scores + self.nearness.tile(len(x), n)
            share = (MOST * (scores / MOST).tanh()).exp().T
            share = share * of.of_class(1 / of.sums(share).clamp_min(tiny))
            between, within = of.sums(share * likeness.T), of.sums(share * (gram @ (share * of.weight[:, None])))
            distance = (within - 2 * between).T
            logits = -self.log_scale.exp() * distance.reshape(len(x), places, -1).sum(1)
            return logits.masked_fill(~known, torch.nan)

        rows = max(1, MOST_ATTENTION // (len(keys) * places))
        return lambda x: classify(x) if len(x) <= rows else torch.cat([classify(part) for part in torch.split(x, rows)])

    def _split(self, z: Tensor, centre: Tensor) -> Tensor:
        """Return embeddings ``[n, features]``, centred and of length 1, as ``[n * places, d]``."""
        maps = normalize(z - centre, dim=-1).view(len(z), -1, self.places)
        return maps.transpose(1, 2).flatten(0, 1)


@hookimpl
def learners() -> Iterable[type[Learner]]:
    """Offer the learner."""
    return [CrossTransformer]
