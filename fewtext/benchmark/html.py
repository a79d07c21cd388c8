"""The HTML report: a grid's results as one file, with all tables and charts inside, that loads nothing else."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from importlib.resources import files
from typing import Any

from fewtext.benchmark.charts import charts
from fewtext.benchmark.results import Result
from fewtext.benchmark.summary import Row
from fewtext.benchmark.tables import MEASURES, footnotes
from fewtext.version import __version__

_CONFUSED = 8  # pairs of labels shown for a learner


@dataclass(frozen=True)
class Shown:
    """A table's cell: the text shown, the value sorted by, and whether it is the best of its column."""

    text: str
    value: Any
    best: bool = False


def page(results: Sequence[Result], rows: Sequence[Row], title: str) -> str:
    """Return the report as HTML."""
    from jinja2 import Environment

    template = (files("fewtext.benchmark") / "page.html.jinja").read_text(encoding="utf-8")
    environment = Environment(autoescape=True, trim_blocks=True, lstrip_blocks=True)
    rendered: str = environment.from_string(template).render(
        title=title,
        version=__version__,
        overview=_overview(rows),
        details=_details(rows),
        charts=charts(rows),
        confusions=_confusions(rows),
        notes=footnotes(results),
    )
    return rendered


def _overview(rows: Sequence[Row]) -> tuple[list[str], list[list[Shown]]]:
    conditions = {row.condition: row.where for row in rows}
    at = {(row.learner, row.condition): row for row in rows}
    best = {
        c: max((row.accuracy for row in rows if row.condition == c and row.complete), default=2) for c in conditions
    }
    body = []
    for learner in dict.fromkeys(row.learner for row in rows):
        line = [Shown(learner, learner)]
        for where in conditions:
            row = at.get((learner, where))
            first = row is not None and row.complete and row.accuracy == best[where]
            line.append(Shown(row.shown, row.accuracy, first) if row else Shown("", -1))
        body.append(line)
    return ["learner", *conditions.values()], body


def _details(rows: Sequence[Row]) -> tuple[list[str], list[list[Shown]]]:
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
    body = []
    for row in rows:
        numbers = [100 * row.accuracy, 100 * row.interval]
        numbers += [row.metric(name) if name == "log_loss" else 100 * row.metric(name) for name in measures]
        numbers += [1000 * row.seconds(name) for name in ("seconds_to_adapt", "seconds_to_predict")]
        body.append([Shown(row.learner, row.learner), Shown(row.where, row.where), *map(_number, numbers)])
    return header, body


def _number(value: float) -> Shown:
    if not math.isfinite(value):
        return Shown("", -1)
    return Shown(f"{value:.1f}" if abs(value) >= 10 else f"{value:.2f}", value)


def _confusions(rows: Sequence[Row]) -> list[tuple[str, list[list[Any]]]]:
    return [(f"{row.learner}, {row.where}", row.confusions[:_CONFUSED]) for row in rows if row.confusions]
