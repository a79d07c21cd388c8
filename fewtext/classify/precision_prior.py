"""What other tasks say of an answer's confidence: a prior over calibration curves, and its update by held-out answers.

In each task the probability of being right is ``sigmoid(a + b logit(confidence))``, with a curve ``(a, b)`` for new
texts and another for held-out examples, which are answered by fits to fewer. Over tasks the four numbers are normally
distributed around a mean that depends on what is known of the task beforehand. The prior was measured on many labelled
corpora by ``benchmarks/precision_prior.py``; ``precision_prior.json`` holds it.
"""

from __future__ import annotations

import json
import math
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

import torch
from torch import Tensor

NEWTON_STEPS = 20
STEP = 1.5  # at most, in any direction
FARTHEST = 8.0  # log-odds of a confidence that curves still distinguish
RADII, ANGLES = 24, 36  # of the points that stand for a posterior


@dataclass(frozen=True)
class TaskFacts:
    """What is known of a task before its held-out answers are compared with their labels."""

    shots: float
    ways: int
    names: bool
    temperature: float
    mean_confidence: float

    def covariates(self) -> Tensor:
        """Return what the prior mean is linear in: ``[8]``."""
        ways, heat = math.log(self.ways), math.log(self.temperature)
        mean = float(log_odds(torch.tensor(self.mean_confidence, dtype=torch.float64)))
        known = [1.0, math.log(self.shots), ways, ways**2, float(not self.names), heat, mean, heat * ways]
        return torch.tensor(known, dtype=torch.float64)


@dataclass(frozen=True)
class PrecisionPrior:
    """The normal distribution of ``(a, b)`` for new texts and for held-out ones, given the facts of a task.

    ``coefficients`` ``[8, 4]``, ``covariance`` ``[4, 4]``; ``levels`` maps a stated confidence to the one of the
    posterior at which promises were kept that often on families of corpora left out of the fit.
    """

    coefficients: Tensor
    covariance: Tensor
    levels: dict[float, float]
    encoder: str
    learner: str

    def level(self, confidence: float) -> float:
        """Return the posterior's own confidence for a stated one, between those that were measured by a line."""
        known = sorted(self.levels)
        if confidence <= known[0]:
            return self.levels[known[0]]
        for low, high in zip(known, known[1:], strict=False):
            if confidence <= high:
                share = (confidence - low) / (high - low)
                return self.levels[low] + share * (self.levels[high] - self.levels[low])
        return max(confidence, self.levels[known[-1]])

    def precisions(self, facts: TaskFacts, confidence: Tensor, right: Tensor) -> Tensor:
        """Return the precision of the first 1, 2, … answers ``[points, n]``, under equally likely posterior curves.

        ``confidence`` and ``right`` ``[n]`` are of the held-out answers, by falling confidence.
        """
        mean, covariance = self._posterior(facts, log_odds(confidence.double()), right.double())
        curves = mean + _points() @ torch.linalg.cholesky(covariance).T
        chance = (curves[:, :1] + curves[:, 1:] * log_odds(confidence.double())).sigmoid()
        mean_of_first: Tensor = chance.cumsum(1) / torch.arange(1, len(confidence) + 1)
        return mean_of_first

    def _posterior(self, facts: TaskFacts, odds: Tensor, right: Tensor) -> tuple[Tensor, Tensor]:
        """Return mean and covariance of the curve for new texts, by Laplace's approximation."""
        prior = facts.covariates() @ self.coefficients
        inverse, at = torch.linalg.inv(self.covariance), prior
        design = torch.stack([torch.zeros_like(odds), torch.zeros_like(odds), torch.ones_like(odds), odds], 1)
        for _ in range(NEWTON_STEPS):
            chance = (design @ at).sigmoid()
            slope = design.T @ (right - chance) - inverse @ (at - prior)
            curvature = inverse + design.T @ (design * (chance * (1 - chance))[:, None])
            step = torch.linalg.solve(curvature, slope)
            at = at + step * min(1.0, STEP / max(float(step.abs().max()), 1e-12))
        return at[:2], torch.linalg.inv(curvature)[:2, :2]


def bayes_passing(precisions: Tensor, cuts: Tensor, precision: float, level: float) -> tuple[int, Tensor]:
    """Return how many answers reach a precision with probability ``level``, and that bound at each of the ``cuts``.

    The cuts are taken from the strictest on, until one fails.
    """
    bounds = torch.quantile(precisions[:, cuts - 1], 1 - level, dim=0)
    enough = (bounds >= precision).long().cumprod(0).sum()
    return (int(cuts[enough - 1]) if enough else 0), bounds


@cache
def shipped_prior(ways: int) -> PrecisionPrior:
    """Return the prior that comes with the package, for tasks of about so many classes."""
    content = json.loads(files("fewtext.classify").joinpath("precision_prior.json").read_text(encoding="utf-8"))
    own = [prior for prior in content["priors"] if prior["least_ways"] <= max(2, ways)][-1]
    return PrecisionPrior(
        torch.tensor(own["coefficients"], dtype=torch.float64),
        torch.tensor(own["covariance"], dtype=torch.float64),
        {float(stated): level for stated, level in own["levels"].items()},
        content["encoder"],
        content["learner"],
    )


def log_odds(confidence: Tensor) -> Tensor:
    """Return the log-odds of probabilities, none farther from 0 than curves distinguish."""
    return confidence.logit(1e-9).clamp(-FARTHEST, FARTHEST)


@cache
def _points() -> Tensor:
    """Return points ``[864, 2]`` that stand, each as likely as another, for a standard normal distribution."""
    radii = (-2 * (1 - (torch.arange(RADII, dtype=torch.float64) + 0.5) / RADII).log()).sqrt()
    angles = 2 * math.pi * (torch.arange(ANGLES, dtype=torch.float64) + 0.5) / ANGLES
    return torch.stack([torch.outer(radii, angles.cos()).flatten(), torch.outer(radii, angles.sin()).flatten()], 1)
