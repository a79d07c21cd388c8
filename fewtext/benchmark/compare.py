"""Comparisons: paired differences of learners on identical tasks, with intervals and adjusted p-values."""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations

import numpy as np

from fewtext.benchmark.results import Result
from fewtext.benchmark.summary import Row
from fewtext.errors import FewtextError, FewtextWarning
from fewtext.metrics.intervals import Difference, Values, holm, paired_bootstrap

SIGNIFICANT = 0.05


@dataclass(frozen=True)
class Comparison:
    """Two learners under one condition: the difference ``first - second``, and its p-value after Holm."""

    where: str
    first: str
    second: str
    difference: Difference
    p: float

    def __str__(self) -> str:
        difference = self.difference
        if difference.low == difference.high == 0:
            return f"{self.first} and {self.second} have the same accuracy on every task of {self.where}"
        values, better, worse = (difference.mean, difference.low, difference.high), self.first, self.second
        if difference.mean < 0:
            values, better, worse = (-difference.mean, -difference.high, -difference.low), worse, better
        mean, low, high = (f"{round(100 * value, 1) + 0.0:.1f}" for value in values)  # + 0.0: no minus zero
        on = f"on {self.where} (p {'< 0.001' if self.p < 0.001 else f'= {self.p:.3f}'})"
        if self.p < SIGNIFICANT:
            return f"{better} beats {worse} by {mean} [{low}, {high}] {on}"
        if mean == "0.0":
            return f"{better} and {worse} differ by {mean} [{low}, {high}] {on}"
        return f"{better} is ahead of {worse} by {mean} [{low}, {high}], not significantly, {on}"


def compare(pairs: Sequence[tuple[Row, Row]]) -> list[Comparison]:
    """Compare pairs of rows of one condition each; warn of those that were not measured on the same tasks.

    Tasks of several class folds are resampled fold by fold: the interval then also covers other classes, and is wider.
    """
    compared = []
    for first, second in pairs:
        try:
            compared.append((first, second, paired_bootstrap(_differences(first, second))))
        except FewtextError as error:
            if len(pairs) == 1:
                raise
            warnings.warn(f"not compared on {first.where}: {error}", FewtextWarning, stacklevel=2)
    adjusted = holm([difference.p for *_, difference in compared])
    return [
        Comparison(first.where, first.learner, second.learner, difference, p)
        for (first, second, difference), p in zip(compared, adjusted, strict=True)
    ]


def pairs_within(rows: Sequence[Row], against: str | None = None) -> list[tuple[Row, Row]]:
    """Return all pairs of learners under one condition, or each with the one named."""
    names = dict.fromkeys(name for row in rows for name in (row.name, row.learner))
    if against is not None and against not in names:
        hint = f"there are: {', '.join(map(repr, names))}"
        raise FewtextError(f"no learner {against!r} in the results", hint=hint)
    pairs = [(a, b) for a, b in combinations(rows, 2) if a.condition == b.condition]
    if against is not None:
        chosen = [(against in (a.name, a.learner), against in (b.name, b.learner), a, b) for a, b in pairs]
        pairs = [(a, b) if second else (b, a) for first, second, a, b in chosen if first != second]
    if not pairs:
        raise FewtextError("there are no two learners to compare", hint="give results of two on the same tasks")
    return pairs


def pairs_between(first: Sequence[Row], second: Sequence[Row]) -> list[tuple[Row, Row]]:
    """Return pairs of rows of two results under one condition: of the same learner where there are any, else all."""
    pairs = [(a, b) for a in first for b in second if a.condition == b.condition]
    if not pairs:
        raise FewtextError("the two results have no tasks in common", hint="compare the same corpora and shots")
    alike = [(a, b) for a, b in pairs if a.learner == b.learner]
    return alike or pairs


def _differences(first: Row, second: Row) -> list[Values]:
    """Return the differences of right answers, 1, 0 or -1, ``[units, m]`` for each class fold."""
    others = {(r.cell.fold, r.cell.seed): r for r in second.results}
    groups: dict[str | None, list[Values]] = {}
    for result in first.results:
        other: Result | None = others.pop((result.cell.fold, result.cell.seed), None)
        if other is None:
            continue
        mine, its = (r.report or {} for r in (result, other))
        for what, kind in (("episode_list", "tasks"), ("data", "texts")):
            if mine.get(what) != its.get(what):
                names = f"{first.learner} and {second.learner}"
                message = f"{names} were measured on different {kind} of {result.cell.corpus}"
                raise FewtextError(message, hint="measure both on the same data, with the same version")
        difference = result.right() - other.right()
        if result.cell.track == "episodic":  # the unit is a task, by the mean of its queries
            difference = difference.mean(1, keepdims=True)
        groups.setdefault(result.cell.fold, []).append(difference)
    if not groups:
        message = f"{first.learner} and {second.learner} have no fold and seed in common"
        raise FewtextError(message, hint="measure both on the same ones")
    return [np.concatenate(group) for group in groups.values()]
