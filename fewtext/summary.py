"""Summaries: the results of a grid as tables, a row for each learner under the same conditions."""

from __future__ import annotations

import math
import re
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from fewtext.errors import FewtextError
from fewtext.metrics import BINS
from fewtext.results import Result
from fewtext.statistics import half_width

if TYPE_CHECKING:
    from pandas import DataFrame


class Condition(NamedTuple):
    """What learners have to be alike in to be compared, class folds and seeds aside."""

    track: str
    corpus: str
    ways: int
    shots: str
    queries: int
    unequal: bool

    def __str__(self) -> str:
        ways = f"{self.ways}-way " if self.ways else ""
        return f"{self.corpus.rpartition('/')[2]} {ways}{self.shots}-shot" + ", unequal" * self.unequal


def condition(result: Result) -> Condition:
    """Return a result's condition."""
    cell = result.cell
    return Condition(cell.track, cell.corpus, cell.ways or 0, cell.shots, cell.queries or 0, cell.unequal)


def variants(results: Sequence[Result]) -> dict[str, str]:
    """Return what each result's learner is called, by key: its name, and of encoder and label names what differs."""
    full_way = [r for r in results if r.cell.track != "episodic"]
    encoders = {r.cell.encoder for r in results}
    names = {r.cell.label_names for r in full_way}
    called = {}
    for result in results:
        said = [result.cell.name]
        if len(encoders) > 1:
            said.append(result.cell.encoder or "default encoder")
        if len(names) > 1 and result.cell.track != "episodic":
            said.append("with label names" if result.cell.label_names else "no label names")
        called[result.key] = ", ".join(said)
    return called


@dataclass(frozen=True)
class Row:
    """One learner under one condition, over all class folds and seeds: fractions and seconds."""

    condition: Condition
    learner: str
    results: list[Result]

    @property
    def name(self) -> str:
        """The learner's name in the grid."""
        return self.results[0].cell.name

    @property
    def track(self) -> str:
        """The track as it is printed."""
        return str(self._reports[0]["track"])

    @property
    def accuracy(self) -> float:
        """The mean over all tasks or supports."""
        return float(self._by_task.mean())

    @property
    def interval(self) -> float:
        """Half the width of its 95 % interval: over tasks, or by Student's t over supports."""
        if len(self.results) == 1:
            return float(self._reports[0]["interval"])
        return half_width(self._by_task, few=self.condition.track != "episodic")

    def metric(self, name: str) -> float:
        """Return the mean of a metric over folds and seeds; NaN where it was not measured."""
        parts = [{**m, **(m["open_set"] or {}), **(m["abstention"] or {})} for m in self._metrics]
        values = [metrics.get(name) for metrics in parts]
        known = [value for value in values if value is not None]
        return float(np.mean(known)) if len(known) == len(values) else math.nan

    @property
    def by_step(self) -> list[float]:
        """The accuracy after 0, 1, … inner steps; empty where the learner takes none."""
        curves = [report["by_step"] for report in self._reports if report["by_step"]]
        return list(np.mean(curves, axis=0).tolist()) if curves else []

    @property
    def reliability(self) -> list[list[float]]:
        """Count, mean confidence and share of right answers by bin, over folds and seeds."""
        bins: dict[int, list[float]] = {}
        for count, sure, share in (line for metrics in self._metrics for line in metrics["reliability"]):
            total = bins.setdefault(int(sure * BINS), [0.0, 0.0, 0.0])
            bins[int(sure * BINS)] = [a + b for a, b in zip(total, (count, count * sure, count * share), strict=True)]
        return [[count, sure / count, share / count] for _, (count, sure, share) in sorted(bins.items())]

    @property
    def confusions(self) -> list[list[Any]]:
        """The most frequent wrong answers: right label, label answered, how often."""
        return self._metrics[0]["confusions"] or []

    @property
    def _metrics(self) -> list[dict[str, Any]]:
        return [report["metrics"] for report in self._reports]

    def seconds(self, name: str) -> float:
        """Return the mean of a time over folds and seeds; NaN where it was not kept."""
        return float(np.mean([result.seconds.get(name, math.nan) for result in self.results]))

    @property
    def _reports(self) -> list[dict[str, Any]]:
        return [result.report for result in self.results if result.report]

    @property
    def _by_task(self) -> Any:
        return np.concatenate([result.right().mean(1) for result in self.results])


