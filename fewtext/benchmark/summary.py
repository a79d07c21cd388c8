"""Summaries: the results of a grid, a row for each learner under the same conditions."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from fewtext.benchmark.results import Result
from fewtext.contracts.recipe import Range
from fewtext.errors import FewtextError
from fewtext.metrics.classification import BINS
from fewtext.metrics.intervals import half_width


class Condition(NamedTuple):
    """The conditions of a measurement that have to be equal for a comparison, except class folds and seeds.

    ``repeats`` is the number of tasks or supports; ``folded`` says whether the classes are those of folds.
    """

    track: str
    corpus: str
    ways: int
    shots: str
    queries: int
    unequal: bool
    repeats: int
    folded: bool


def condition(result: Result) -> Condition:
    """Return a result's condition."""
    cell = result.cell
    repeats = cell.episodes or cell.supports or 0
    tasks = cell.ways or 0, str(cell.shots), cell.queries or 0, cell.unequal, repeats
    return Condition(cell.track, cell.corpus, *tasks, bool(cell.fold))


# What distinguishes conditions beyond corpus, ways and shots, in the order in which names use it.
_DISTINCTIONS: tuple[Callable[[Condition], str], ...] = (
    lambda c: c.track,
    lambda c: "classes of folds" if c.folded else "all classes",
    lambda c: "unequal" if c.unequal else "equal",
    lambda c: f"{c.queries} queries",
    lambda c: f"{c.repeats} {'tasks' if c.track == 'episodic' else 'supports'}",
    lambda c: c.corpus,
)


def names_of(conditions: Sequence[Condition]) -> dict[Condition, str]:
    """Return a name for each condition, as short as distinguishes them."""
    called: dict[Condition, str] = {}
    for c in conditions:
        parts = Path(c.corpus).name, f"{c.ways}-way" * (c.ways > 0), f"{c.shots}-shot" * (c.shots != "")
        called[c] = " ".join(filter(None, parts))
    for part in _DISTINCTIONS:
        alike: dict[str, list[Condition]] = defaultdict(list)
        for where, name in called.items():
            alike[name].append(where)
        for name, several in alike.items():
            if len({part(where) for where in several}) > 1:
                called |= {where: f"{name}, {part(where)}" for where in several}
    return called


_WORDS = {
    ("encoder", None): "default encoder",
    ("label_names", True): "with label names",
    ("label_names", False): "no label names",
    ("transductive", True): "transductive",
    ("transductive", False): "inductive",
}


def _variants(results: Sequence[Result]) -> dict[str, str]:
    """Return a name for the learner of each result: its own, and what else distinguishes it."""
    named = {result.key: result.cell.name for result in results}
    for kind in ("encoder", "label_names", "transductive"):
        values: dict[Any, set[Any]] = defaultdict(set)
        for result in results:
            values[condition(result), named[result.key]].add(getattr(result.cell, kind))
        several = {name for (_, name), own in values.items() if len(own) > 1}
        for result in results:
            if (name := named[result.key]) in several:
                value = getattr(result.cell, kind)
                words = _WORDS.get((kind, value), value)
                named[result.key] = f"{name}, {words}"
    return named


