"""The learner of a contract check, on small made-up tasks of Gaussian classes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cache
from typing import Any

import torch
from torch import Tensor

from fewtext.contracts.bandit import BanditLearner
from fewtext.contracts.learner import Episode, Learner, Support
from fewtext.contracts.recipe import Range
from fewtext.datasets.features import Features
from fewtext.registry.options import build_learner
from fewtext.training.batching import Batch
from fewtext.training.loop import meta_train

TRAINING_STEPS, TRAINING_TASKS = {"text": 50, "image": 35}, 4  # and tasks a step


@dataclass(frozen=True)
class Case:
    """A learner under test on features of one shape: ``text`` vectors or ``image`` maps.

    Weights and features are float64: most checks compare two ways to one answer, which is about mathematics and not
    about how a processor rounds. ``dtype`` is float32 for the few that are about what users compute with.
    """

    learner_class: type[Learner]
    options: dict[str, Any]
    modality: str
    dtype: torch.dtype = torch.float64

    @property
    def shape(self) -> tuple[int, ...]:
        """The shape of one item's features."""
        return (24,) if self.modality == "text" else (1, 16, 16)

    def learner(self) -> Learner:
        """Return the learner over a small random backbone, ready to answer: trained, if it is nothing before."""
        learner = self.untrained()  # whose options may decide
        if learner.needs_training:
            learner.load_state_dict(_trained(self.learner_class, tuple(self.options.items()), self.modality))
        return learner

    def untrained(self, seed: int = 0) -> Learner:
        """Return the learner over a small random backbone."""
        backbone = "mlp:hidden=48,features=24" if self.modality == "text" else "conv4:width=24"
        return build_learner(self.learner_class, self.options, self.shape, backbone, seed).to(self.dtype).eval()

    def episode(self, ways: int = 4, shots: int = 3, queries: int = 3, noise: float = 0.7, seed: int = 0) -> Episode:
        """Return a task of Gaussian classes, its support grouped by class and its queries by class."""
        generator = torch.Generator().manual_seed(seed)
        centres = torch.randn(ways, *self.shape, generator=generator, dtype=self.dtype)

        def draw(each: int) -> tuple[Tensor, Tensor]:
            y = torch.arange(ways).repeat_interleave(each)
            return centres[y] + noise * torch.randn(len(y), *self.shape, generator=generator, dtype=self.dtype), y

        x, y = draw(shots)
        return Episode(Support(x, y, ways, x.new_ones(len(y))), *draw(queries))


def answer(learner: Learner, support: Support, query: Tensor) -> Tensor:
    """Return a fitted classifier's logits, without their graph."""
    return learner.fit(support)(query).detach()


def batch_of(episodes: Sequence[Episode]) -> Batch:
    """Return tasks of one size as a batch."""
    x, y, weight = (torch.stack([getattr(e.support, part) for e in episodes]) for part in ("x", "y", "weight"))
    query, target = (torch.stack([getattr(e, part) for e in episodes]) for part in ("query", "target"))
    return Batch(x, y, weight, query, target, episodes[0].support.ways)


@cache
def _trained(learner_class: type[Learner], options: tuple[tuple[str, Any], ...], modality: str) -> dict[str, Tensor]:
    """Train on Gaussian classes, by the learner's own recipe cut short, in float32: 200 small episodes, 140 of images.

    Rewards tell little, so a learner by trial and error moves less at steps of fewer tasks than its recipe's.
    """
    case = Case(learner_class, dict(options), modality, torch.float32)
    learner = case.untrained()
    many = case.episode(ways=40, shots=1, queries=12, seed=1)
    features = Features(many.query, many.target, tuple(map(str, range(40))))
    own = learner.recipe_for("text")
    share = min(1.0, TRAINING_TASKS / own.tasks) if isinstance(learner, BanditLearner) else 1.0
    recipe = replace(
        own,
        ways=Range(4, 4),
        shots=Range(1, 3),
        queries=3,
        tasks=TRAINING_TASKS,
        steps=TRAINING_STEPS[modality],
        rate=share * own.rate,
        patience=99,
    )
    meta_train(learner, features, None, recipe)
    return learner.state_dict()
