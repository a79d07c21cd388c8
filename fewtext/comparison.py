"""Comparisons: paired differences of learners on identical tasks, with intervals, adjusted for their number."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations

import numpy as np

from fewtext.errors import FewtextError
from fewtext.results import Result
from fewtext.statistics import Difference, Values, holm, paired_bootstrap
from fewtext.summary import Condition, Row

SURE = 0.05


@dataclass(frozen=True)
class Comparison:
    """Two learners under one condition: the difference ``first - second``, and its p-value after Holm."""

    condition: Condition
    first: str
    second: str
    difference: Difference
    p: float
    groups: int
    """How many class folds it was over; 1 where there are none."""

    def __str__(self) -> str:
        found = self.difference
        points = [100 * value for value in (found.mean, found.low, found.high)]
        better, worse = self.first, self.second
        if found.mean < 0:
            better, worse = worse, better
            points = [-points[0], -points[2], -points[1]]
        told = f"by {points[0]:.1f} [{points[1]:.1f}, {points[2]:.1f}]"
        if found.low == found.high == 0:
            return f"{better} and {worse} have the same accuracy on every task of {self.condition}"
        where = f"{self.condition} (p {'< 0.001' if self.p < 0.001 else f'= {self.p:.3f}'})"
        if self.p < SURE:
            return f"{better} beats {worse} {told} on {where}"
        return f"{better} is ahead of {worse} {told}, which may be chance, on {where}"


def compare(pairs: Sequence[tuple[Row, Row]]) -> list[Comparison]:
    """Compare pairs of rows of one condition each.

    Tasks of several class folds are drawn fold by fold: an interval is then for other classes, too, and wider.
    """
    found = []
    for first, second in pairs:
        groups = _differences(first, second)
        found.append((first, second, len(groups), paired_bootstrap(groups)))
    adjusted = holm([difference.p for *_, difference in found])
    return [
        Comparison(first.condition, first.learner, second.learner, difference, p, groups)
        for (first, second, groups, difference), p in zip(found, adjusted, strict=True)
    ]


def pairs_within(found: Sequence[Row], against: str | None = None) -> list[tuple[Row, Row]]:
    """Return all pairs of learners under one condition, or each with the one named."""
    names = {row.learner for row in found}
    if against is not None and against not in names:
        raise FewtextError(f"no learner {against!r} in the results", cure=f"there are: {', '.join(sorted(names))}")
    pairs = [(a, b) for a, b in combinations(found, 2) if a.condition == b.condition]
    if against is not None:
        pairs = [(a, b) if b.learner == against else (b, a) for a, b in pairs if against in (a.learner, b.learner)]
    if not pairs:
        raise FewtextError("there is no pair to compare", cure="give results of two learners on the same tasks")
    return pairs


def pairs_between(first: Sequence[Row], second: Sequence[Row]) -> list[tuple[Row, Row]]:
    """Return pairs of rows of two results under one condition: of equal learners, else all."""
    pairs = [(a, b) for a in first for b in second if a.condition == b.condition]
    if not pairs:
        raise FewtextError("the two have no tasks in common", cure="compare results of the same corpora and shots")
    alike = [(a, b) for a, b in pairs if a.name == b.name]
    return alike or pairs


def _differences(first: Row, second: Row) -> list[Values]:
    """Return what the first was right in and the second was not, ``[units, m]`` for each class fold."""
    others = {(r.cell.fold, r.cell.seed): r for r in second.results}
    groups: dict[str | None, list[Values]] = {}
    for result in first.results:
        other: Result | None = others.pop((result.cell.fold, result.cell.seed), None)
        if other is None:
            continue
        mine, its = (r.report or {} for r in (result, other))
        if mine.get("episode_list") != its.get("episode_list"):
            raise FewtextError(
                f"{first.learner} and {second.learner} were tried on different tasks of {result.cell.corpus}",
                cure="measure both with one version, on the same data",
            )
        difference = result.right() - other.right()
        if result.cell.track == "episodic":  # a task's queries are its own: its mean is the unit
            difference = difference.mean(1, keepdims=True)
        groups.setdefault(result.cell.fold, []).append(difference)
    if not groups:
        raise FewtextError(f"{first.learner} and {second.learner} have no fold and seed in common")
    return [np.concatenate(group) for group in groups.values()]
