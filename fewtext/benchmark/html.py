"""The page: a grid's results as one HTML file with its tables and charts inside, which asks nothing of any network."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

from fewtext.benchmark.charts import charts
from fewtext.benchmark.results import Result
from fewtext.benchmark.summary import Row
from fewtext.benchmark.tables import MEASURES, footnotes
from fewtext.evaluation.pages import Cell, render

_WORST = 8  # confusions shown for a learner


def page(results: Sequence[Result], found: Sequence[Row], title: str) -> str:
    """Return the page."""
    return render(
        "benchmark",
        title=title,
        overview=_overview(found),
        details=_details(found),
        charts=charts(found),
        confusions=_confusions(found),
        notes=footnotes(results),
    )


def _overview(found: Sequence[Row]) -> tuple[list[str], list[list[Cell]]]:
    conditions = {row.condition: row.where for row in found}
    at = {(row.learner, row.condition): row for row in found}
    best = {
        c: max((row.accuracy for row in found if row.condition == c and row.complete), default=2) for c in conditions
    }
    body = []
    for learner in dict.fromkeys(row.learner for row in found):
        line = [Cell(learner, learner)]
        for where in conditions:
            row = at.get((learner, where))
            first = row is not None and row.complete and row.accuracy == best[where]
            line.append(Cell(row.shown, row.accuracy, first) if row else Cell("", -1))
        body.append(line)
    return ["learner", *conditions.values()], body


def _details(found: Sequence[Row]) -> tuple[list[str], list[list[Cell]]]:
    message = [name for name in MEASURES if any(not math.isnan(row.metric(name)) for row in found)]
    header = [
        "learner",
        "tasks",
        "accuracy, %",
        "±",
        *(MEASURES[name] for name in message),
        "ms to adapt",
        "ms to answer",
    ]
    body = []
    for row in found:
        numbers = [100 * row.accuracy, 100 * row.interval]
        numbers += [row.metric(name) if name == "log_loss" else 100 * row.metric(name) for name in message]
        numbers += [1000 * row.seconds(name) for name in ("seconds_to_adapt", "seconds_to_predict")]
        body.append([Cell(row.learner, row.learner), Cell(row.where, row.where), *map(_number, numbers)])
    return header, body


def _number(value: float) -> Cell:
    if not math.isfinite(value):
        return Cell("", -1)
    return Cell(f"{value:.1f}" if abs(value) >= 10 else f"{value:.2f}", value)


def _confusions(found: Sequence[Row]) -> list[tuple[str, list[list[Any]]]]:
    return [(f"{row.learner}, {row.where}", row.confusions[:_WORST]) for row in found if row.confusions]
