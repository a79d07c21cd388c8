"""The HTML report: a grid's results as one file, with all tables and charts inside, that loads nothing else."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

from fewtext.benchmark.charts import charts
from fewtext.benchmark.results import Result
from fewtext.benchmark.summary import Row
from fewtext.benchmark.tables import MEASURES, footnotes
from fewtext.evaluation.pages import Cell, render

_CONFUSED = 8  # pairs of labels shown for a learner


def page(results: Sequence[Result], rows: Sequence[Row], title: str) -> str:
    """Return the page."""
    return render(
        "benchmark",
        title=title,
        overview=_overview(rows),
        details=_details(rows),
        charts=charts(rows),
        confusions=_confusions(rows),
        notes=footnotes(results, rows),
    )


def _overview(rows: Sequence[Row]) -> tuple[list[str], list[list[Cell]]]:
    conditions = {row.condition: row.where for row in rows}
    at = {(row.learner, row.condition): row for row in rows}
    best = {
        c: max((row.accuracy for row in rows if row.condition == c and row.complete), default=2) for c in conditions
    }
    body = []
    for learner in dict.fromkeys(row.learner for row in rows):
        line = [Cell(learner, learner)]
        for where in conditions:
            row = at.get((learner, where))
            first = row is not None and row.complete and row.accuracy == best[where]
            line.append(Cell(row.shown, row.accuracy, first) if row else Cell("", -1))
        body.append(line)
    return ["learner", *conditions.values()], body


def _details(rows: Sequence[Row]) -> tuple[list[str], list[list[Cell]]]:
    measures = [name for name in MEASURES if any(not math.isnan(row.metric(name)) for row in rows)]
    header = [
        "learner",
        "tasks",
        "accuracy, %",
        "±",
        *(MEASURES[name] for name in measures),
        "ms to adapt",
        "ms to answer",
    ]
    adaptability = any(math.isfinite(row.seconds("area_by_seconds")) for row in rows)
    header += ["adaptability, %"] * adaptability
    body = []
    for row in rows:
        numbers = [100 * row.accuracy, 100 * row.interval]
        numbers += [row.metric(name) if name == "log_loss" else 100 * row.metric(name) for name in measures]
        numbers += [1000 * row.seconds(name) for name in ("seconds_to_adapt", "seconds_to_predict")]
        numbers += [100 * row.seconds("area_by_seconds")] * adaptability
        body.append([Cell(row.learner, row.learner), Cell(row.where, row.where), *map(_number, numbers)])
    return header, body


def _number(value: float) -> Cell:
    if not math.isfinite(value):
        return Cell("", -1)
    return Cell(f"{value:.1f}" if abs(value) >= 10 else f"{value:.2f}", value)


def _confusions(rows: Sequence[Row]) -> list[tuple[str, list[list[Any]]]]:
    return [(f"{row.learner}, {row.where}", row.confusions[:_CONFUSED]) for row in rows if row.confusions]
