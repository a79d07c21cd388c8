"""Benchmarks: a grid's cells, measured one after the other; what is finished stays, and one that fails stops no other."""

from __future__ import annotations

import time
import warnings
from collections.abc import Callable, Sequence
from pathlib import Path

from fewtext import discovery
from fewtext.episodic import Tasks, evaluate_corpus
from fewtext.errors import FewtextError, FewtextWarning
from fewtext.full_way import Supports, evaluate_supports
from fewtext.grid import Cell
from fewtext.recipe import Range
from fewtext.report import Report
from fewtext.results import Results
from fewtext.workbench import Workbench

Listener = Callable[[Cell, int, int], None]
"""Called before each cell with how many are done and how many there are."""


def run_grid(cells: Sequence[Cell], folder: Path, bench: Workbench, listener: Listener) -> list[tuple[Cell, str]]:
    """Measure the cells that are not finished, write results, and return those that failed with the reason."""
    failed = []
    with Results(folder) as results:
        for done, cell in enumerate(cells):
            listener(cell, done, len(cells))
            if results.finished(cell):
                continue
            start = time.perf_counter()
            try:
                with warnings.catch_warnings(record=True) as caught:
                    warnings.simplefilter("always", FewtextWarning)
                    report = measured(cell, bench)
            except Exception as error:
                if discovery.strict():
                    raise
                reason = str(error) if isinstance(error, FewtextError) else f"{type(error).__name__}: {error}"
                results.fail(cell, reason.splitlines()[0] if reason else "unknown")
                failed.append((cell, reason))
            else:
                told = dict.fromkeys(str(w.message) for w in caught if issubclass(w.category, FewtextWarning))
                results.keep(cell, report, list(told), time.perf_counter() - start)
            results.write(cells)
        results.write(cells)
    return failed


def measured(cell: Cell, bench: Workbench) -> Report:
    """Measure one cell."""
    if cell.track == "episodic":
        assert cell.ways and cell.queries and cell.episodes
        tasks = Tasks(cell.ways, Range.parse(cell.shots), cell.queries, cell.unequal, cell.episodes, cell.seed)
        return evaluate_corpus(
            bench, cell.corpus, cell.learner, cell.options, tasks, fold=cell.fold, encoder=cell.encoder, in_full=True
        )
    outside = None
    if cell.track == "open-set":
        splits = [name for name in bench.corpus(cell.corpus).out_of_scope if name.endswith("test")]
        if not splits:
            raise FewtextError(f"corpus {cell.corpus} has no texts out of scope to test on", cure="take clinc150")
        outside = splits[0]
    supports = Supports(int(cell.shots), cell.supports or 1, cell.seed)
    return evaluate_supports(
        bench,
        cell.corpus,
        cell.learner,
        cell.options,
        supports,
        encoder=cell.encoder,
        label_names=cell.label_names,
        outside=outside,
    )
