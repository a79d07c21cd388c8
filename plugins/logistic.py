"""Logistic regression (a convex head, as in Bertinetto et al., 2019), on unit vectors."""

import warnings
from collections.abc import Iterable
from functools import partial

import torch
from torch import Tensor
from torch.nn.functional import normalize, pad

from fewtext.api import (
    Backbone,
    Classifier,
    FewtextWarning,
    LabelledSupport,
    Learner,
    Recipe,
    Support,
    hookimpl,
    minimised,
)

LBFGS_STEPS = 30
EXACT_FROM = 4096  # examples: a float32 sum over more loses, on some processors, what the steps need to stay bounded
WORTH_PROJECTING = 8  # examples for each class of each fold: the projection costs their number cubed
MUCH_WORK = 4e10  # examples times dimensions times labels, in all folds: about a minute of one core
FEW_WAYS = 8  # classes: with fewer, C is less in proportion, which measured better on corpora kept aside for it
BIAS_PENALTY = 1e-3  # the bias is free, as in scikit-learn, but for this much, which keeps its system solvable


class Logistic(Learner):
    """Logistic regression (a convex head, as in Bertinetto et al., 2019), L2-regularised and class-balanced.

    Multinomial, solved by a fixed number of bounded steps. Minimises ||W||^2 / 2 + C * sum of weighted cross-entropies,
    scikit-learn's objective; with fewer than 8 classes C is less, in proportion to their number. The Hessian of a
    softmax is at most 1/2 (Boehning, 1992), so one inverse serves every step; Nesterov's momentum makes them few. The
    steps do not branch on the data: it runs under vmap and is differentiable through the solution.

    With fewer examples than dimensions the steps are taken in coefficients U of the examples, W = X'U: the same W after
    every step, by products of size n instead of d. In training the gradient goes through the last ``unrolled`` steps
    alone: near the solution, the result no longer depends on where the steps began.
    """

    name = "logistic"
    recipes = {"text": Recipe(rate=2e-4, steps=300, patience=6)}
    temperature = 0.4

    def __init__(
        self,
        backbone: Backbone,
        *,
        C: float = 20.0,  # noqa: N803
        steps: int = 100,
        unrolled: int = 20,
    ) -> None:
        super().__init__(backbone)
        if not 0 < C <= 1e5 or min(steps, unrolled) < 1 or steps > 10_000:
            raise ValueError(
                f"C={C} must be above 0 and at most 100000, steps={steps} and unrolled={unrolled} at least 1"
            )
        self.C, self.steps, self.unrolled = C, steps, unrolled

    def features(self, x: Tensor) -> Tensor:
        """Return unit vectors: ``[n, d]``."""
        return normalize(self.backbone(x), dim=-1)

    def fit(self, support: Support) -> Classifier:
        """Solve for the weights ``[d, ways]`` and the bias ``[1, ways]``."""
        x, membership = self.features(support.x), support.membership
        n, d = x.shape
        if n >= EXACT_FROM and x.device.type != "mps":  # which has no float64
            x, membership = x.double(), membership.double()
        per_class = membership.sum(0)
        target = self._cost(support.ways) * membership / per_class * (per_class.sum() / support.ways)  # balanced rows
        weight = target.sum(1, keepdim=True)  # [n, 1]
        # What the steps move: W, or U where that is smaller, and in the last row the bias. Its gradient is
        # features'(p - target) + penalty * moved, and ``bound``, from the left, at least its derivative.
        dual = n < d
        features = torch.eye(n, dtype=x.dtype, device=x.device) if dual else x
        to_logits = pad(x @ x.T if dual else x, (0, 1), value=1.0)  # [n, n + 1] or [n, d + 1]
        features = pad(features, (0, 1), value=1.0)
        penalty = torch.ones_like(features[0])
        penalty = torch.cat([penalty[:-1], BIAS_PENALTY * penalty[-1:]])
        # More than the bound is still one; this much keeps it solvable in float32, whatever the number of examples.
        damping = 1e-5 * (weight.sum() / 2 + 1)
        bound = features.T @ (weight * to_logits) / 2 + torch.diag(penalty + damping)
        inverse = torch.linalg.inv(bound.detach())  # a constant: at the solution it multiplies a gradient of zero

        def step(moved: Tensor, features: Tensor, to_logits: Tensor) -> Tensor:
            gradient = features.T @ (weight * (to_logits @ moved).softmax(-1) - target) + penalty[:, None] * moved
            after: Tensor = moved - inverse @ gradient
            return after

        previous = moved = features.detach().T @ (target * 0)  # zeros, with the batch dimension that vmap gave the data
        for t in range(self.steps):
            ahead = moved + max(0, t - 1) / (t + 2) * (moved - previous)
            constant = t < self.steps - self.unrolled
            data = (features.detach(), to_logits.detach()) if constant else (features, to_logits)
            previous, moved = moved, step(ahead, *data)
        w, bias = moved[:-1], moved[-1:]
        if dual:
            w = x.T @ w
        return partial(self._answer, w.to(support.x.dtype), bias.to(support.x.dtype))

    def fit_without(self, support: Support, left_out: Tensor) -> list[Classifier]:
        """Solve without each fold of ``left_out`` ``[folds, n]``, by L-BFGS."""
        membership = support.membership[:, None] * ~left_out.T[..., None]
        w, bias = self._solved(support.x, membership, self._cost(support.ways))
        return [partial(self._answer, w[:, fold], bias[fold]) for fold in range(len(left_out))]

    def fit_labels(self, support: LabelledSupport, left_out: Tensor) -> list[Classifier]:
        """Solve for all labels, each a softmax of its own, without each fold."""
        label_matrix = torch.stack([~support.label_matrix, support.label_matrix], -1)[:, None]  # [n, 1, labels, 2]
        w, bias = self._solved(
            support.x, label_matrix * (support.weight[:, None] * ~left_out.T)[..., None, None], self.C
        )
        w, bias = w[..., 1] - w[..., 0], bias[..., 1] - bias[..., 0]
        return [partial(self._answer, w[:, fold], bias[fold]) for fold in range(len(left_out))]

    def _cost(self, ways: int) -> float:
        return self.C * min(1.0, ways / FEW_WAYS)

    def _solved(self, x: Tensor, membership: Tensor, cost: float) -> tuple[Tensor, Tensor]:
        """Return weights ``[d, *tasks, ways]`` and biases ``[*tasks, ways]`` for ``[n, *tasks, ways]`` memberships.

        L-BFGS branches on the data, so it neither vectorizes nor can be trained through, but takes a third of the
        steps' time; one matrix product serves all tasks. Where there are fewer examples than dimensions, they are first
        projected onto the space that they span, if there is enough to solve for.
        """
        per_class = membership.sum(0)
        share = membership / per_class.clamp_min(1e-12)
        target = cost * share * (per_class.sum(-1, keepdim=True) / per_class.shape[-1])
        x, basis = self.features(x), None
        work = x.numel() * per_class.numel()
        if work > MUCH_WORK:
            message = f"logistic: {len(x):,} texts of {per_class.shape[-1]:,} labels take minutes"
            warnings.warn(
                f"{message}, about {work / MUCH_WORK:.0f}; protonet and ridge take seconds",
                FewtextWarning,
                stacklevel=2,
            )
        if len(x) < min(x.shape[1], WORTH_PROJECTING * per_class.numel()):
            values, vectors = torch.linalg.eigh(x @ x.T)
            kept = values > 1e-6 * values.max()
            basis = x.T @ (vectors[:, kept] / values[kept].sqrt())
            x = x @ basis
        w, bias = _descended(x, target)
        return (w if basis is None else torch.tensordot(basis, w, 1)), bias

    def _answer(self, w: Tensor, bias: Tensor, query: Tensor) -> Tensor:
        return self.features(query) @ w + bias


