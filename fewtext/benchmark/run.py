"""Running a grid: its cells are measured one by one, finished ones are kept, and a failure does not stop the rest."""

from __future__ import annotations

import hashlib
import json
import time
import warnings
from collections.abc import Callable, Sequence
from pathlib import Path

from fewtext.benchmark.grid import Cell
from fewtext.benchmark.results import Results
from fewtext.datasets.session import Session
from fewtext.errors import FewtextError, FewtextWarning
from fewtext.evaluation.episodic import evaluate_corpus
from fewtext.evaluation.full_way import evaluate_supports
from fewtext.evaluation.report import Report
from fewtext.registry.failures import reason, strict
from fewtext.training.loop import Listener
from fewtext.training.plan import plan_training
from fewtext.training.runs import Run

LEARNERS = "learners"
Watcher = Callable[[Cell, int, int], None]
"""Called before each cell with the number of cells that are done and of all cells."""


def run_grid(cells: Sequence[Cell], folder: Path, session: Session, watch: Watcher) -> list[tuple[Cell, str]]:
    """Measure the cells that are not finished, write the results, and return the failed cells with their errors."""
    failed = []
    with Results(folder, session.settings) as results:
        for done, cell in enumerate(cells):
            watch(cell, done, len(cells))
            if results.finished(cell):
                continue
            start = time.perf_counter()
            try:
                with warnings.catch_warnings(record=True) as caught:
                    warnings.simplefilter("always", FewtextWarning)
                    report = measured(cell, session, folder)
            except Exception as error:
                if strict():
                    raise
                fault = str(error) if isinstance(error, FewtextError) else reason(error)
                results.fail(cell, fault)
                failed.append((cell, fault))
            else:
                notes = dict.fromkeys(str(w.message) for w in caught if issubclass(w.category, FewtextWarning))
                results.keep(cell, report, list(notes), time.perf_counter() - start)
            results.write(cells)
        results.write(cells)
        if others := results.others_than(cells):
            message = f"{folder}: {others} finished cells are of other grids, and skipped in its tables"
            warnings.warn(message, FewtextWarning, stacklevel=2)
    return failed


def measured(cell: Cell, session: Session, folder: Path) -> Report:
    """Measure one cell; a learner that is trained for it is kept in the folder, and shared with other cells."""
    learner, options = cell.learner, cell.options
    if cell.train is not None:
        learner, options = str(_trained(cell, session, folder / LEARNERS)), {}
    if cell.track == "episodic":
        return evaluate_corpus(
            session, cell.corpus, learner, options, cell.tasks, fold=cell.fold, encoder=cell.encoder, in_full=True
        )
    outside = None
    if cell.track == "open-set":
        splits = [name for name in session.corpus(cell.corpus).out_of_scope if name.endswith("test")]
        if not splits:
            message = f"corpus {cell.corpus} has no test split of out-of-scope texts"
            raise FewtextError(message, hint="take one that has, such as clinc150")
        outside = splits[0]
    return evaluate_supports(
        session,
        cell.corpus,
        learner,
        options,
        cell.drawn_supports,
        encoder=cell.encoder,
        label_names=cell.label_names,
        outside=outside,
        transductive=cell.transductive,
    )


def _trained(cell: Cell, session: Session, folder: Path) -> Path:
    """Return the folder of the cell's learner, trained on the other classes of its fold now or before."""
    run_settings = (cell.corpus, cell.fold, cell.encoder, cell.learner, cell.options, cell.train, cell.seed)
    digest = hashlib.sha256(json.dumps(run_settings, sort_keys=True).encode()).hexdigest()[:10]
    path = folder / f"{cell.learner}-{digest}"
    plan = plan_training(
        session, cell.corpus, cell.learner, cell.options, cell.train or {}, fold=cell.fold, encoder=cell.encoder,
        seed=cell.seed,
    )  # fmt: skip
    with Run(path, plan.settings, resume=True) as run:
        if not run.finished:
            steps = plan.recipe.steps

            def log(step: int, metrics: dict[str, float]) -> None:
                run.log(step, metrics)
                if session.progress:
                    session.progress(step, steps)

            plan.carry_out(run, Listener(log, run.keep))
    return path
