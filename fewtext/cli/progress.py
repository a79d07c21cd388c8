"""Progress on standard error: bars where that is a terminal, elsewhere a line every half minute."""

from __future__ import annotations

import logging
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from fewtext.cli.closing import duration
from fewtext.cli.progress_lines import ProgressLines
from fewtext.cli.terminal import LOGGER, say, visible

if TYPE_CHECKING:
    from fewtext.benchmark.grid import Cell
    from fewtext.contracts.encoder import Progress


@contextmanager
def progress_bar(title: str) -> Iterator[Progress | None]:
    """Yield a function to call with how much is done and how much there is; None where nothing is to be said."""
    start = time.monotonic()
    if not LOGGER.isEnabledFor(logging.INFO):
        yield None
    elif not sys.stderr.isatty():
        yield ProgressLines(title)
    else:
        with _bar(title) as report:
            yield report
    say(f"{title}: {duration(time.monotonic() - start)}", logging.DEBUG)


@contextmanager
def _bar(title: str) -> Iterator[Progress]:
    from rich.console import Console
    from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn, TimeRemainingColumn

    columns = TextColumn("{task.description}", markup=False), BarColumn(), TaskProgressColumn(), TimeRemainingColumn()
    with Progress(*columns, console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task(visible(title), total=None)
        yield lambda done, total: bar.update(task, completed=done, total=total)


@contextmanager
def metrics_bar(title: str, total: int) -> Iterator[Callable[[int, Mapping[str, float]], None]]:
    """Yield a function to call with a step and its metrics: the bar shows the last loss and validation accuracy."""
    if not sys.stderr.isatty():
        line = ProgressLines(title)
        yield lambda step, metrics: line(step, total)
        return
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

    seen: dict[str, float] = {}

    def shown() -> str:
        parts = [f"loss {seen['loss']:.3f}"] if "loss" in seen else []
        if "valid_accuracy" in seen:
            parts.append(f"valid {seen['valid_accuracy']:.1%}, best {seen['best']:.1%}")
        return " · ".join(parts)

    columns = (
        TextColumn("{task.description}", markup=False),
        BarColumn(),
        MofNCompleteColumn(),
        TextColumn("{task.fields[metrics]}"),
    )
    with Progress(*columns, TimeRemainingColumn(), console=Console(stderr=True)) as bar:
        task = bar.add_task(visible(title), total=total, metrics="")

        def show(step: int, metrics: Mapping[str, float]) -> None:
            seen.update(metrics)
            seen["best"] = max(seen.get("best", 0.0), seen.get("valid_accuracy", 0.0))
            bar.update(task, completed=step, metrics=shown())

        yield show


@contextmanager
def grid_bars() -> Iterator[tuple[Any, Progress | None]]:
    """Yield functions to call before each cell and while it is measured: two bars, or none where nobody watches."""
    if not sys.stderr.isatty():
        line = ProgressLines("cells")
        yield lambda cell, done, total: line(done, total), None
        return
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

    columns = TextColumn("{task.description}", markup=False), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn()
    with Progress(*columns, console=Console(stderr=True), transient=True) as bars:
        cells = bars.add_task("cells", total=None)
        within = bars.add_task("", total=None)

        def watch(cell: Cell, done: int, total: int) -> None:
            bars.update(cells, completed=done, total=total)
            bars.reset(within, description=visible(str(cell)), total=None)

        yield watch, lambda done, total: bars.update(within, completed=done, total=total)
