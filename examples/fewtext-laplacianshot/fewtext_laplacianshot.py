"""LaplacianShot (Ziko et al., 2020): queries near to one another get near to one label."""

import torch
from torch.nn.functional import normalize

from fewtext.api import Classifier, Learner, Support, hookimpl

STEPS = 20  # of the bound optimisation, which converges sooner


class LaplacianShot(Learner):
    """Nearest class mean, and for each pair of neighbouring queries a reward for one label, of weight ``pull``.

    Probabilities are those that minimise the sum: each step takes the distances of a query to the class means and the
    present probabilities of its ``neighbours``. It is transductive: an answer depends on the queries beside it.
    """

    name = "laplacianshot"
    transductive = True

    def __init__(self, backbone, *, pull: float = 1.0, neighbours: int = 3) -> None:
        super().__init__(backbone)
        self.pull, self.neighbours = pull, neighbours

    def fit(self, support: Support) -> Classifier:
        x = normalize(self.backbone(support.x), dim=-1)
        means = support.sums(x) / support.class_weight[:, None]

        def classify(query: torch.Tensor) -> torch.Tensor:
            z = normalize(self.backbone(query), dim=-1)
            own = -10 * torch.cdist(z, means).square()
            near = torch.cdist(z, z) + torch.eye(len(z), dtype=z.dtype, device=z.device) * 1e6
            closest = near.topk(min(self.neighbours, max(1, len(z) - 1)), largest=False).indices
            beside = torch.zeros_like(near).scatter(1, closest, 1.0) if len(z) > 1 else torch.zeros_like(near)
            logits = own
            for _ in range(STEPS):
                logits = own + self.pull * (beside + beside.T) / 2 @ logits.softmax(-1)
            return logits

        return classify


@hookimpl
def learners():
    return [LaplacianShot]
