"""Verifying results: cells that somebody else measured are measured again, and what differs is said."""

from __future__ import annotations

import json
import random
import warnings
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, NamedTuple

from fewtext.benchmark.results import Result
from fewtext.benchmark.run import measured
from fewtext.datasets.session import Session
from fewtext.errors import FewtextError, FewtextWarning

SAME = {
    "episode_list": "the tasks or supports",
    "data": "the rows they are drawn from",
    "fingerprint": "the encoder",
    "task": "the task",
    "learner": "the learner",
    "options": "the learner's options",
}
"""Fields that have to be equal, and what differs where they are not."""
NEAR = {"accuracy": "accuracy", "metrics.calibration_error": "calibration error", "metrics.macro_f1": "macro F1"}
"""Fractions that have to be near."""


class Verdict(NamedTuple):
    """A cell that was measured again, and what differs, a sentence each; none where it is what was claimed."""

    result: Result
    differences: list[str]


def verify(
    results: Sequence[Result], session: Session, tolerance: float, watch: Callable[[Result, int, int], None]
) -> Iterator[Verdict]:
    """Measure cells again and yield a verdict on each; ``tolerance`` is of fractions."""
    with TemporaryDirectory() as folder:
        for done, result in enumerate(results):
            watch(result, done, len(results))
            try:
                with warnings.catch_warnings():  # the cell's own, which its timings have
                    warnings.simplefilter("ignore", FewtextWarning)
                    again = json.loads(json.dumps(measured(result.cell, session, Path(folder)).as_json()))
            except FewtextError as error:
                yield Verdict(result, [f"it cannot be measured here: {error}"])
            else:
                yield Verdict(result, list(_differences(result.report or {}, again, tolerance)))


def sample(results: Sequence[Result], count: int | None) -> list[Result]:
    """Return the measured cells, or ``count`` of them, drawn at random by a fixed seed."""
    finished = [result for result in results if result.report is not None]
    return finished if count is None or count >= len(finished) else random.Random(0).sample(finished, count)


def _differences(claimed: dict[str, Any], again: dict[str, Any], tolerance: float) -> Iterator[str]:
    for name, words in SAME.items():
        if claimed.get(name) != again.get(name):
            yield f"{words} differ: {claimed.get(name)!s:.60} was claimed, here it is {again.get(name)!s:.60}"
    for name, words in NEAR.items():
        before, now = (_at(report, name) for report in (claimed, again))
        if before is None or now is None:
            if before != now:
                yield f"{words} is missing in one of the two"
        elif not abs(before - now) <= tolerance:
            yield f"{words} is {100 * now:.2f} % here, {100 * before:.2f} % was claimed"


def _at(report: dict[str, Any], name: str) -> float | None:
    value: Any = report
    for part in name.split("."):
        value = value.get(part) if isinstance(value, dict) else None
    return float(value) if isinstance(value, int | float) else None