@dataclass(frozen=True)
class Row:
    """One learner under one condition, over all class folds and seeds: fractions and seconds.

    ``where`` is the name of the condition; ``complete`` says whether all of its folds and seeds are there.
    """

    condition: Condition
    where: str
    learner: str
    results: list[Result]
    complete: bool = True

    @property
    def name(self) -> str:
        """The learner's name in the grid."""
        return self.results[0].cell.name

    @property
    def encoder(self) -> str:
        """The encoder's name."""
        return str(self._reports[0]["encoder"])

    @property
    def label_names(self) -> bool:
        """Whether label names were used as examples."""
        return bool(self._reports[0]["label_names"])

    @property
    def shots(self) -> Range:
        """The examples of a class that were learned from."""
        return self.results[0].cell.shots

    @property
    def accuracy(self) -> float:
        """The mean over all tasks or supports."""
        return float(self._by_task.mean())

    @property
    def interval(self) -> float:
        """Half the width of its 95 % interval: over tasks, or by Student's t over supports; NaN for one support."""
        return half_width(self._by_task, few=self.condition.track != "episodic")

    @property
    def shown(self) -> str:
        """The accuracy in per cent with its interval, and on the open-set track the AUROC."""
        half = "" if math.isnan(self.interval) else f" ± {100 * self.interval:.1f}"
        beside = ""
        if self.condition.track == "open-set":
            beside = (
                f" (AUROC {100 * self.metric('auroc'):.1f}, by similarity {100 * self.metric('similarity_auroc'):.1f})"
            )
        return f"{100 * self.accuracy:.1f}{half}{beside}{'' if self.complete else ' *'}"

    def metric(self, name: str) -> float:
        """Return the mean of a metric over folds and seeds; NaN where it was not measured everywhere."""
        parts = [
            {**m, **(m["open_set"] or {}), **(m["abstention"] or {}), **_similarity(m["similarity"])}
            for m in self._metrics
        ]
        known = [part[name] for part in parts if part.get(name) is not None]
        return float(np.mean(known)) if len(known) == len(parts) else math.nan

    @property
    def by_step(self) -> list[float]:
        """The accuracy after 0, 1, … inner steps; empty for a learner that takes none."""
        curves = [report["by_step"] for report in self._reports if report["by_step"]]
        return list(np.mean(curves, axis=0).tolist()) if curves else []

    @property
    def seconds_by_step(self) -> list[float]:
        """When the classifiers of ``by_step`` are there; empty where that was not measured everywhere."""
        reached = [result.seconds_by_step for result in self.results]
        alike = {len(own) for own in reached} == {len(self.by_step)} and self.by_step
        return list(np.mean(reached, axis=0).tolist()) if alike else []

    @property
    def reliability(self) -> list[list[float]]:
        """The count, mean confidence and share of right answers of each bin, over folds and seeds."""
        bins: dict[int, list[float]] = {}
        for count, mean, share in (line for metrics in self._metrics for line in metrics["reliability"]):
            total = bins.setdefault(int(mean * BINS), [0.0, 0.0, 0.0])
            bins[int(mean * BINS)] = [a + b for a, b in zip(total, (count, count * mean, count * share), strict=True)]
        return [[count, mean / count, share / count] for _, (count, mean, share) in sorted(bins.items())]

    @property
    def confusions(self) -> list[list[Any]]:
        """The most frequent wrong answers: right label, answer, count."""
        return self._metrics[0]["confusions"] or []

    def seconds(self, name: str) -> float:
        """Return the mean of a time over folds and seeds; NaN where it is missing."""
        return float(np.mean([result.seconds.get(name, math.nan) for result in self.results]))

    @property
    def _metrics(self) -> list[dict[str, Any]]:
        return [report["metrics"] for report in self._reports]

    @property
    def _reports(self) -> list[dict[str, Any]]:
        return [result.report for result in self.results if result.report]

    @property
    def _by_task(self) -> Any:
        return np.concatenate([result.right().mean(1) for result in self.results])


def _similarity(open_set: dict[str, Any] | None) -> dict[str, Any]:
    return {f"similarity_{name}": value for name, value in (open_set or {}).items()}


def rows(results: Sequence[Result]) -> list[Row]:
    """Return a row for each condition and learner, in the grid's order; failed cells are skipped."""
    done = [result for result in results if result.report]
    if not done:
        raise FewtextError("no cell is finished", hint="see the errors in results.jsonl")
    called, names = _variants(done), names_of(list(dict.fromkeys(map(condition, done))))
    groups: dict[tuple[Condition, str], list[Result]] = defaultdict(list)
    parts: dict[Condition, set[Any]] = defaultdict(set)
    for result in done:
        groups[condition(result), called[result.key]].append(result)
        parts[condition(result)].add((result.cell.fold, result.cell.seed))
    return [
        Row(where, names[where], learner, group, len(group) == len(parts[where]))
        for (where, learner), group in groups.items()
    ]