def _descended(x: Tensor, target: Tensor) -> tuple[Tensor, Tensor]:
    """Return weights ``[d, *tasks, ways]`` and biases ``[*tasks, ways]`` for targets ``[n, *tasks, ways]``."""
    (n, d), (_, *tasks), columns = x.shape, target.shape, target[0].numel()
    weight, target = target.sum(-1, keepdim=True), target.reshape(n, -1)

    def loss(point: Tensor) -> tuple[Tensor, Tensor]:
        moved = point.view(d + 1, columns)
        w, bias = moved[:-1], moved[-1:]
        chance = (x @ w + bias).view(n, *tasks).log_softmax(-1)
        penalty = w.square().sum() + BIAS_PENALTY * bias.square().sum()
        value = penalty / 2 - (target * chance.view(n, -1)).sum()
        error = (weight * chance.exp()).view(n, -1) - target
        return value, torch.cat([x.T @ error + w, error.sum(0, keepdim=True) + BIAS_PENALTY * bias]).flatten()

    found = minimised(loss, x.new_zeros((d + 1) * columns), LBFGS_STEPS).view(d + 1, *tasks)
    return found[:-1], found[-1]


@hookimpl
def learners() -> Iterable[type[Learner]]:
    """Offer the learner."""
    return [Logistic]
