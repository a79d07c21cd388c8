"""Logistic regression (a convex head, as in Bertinetto et al., 2019): the best linear separation of unit vectors."""

from collections.abc import Iterable

import torch
from torch import Tensor
from torch.nn.functional import normalize, pad

from fewtext.api import Backbone, Classifier, Learner, Support, hookimpl

BIAS_PENALTY = 1e-3  # the bias goes free, as in scikit-learn, but for what keeps its system solvable


class Logistic(Learner):
    """Multinomial logistic regression, L2-regularised and class-balanced, solved by a fixed number of bounded steps.

    Minimises ||W||^2 / 2 + C * sum of weighted cross-entropies, scikit-learn's objective. The Hessian of a softmax is
    at most 1/2 (Boehning, 1992), so one inverse serves every step; Nesterov's momentum makes them few. No step
    looks at the data to decide what comes next: it runs under vmap and is differentiable through the solution.
    """

    name = "logistic"
    temperature = 0.5

    def __init__(self, backbone: Backbone, *, C: float = 20.0, steps: int = 100) -> None:  # noqa: N803
        super().__init__(backbone)
        if not 0 < C <= 1e5 or steps < 1:
            raise ValueError(f"C={C} must be above 0 and at most 100000, steps={steps} at least 1")
        self.C, self.steps = C, steps

    def features(self, x: Tensor) -> Tensor:
        """Return unit vectors with a constant 1 for the bias: ``[n, d + 1]``."""
        return pad(normalize(self.backbone(x), dim=-1), (0, 1), value=1.0)

    def fit(self, support: Support) -> Classifier:
        """Solve for the weights ``[d + 1, ways]``."""
        x, membership = self.features(support.x), support.membership
        per_class = membership.sum(0)
        loss_weight = self.C * membership / per_class * (per_class.sum() / support.ways)  # balanced one-hot rows
        row_weight = loss_weight.sum(1, keepdim=True)
        penalty = torch.ones_like(x[0])
        penalty = torch.cat([penalty[:-1], BIAS_PENALTY * penalty[-1:]])[:, None]
        bound = x.T @ (row_weight * x) / 2 + torch.diag(penalty[:, 0])
        # More than the bound is a bound still; this much keeps it solvable in float32, whatever the number of examples.
        damping = 1e-5 * bound.diagonal().amax() * torch.ones_like(x[0])
        inverse = torch.cholesky_inverse(torch.linalg.cholesky(bound + torch.diag(damping)))

        def step(w: Tensor) -> Tensor:
            gradient = x.T @ (row_weight * (x @ w).softmax(-1) - loss_weight) + penalty * w
            return w - inverse @ gradient

        previous = x.T @ (loss_weight * 0)  # zeros, with the batch dimension that vmap gave the data
        w = step(previous)
        for t in range(1, self.steps):
            previous, w = w, step(w + (t - 1) / (t + 2) * (w - previous))
        return lambda x: self.features(x) @ w


@hookimpl
def learners() -> Iterable[type[Learner]]:
    """Offer the learner."""
    return [Logistic]
