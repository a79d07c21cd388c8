"""Trial and error: rewards along a sequence, and what chance and a nearest-neighbour bandit earn on the same one."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from itertools import product

import torch
from torch import Tensor
from torch.nn.functional import normalize, one_hot

from fewtext.contracts.bandit import BanditLearner
from fewtext.datasets.features import Features
from fewtext.training.episodes import EpisodeList

QUANTILES = (0.5, 0.6, 0.7, 0.75, 0.8, 0.85, 0.9, 0.95, 0.98)  # of the similarity of two examples of a task
EPSILONS = (0.0, 0.02, 0.05, 0.1)
EMBEDDED = 25  # tasks at once
PAIRS = 1_000_000  # of which quantiles are taken
CHANCE, BANDIT = "chance", "nearest-neighbour bandit"


@dataclass(frozen=True)
class Earned:
    """Rewards on sequences: the mean at the 1st, 2nd, … example of a class, and the wrong answers after each example.

    ``settings`` are those of the bandit.
    """

    reward_by_presentation: list[float]
    regret: list[float]
    settings: dict[str, float]


def by_presentation(right: Tensor, y: Tensor, ways: int) -> list[float]:
    """Return the share of ``right`` answers ``[tasks, n]`` at the 1st, 2nd, … example of a class."""
    nth = one_hot(y, ways).cumsum(1).gather(2, y[..., None])[..., 0]
    order = nth.argsort(dim=1, stable=True)  # all first presentations, then all second ones
    shares: list[float] = right.gather(1, order).view(len(y), -1, ways).mean((0, 2)).tolist()
    return shares


def regret(right: Tensor) -> list[float]:
    """Return how many answers were wrong so far after each example, the mean over tasks."""
    wrong: list[float] = (1 - right).cumsum(1).mean(0).tolist()
    return wrong


def beside(learner: BanditLearner, features: Features, episodes: EpisodeList) -> dict[str, Earned]:
    """Return what others earn on the sequences of these tasks: chance, and a bandit on the learner's own embedding."""
    size = episodes.at_once(features, EMBEDDED)
    with torch.no_grad():
        batches = episodes.batches(features, size)
        x = torch.cat([learner.backbone(batch.x.flatten(0, 1)).view(*batch.y.shape, -1) for batch in batches])
    y, ways = episodes.y, episodes.ways
    return {CHANCE: chance(y, ways), BANDIT: nearest_bandit(x, y.to(x.device), ways)}


def regrets(others: Mapping[str, Earned] | None) -> dict[str, list[float]]:
    """Return the regret of each."""
    return {name: earned.regret for name, earned in (others or {}).items()}


def chance(y: Tensor, ways: int) -> Earned:
    """Return what answering at random earns on sequences with these classes ``[tasks, n]``, in expectation."""
    expected = torch.full(y.shape, 1 / ways, dtype=torch.float64)
    return Earned(by_presentation(expected, y, ways), regret(expected), {})


def nearest_bandit(x: Tensor, y: Tensor, ways: int, seed: int = 0) -> Earned:
    """Return what the epsilon-greedy nearest-neighbour bandit earns on embedded sequences ``[tasks, n, d]``.

    Its settings are the best of a grid on these very sequences, which favours it.
    """
    unit = normalize(x, dim=-1)
    similarity, n = unit @ unit.mT, y.shape[1]
    first, second = torch.triu_indices(n, n, 1)
    pairs = similarity[:, first, second].flatten()[:PAIRS]
    grid = product(pairs.quantile(pairs.new_tensor(QUANTILES)).tolist(), EPSILONS, (True, False))
    tried = [(answered(similarity, y, ways, *cell, seed), *cell) for cell in grid]
    right, closeness, epsilon, eliminates = max(tried, key=lambda trial: trial[0].sum().item())
    settings = {"closeness": closeness, "epsilon": epsilon, "eliminates": eliminates}
    return Earned(by_presentation(right, y.cpu(), ways), regret(right), settings)


def answered(
    similarity: Tensor, y: Tensor, ways: int, closeness: float, epsilon: float, eliminates: bool, seed: int
) -> Tensor:
    """Return which answers ``[tasks, n]`` of the nearest-neighbour bandit are right: 1 or 0.

    It keeps each example with its answer and whether that was right. Where one at least as similar as ``closeness`` was
    answered rightly, it answers as the nearest of those. Else, and with probability ``epsilon``, it tries an action at
    random, if there is one that was not wrong for a near example, and, if it ``eliminates``, one that was not yet right
    for any.
    """
    generator = torch.Generator(similarity.device).manual_seed(seed)
    draw = torch.rand(*y.shape, ways + 1, generator=generator, device=similarity.device)
    actions, right = similarity.new_zeros(*y.shape, ways), similarity.new_zeros(y.shape)
    for place in range(y.shape[1]):
        alike, tried, good = similarity[:, place, :place], actions[:, :place], right[:, :place] > 0
        near = alike >= closeness
        preference = draw[:, place, :ways]
        if place:
            wrong, known = ((tried * mask[..., None]).amax(1) for mask in (near & ~good, good))
            best, nearest = alike.masked_fill(~(near & good), -torch.inf).max(1)
            answer = tried.gather(1, nearest[:, None, None].expand(-1, 1, ways))[:, 0]
            exploits = (best > -torch.inf) & (draw[:, place, ways] >= epsilon)
            preference = torch.where(exploits[:, None], answer, preference - 4 * wrong - 2 * known * eliminates)
        chosen = preference.argmax(1)
        actions[:, place] = one_hot(chosen, ways).to(actions.dtype)
        right[:, place] = (chosen == y[:, place]).to(right.dtype)
    return right.double().cpu()