def rows(results: Sequence[Result]) -> list[Row]:
    """Return a row per condition and learner, in the grid's order; failed cells are in none."""
    done = [result for result in results if result.report]
    if not done:
        raise FewtextError("no cell is finished", cure="look at the errors in results.jsonl")
    called = variants(done)
    groups: dict[tuple[Condition, str], list[Result]] = defaultdict(list)
    for result in done:
        groups[condition(result), called[result.key]].append(result)
    return [Row(where, learner, group) for (where, learner), group in groups.items()]


MEASURES = {
    "macro_f1": "macro F1",
    "calibration_error": "calibration error",
    "log_loss": "log loss",
    "auroc_right": "AUROC right / wrong",
    "precision": "precision where 95 % is wanted",
    "coverage": "its coverage",
    "auroc": "AUROC in / out of scope",
    "fpr_at_95_tpr": "FPR at 95 % TPR",
    "in_scope_accuracy": "in-scope accuracy at threshold",
    "out_of_scope_f1": "out-of-scope F1 at threshold",
}


def long_table(found: Sequence[Row]) -> DataFrame:
    """Return everything, a line per condition and learner: fractions and seconds, for further work."""
    from pandas import DataFrame

    return DataFrame(
        {
            "track": row.track,
            "corpus": row.condition.corpus,
            "ways": row.condition.ways or None,
            "shots": row.condition.shots,
            "learner": row.learner,
            "accuracy": row.accuracy,
            "interval": row.interval,
            **{name: row.metric(name) for name in MEASURES},
            **{name: row.seconds(name) for name in ("seconds_to_adapt", "seconds_to_predict")},
            "cells": len(row.results),
        }
        for row in found
    )


def wide_table(found: Sequence[Row]) -> DataFrame:
    """Return accuracies in per cent with their intervals as text, a column per condition, to be read."""
    from pandas import DataFrame

    columns: dict[str, dict[str, str]] = {}
    for row in found:
        shown = f"{100 * row.accuracy:.1f} ± {100 * row.interval:.1f}"
        columns.setdefault(str(row.condition), {})[row.learner] = shown
    order = list(dict.fromkeys(row.learner for row in found))
    return DataFrame(columns, index=order).fillna("").rename_axis("learner")


def footnotes(results: Sequence[Result]) -> list[str]:
    """Return what has to stand below a table: how it was measured, with what, and what failed."""
    done = [result.report for result in results if result.report]
    notes = []
    for track in dict.fromkeys(report["track"] for report in done):
        tasks = dict.fromkeys(_without_shots(r.report) for r in results if r.report and r.report["track"] == track)
        notes.append(f"Track {track}: {'; '.join(tasks)}.")
    for name in ("encoder", "device", "versions"):
        told = dict.fromkeys(_spelled(name, report) for report in done)
        notes.append(f"{name.capitalize()}: {'; '.join(told)}.")
    seeds = sorted({result.cell.seed for result in results})
    notes.append(f"Seed{'s' if len(seeds) > 1 else ''} {', '.join(map(str, seeds))}. {_INTERVALS}")
    notes += [f"Failed: {result.cell}: {result.error}" for result in results if result.error]
    notes += dict.fromkeys(f"{result.cell.corpus}: {note}" for result in results for note in result.notes)
    return notes


_INTERVALS = "± is half a 95 % interval: over tasks, or by Student's t over supports."


def _without_shots(report: Mapping[str, Any]) -> str:
    return re.sub(r"(, | after )[\d-]+ examples? a class", r"\1k examples a class", str(report["task"]))


def _spelled(name: str, report: Mapping[str, Any]) -> str:
    if name == "versions":
        return ", ".join(f"{library} {number}" for library, number in report["versions"].items())
    if name == "encoder":
        names = "" if report["track"][0] == "B" else f", {'with' if report['label_names'] else 'no'} label names"
        return f"{report['encoder']} ({report['fingerprint']}, {report['dtype']}){names}"
    return str(report[name])


def text(found: Sequence[Row], notes: Sequence[str]) -> str:
    """Return the table as plain text."""
    return _written(found, notes, "simple")


def markdown(found: Sequence[Row], notes: Sequence[str]) -> str:
    """Return the table in Markdown."""
    return _written(found, notes, "github")


def latex(found: Sequence[Row], notes: Sequence[str]) -> str:
    """Return the table in LaTeX, for the package booktabs."""
    escaped = [note.replace("_", r"\_").replace("%", r"\%").replace("±", r"$\pm$") for note in notes]
    return _written(found, escaped, "latex_booktabs").replace("±", r"$\pm$")


def _written(found: Sequence[Row], notes: Sequence[str], kind: str) -> str:
    table = str(wide_table(found).to_markdown(tablefmt=kind, stralign="left"))
    return table + "\n\n" + "".join(f"{note}\n" for note in notes)
