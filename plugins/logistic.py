"""Logistic regression (a convex head, as in Bertinetto et al., 2019), on unit vectors."""

import warnings
from collections.abc import Callable, Iterable

import torch
from torch import Tensor
from torch.nn.functional import normalize, pad, softplus

from fewtext.api import (
    Backbone,
    Classifier,
    FewtextWarning,
    LabelledSupport,
    Learner,
    LinearHead,
    Recipe,
    Support,
    hookimpl,
    minimised,
    part_of_work,
)

Likelihood = Callable[[slice, slice, Tensor], tuple[Tensor, Tensor]]
"""Rows, folds and their logits ``[rows, folds, ways]`` to the loss and its gradient for each logit."""

LBFGS_STEPS = 30
EXACT_FROM = 4096  # examples: a float32 sum over more loses, on some processors, what the steps need to stay bounded
WORTH_PROJECTING = 8  # examples for each class of each fold: the projection costs their number cubed
LARGE_WORK = 1e10  # examples times dimensions times labels, in all folds: from here on, steps end before the last digit
MUCH_WORK = 4e10  # about a minute of one core
CLOSE = 1e-4  # of the loss: a large problem is solved where a step lowers it by no more
MOST_WEIGHTS = 2**23  # weights solved for at once: L-BFGS keeps twenty times as many numbers
MOST_LOGITS = 2**22  # logits in memory at once
TINY = 1e-12
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
    own_label_tasks = True  # C as it is, not less of it as for a task of two classes
    recipes = {"text": Recipe(rate=2e-4, steps=300, patience=6)}
    embeds_first = True
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
        return self._head(w.to(support.x.dtype), bias.to(support.x.dtype)[0])

    def fit_without(self, support: Support, left_out: Tensor) -> list[Classifier]:
        """Solve without each fold of ``left_out`` ``[folds, n]``, by L-BFGS."""
        weight = support.weight[:, None].to(support.x.dtype) * ~left_out.T  # [n, folds]
        of_class = weight.new_zeros(support.ways, len(left_out)).index_add(0, support.y, weight)
        scale = self._cost(support.ways) / support.ways
        weight = scale * weight / of_class.clamp_min(TINY)[support.y] * of_class.sum(0)  # balanced
        y = support.y[:, None, None]

        def softmax(rows: slice, folds: slice, logits: Tensor) -> tuple[Tensor, Tensor]:
            own, place = weight[rows, folds, None], y[rows].expand(-1, logits.shape[1], 1)
            chance = logits.log_softmax(-1)
            value = -(own * chance.gather(-1, place)).sum()
            return value, chance.exp_().mul_(own).scatter_add_(-1, place, -own)

        w, bias = self._solved(support.x, (len(left_out), support.ways), softmax)
        return [self._head(w[:, fold], bias[fold]) for fold in range(len(left_out))]

    def fit_labels(self, support: LabelledSupport, left_out: Tensor) -> list[Classifier]:
        """Solve for all labels, each a softmax of its own, without each fold.

        The weights of the two ways of a label are each other's negative: their difference alone is solved for.
        """
        weight, has = support.weight[:, None].to(support.x.dtype) * ~left_out.T, support.label_matrix
        with_label = weight.T @ has.to(weight.dtype)  # [folds, labels]
        total = weight.sum(0)[:, None]
        half = self.C / 2 * total
        positive, negative = half / with_label.clamp_min(TINY), half / (total - with_label).clamp_min(TINY)

        def sigmoid(rows: slice, folds: slice, logits: Tensor) -> tuple[Tensor, Tensor]:
            mine = has[rows, None]
            own = weight[rows, folds, None] * torch.where(mine, positive[folds], negative[folds])
            value = (own * softplus(torch.where(mine, -logits, logits))).sum()
            return value, own * (logits.sigmoid() - mine.to(logits.dtype))

        w, bias = self._solved(support.x, (len(left_out), has.shape[1]), sigmoid, penalty=0.5)
        return [self._head(w[:, fold], bias[fold]) for fold in range(len(left_out))]

    def _cost(self, ways: int) -> float:
        return self.C * min(1.0, ways / FEW_WAYS)

    def _solved(
        self, x: Tensor, shape: tuple[int, int], likelihood: Likelihood, penalty: float = 1.0
    ) -> tuple[Tensor, Tensor]:
        """Return weights ``[d, folds, ways]`` and biases ``[folds, ways]``; ``shape`` is ``(folds, ways)``.

        L-BFGS branches on the data, so it neither vectorizes nor can be trained through, but takes a third of the
        steps' time; one matrix product serves all folds, as many as memory allows. Where there are fewer examples than
        dimensions, they are first projected onto the space that they span, if there is enough to solve for.
        """
        x, basis, (folds, ways) = self.features(x), None, shape
        if (work := x.numel() * folds * ways) > MUCH_WORK:
            minutes = max(2, round(work / MUCH_WORK))
            message = (
                f"logistic: each fit to {len(x):,} texts of {ways:,} labels takes about {minutes} minutes of one core"
            )
            warnings.warn(f"{message}; protonet and ridge take seconds", FewtextWarning, stacklevel=2)
        if len(x) < min(x.shape[1], WORTH_PROJECTING * folds * ways):
            values, vectors = torch.linalg.eigh(x @ x.T)
            kept = values > 1e-6 * values.max()
            basis = x.T @ (vectors[:, kept] / values[kept].sqrt())
            x = x @ basis
        at_once = max(1, MOST_WEIGHTS // (x.shape[1] * ways))
        groups = [slice(start, min(start + at_once, folds)) for start in range(0, folds, at_once)]
        found = []
        for part, group in enumerate(groups):
            with part_of_work(part, len(groups)):
                close = CLOSE if work > LARGE_WORK else 0.0
                found.append(_descended(x, group, ways, likelihood, penalty, close))
        w, bias = (torch.cat(parts, -2) for parts in zip(*found, strict=True))
        return (w if basis is None else torch.tensordot(basis, w, 1)), bias

    def _head(self, w: Tensor, bias: Tensor) -> Classifier:
        return LinearHead(self.backbone, w, bias, unit=True)


def _descended(
    x: Tensor, folds: slice, ways: int, likelihood: Likelihood, penalty: float, close: float
) -> tuple[Tensor, Tensor]:
    """Return weights ``[d, folds, ways]`` and biases ``[folds, ways]``; logits are made for a block of rows at once."""
    (n, d), shape = x.shape, (folds.stop - folds.start, ways)
    columns = shape[0] * ways
    rows = max(1, MOST_LOGITS // columns)
    blocks = [slice(start, start + rows) for start in range(0, n, rows)]

    def parts(point: Tensor) -> tuple[Tensor, Tensor]:
        """Return the weights ``[columns, d]``, in which the product for their gradient is the fast one, and biases."""
        return point[:-columns].view(columns, d), point[-columns:]

    def loss(point: Tensor) -> tuple[Tensor, Tensor]:
        w, bias = parts(point)
        slope = penalty * torch.cat([point[:-columns], BIAS_PENALTY * bias])
        value, (w_slope, bias_slope) = (slope @ point) / 2, parts(slope)
        for block in blocks:
            logits = torch.addmm(bias, x[block], w.T).view(-1, *shape)
            lost, error = likelihood(block, folds, logits)
            error, value = error.reshape(-1, columns), value + lost
            w_slope.addmm_(error.T, x[block])
            bias_slope.add_(error.sum(0))
        return value, slope

    w, bias = parts(minimised(loss, x.new_zeros((d + 1) * columns), LBFGS_STEPS, close))
    return w.T.reshape(d, *shape), bias.view(shape)


@hookimpl
def learners() -> Iterable[type[Learner]]:
    """Offer the learner."""
    return [Logistic]
