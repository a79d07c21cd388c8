"""Reptile (Nichol et al., 2018): move the initialisation towards where a few gradient steps on a task end."""

from collections import deque
from collections.abc import Iterable
from dataclasses import replace
from typing import Literal

import torch
from torch import Tensor

from fewtext.api import (
    Backbone,
    Episode,
    GradientLearner,
    Learner,
    Range,
    Recipe,
    Support,
    Update,
    Weights,
    adam,
    hookimpl,
    prototype_head,
    sgd,
)

TEXT_RECIPE = Recipe(
    backbone="linear:gain=5.5",
    shots=Range(10, 10),
    queries=5,
    tasks=5,
    steps=200,
    optimizer="sgd",
    rate=0.1,
    schedule="linear",
    clip=1e9,
    validate_every=20,
    patience=4,
)
IMAGE_RECIPE = replace(
    TEXT_RECIPE,
    backbone="conv4:length=5",
    options={"inner": "adam", "rate": 0.001, "head": "prototypes", "batch": 60},
    ways=Range(60, 60),
    tasks=1,
    rate=1.0,
    steps=5000,
    validate_every=1000,
    patience=8,
)


class Reptile(GradientLearner):
    """Reptile (Nichol et al., 2018): move the initialisation towards where a few gradient steps on a task end.

    theta <- theta + e * mean(phi - theta), with phi after ``train_steps`` steps on batches of a task's support. No
    query is read in training and no second derivative taken: the loss is a surrogate whose gradient is theta - phi, so
    that outer gradient descent at rate e is the update. Batches are runs of ``batch`` examples of the support, which
    comes in random order. At a new task ``steps`` steps are taken on the whole support. ``inner=adam`` is the paper's
    optimiser (rate 1e-3, 50 steps at test) and what images are trained with; plain descent is the default, since on
    frozen text features Adam's equal steps in all coordinates drown what the encoder knows.

    ``head=prototypes``, a departure, starts a task's head at its class means instead of zero: on images the paper's
    recipe takes 100,000 outer steps, and this one learns in hundreds, since the first inner step already moves the
    backbone to separate the classes.
    """

    name = "reptile"
    recipes = {"text": TEXT_RECIPE, "image": IMAGE_RECIPE}

    def __init__(
        self,
        backbone: Backbone,
        *,
        steps: int = 10,
        train_steps: int = 5,
        batch: int = 10,
        inner: Literal["adam", "sgd"] = "sgd",
        rate: float = 0.4,
        head: Literal["zero", "prototypes"] = "zero",
    ) -> None:
        super().__init__(backbone, steps=steps, rate=rate, gram=inner == "sgd")
        if not 1 <= train_steps <= 10_000 or batch < 1:
            raise ValueError(f"train_steps={train_steps} must be from 1 to 10000, batch={batch} at least 1")
        self.train_steps, self.batch, self.inner, self.start = train_steps, batch, inner, head

    def head(self, embedding: Tensor, support: Support) -> Weights:
        """Return where the head starts."""
        return prototype_head(embedding, support) if self.start == "prototypes" else super().head(embedding, support)

    def update(self) -> Update:
        """Return the inner optimiser."""
        return adam(self.rate) if self.inner == "adam" else sgd(self.step_size, first_order=True)

    def loss(self, episode: Episode) -> Tensor:
        """Return <theta - phi, theta> with the first factor constant."""
        parts = [self._part(episode.support, step) for step in range(self.train_steps)]
        steps = self.trajectory(episode.support, self.train_steps, parts=parts, gram=False)
        ((phi, _),) = deque(steps, maxlen=1)
        return torch.stack([((theta - phi[n]).detach() * theta).sum() for n, theta in self.fast().items()]).sum()

    def _part(self, support: Support, step: int) -> Support:
        size = min(self.batch, len(support.y))
        rows = (torch.arange(size, device=support.y.device) + step * size) % len(support.y)
        return Support(support.x[rows], support.y[rows], support.ways, support.weight[rows])


@hookimpl
def learners() -> Iterable[type[Learner]]:
    """Offer the learner."""
    return [Reptile]
