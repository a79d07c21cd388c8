"""Gradient-based meta-learning: what every learner shares that adapts by gradient steps on the support."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterator, Sequence

from torch import Tensor
from torch.func import grad
from torch.nn.functional import linear

from fewtext.contracts.backbone import Backbone
from fewtext.contracts.learner import Classifier, Learner, Support
from fewtext.contracts.recipe import Range, Recipe
from fewtext.learners.fast_weights import with_fast_weights
from fewtext.learners.inner_loop import Update, Weights, descend, gradient_of, sgd

MOST_STEPS = 10_000
HEAD, BIAS = "head.weight", "head.bias"
# The logits of a head at zero move by the square of the embeddings' length: with long ones, a rate that moves the head
# enough is small for the backbone.
IMAGE_RECIPE = Recipe(
    backbone="conv4:length=400",
    options={"steps": 2, "rate": 0.001},
    ways=Range(20, 20),
    shots=Range(1, 1),
    queries=5,
    tasks=2,
    steps=3000,
    rate=1e-3,
    validate_every=250,
    patience=12,
)


def prototype_head(embedding: Tensor, support: Support) -> Weights:
    """Return the linear head of a prototypical network, W = 2c and b = -||c||^2: ``[ways, d]`` and ``[ways]``."""
    prototypes = (support.membership / support.membership.sum(0)).T @ embedding
    return {HEAD: 2 * prototypes, BIAS: -prototypes.square().sum(-1)}


class GradientLearner(Learner):
    """Adapts a linear head, and whatever other weights are ``fast``, by gradient steps on the support.

    The head starts at zero and is not a parameter: a learned row for each class would give class numbers a meaning.
    From zero, the first step moves the head alone, so recipes take two steps or more. ``gram`` allows the Gram form
    where it is exact: the same results, several times faster, on vectors.
    """

    needs_training = True
    first_order: bool = False
    recipes = {"image": IMAGE_RECIPE}

    def __init__(self, backbone: Backbone, *, steps: int = 5, rate: float = 0.4, gram: bool = True) -> None:
        super().__init__(backbone)
        if not 1 <= steps <= MOST_STEPS or rate <= 0:
            raise ValueError(f"steps={steps} must be from 1 to {MOST_STEPS}, rate={rate} above 0")
        self.steps = self.inner_steps = steps
        self.rate, self.gram = rate, gram

    # Subclasses override these.

    def fast(self) -> Weights:
        """Return the weights that adapt besides the head: by default all of the backbone's."""
        return {f"backbone.{name}": value for name, value in self.backbone.named_parameters()}

    def head(self, embedding: Tensor, support: Support) -> Weights:
        """Return where the head starts, ``[ways, d]`` and ``[ways]``; ``embedding`` ``[n, d]`` is the support's."""
        zeros = embedding.new_zeros(support.ways, embedding.shape[1])
        return {HEAD: zeros, BIAS: zeros[:, 0]}

    def step_size(self, step: int, name: str) -> Tensor | float:
        """Return the rate of the named weights at an inner step."""
        return self.rate

    def update(self) -> Update:
        """Return the inner optimiser."""
        return sgd(self.step_size, self.first_order)

    def support_loss(self, step: int, logits: Tensor, support: Support) -> Tensor:
        """Return the loss that an inner step descends: the weighted mean cross-entropy of the support."""
        return -(support.membership * logits.log_softmax(-1)).sum() / support.weight.sum().clamp_min(1e-6)

    # The rest follows from them.

    def trajectory(
        self,
        support: Support,
        steps: int | None = None,
        update: Update | None = None,
        parts: Sequence[Support] | None = None,
        gram: bool | None = None,
    ) -> Iterator[tuple[Weights, Classifier]]:
        """Yield the adapted weights and their classifier after 0, 1, … ``steps`` inner steps.

        Each argument defaults to the learner's own; training may take other steps than an answer does. ``parts`` are
        the examples that each step descends on, where that is not the whole support. In the Gram form the entry of the
        first layer does not hold its weights.
        """
        for part in (support, *(parts or ())):
            _ = part.membership  # computed and cached here: vmap refuses to inside the loop's gradients
        fast = self.fast()
        body = with_fast_weights(self.backbone, fast, support.x, self.gram if gram is None else gram)
        start = {**body.start, **self.head(body.support(body.start, body.start), support)}

        def loss(step: int, weights: Weights, anchor: Weights) -> Tensor:
            part = parts[step] if parts else support
            embedding = body.query(weights, part.x) if parts else body.support(weights, anchor)
            return self.support_loss(step, linear(embedding, weights[HEAD], weights[BIAS]), part)

        slope_of, at_zero = self._slope(support), type(self).head is GradientLearner.head

        def by_hand(step: int, weights: Weights) -> Weights:
            embedding, backward = body.by_hand(weights)
            slope = slope_of(step, linear(embedding, weights[HEAD], weights[BIAS]))
            of_head = {HEAD: slope.mT @ embedding, BIAS: slope.sum(0)}
            if step == 0 and at_zero:  # the gradient of all others is zero
                return of_head
            return backward(slope @ weights[HEAD]) | of_head

        def classifier(weights: Weights) -> Classifier:
            return lambda x: linear(body.query(weights, x), weights[HEAD], weights[BIAS])

        gradient = by_hand if body.has_formulas and not parts else gradient_of(loss)
        for weights in descend(gradient, start, self.steps if steps is None else steps, update or self.update()):
            yield weights, classifier(weights)

    def _slope(self, support: Support) -> Callable[[int, Tensor], Tensor]:
        """Return the gradient ``[n, ways]`` of ``support_loss`` at logits: a formula unless a subclass has its own."""
        if type(self).support_loss is not GradientLearner.support_loss:
            return lambda step, logits: grad(lambda own: self.support_loss(step, own, support))(logits)
        share = support.membership / support.weight.sum().clamp_min(1e-6)
        of_example = share.sum(-1, keepdim=True)
        return lambda step, logits: of_example * logits.softmax(-1) - share

    def fit_by_step(self, support: Support) -> Iterator[Classifier]:
        """Yield the classifier after 0, 1, … inner steps."""
        return (classify for _, classify in self.trajectory(support))

    def fit(self, support: Support) -> Classifier:
        """Take the steps; return the classifier that they end at."""
        (classify,) = deque(self.fit_by_step(support), maxlen=1)
        return classify
