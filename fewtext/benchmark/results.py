"""Results: the folder that a grid writes to, in which a finished cell is complete and is not measured again.

``cells/`` has a tensor file for each finished cell: its report, and which answers were right. ``results.jsonl`` has a
line for each cell in the grid's order, the same bytes whether or not the grid was interrupted; ``timings.jsonl`` has
what differs from run to run, the seconds, the process's peak memory so far, and the warnings that a cell was the first
to give.
"""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import torch

from fewtext.benchmark.grid import Cell
from fewtext.benchmark.memory import peak_megabytes
from fewtext.errors import FewtextError, InputError
from fewtext.evaluation.report import SCHEMA, TIMES, Report
from fewtext.files.atomic import clear, write_text
from fewtext.files.json_files import read_lines, sealed_line
from fewtext.files.locks import lock
from fewtext.files.tensors import read_tensors, write_tensors
from fewtext.metrics.intervals import Values
from fewtext.registry.failures import reason

RESULTS, TIMINGS, CELLS = "results.jsonl", "timings.jsonl", "cells"
_WRITTEN_AGAIN = "run the benchmark again, which rewrites it"


@dataclass(frozen=True)
class Result:
    """A line of ``results.jsonl``: a cell with its report or error; ``seconds`` and ``notes`` come from the timings."""

    folder: Path
    key: str
    cell: Cell
    report: dict[str, Any] | None
    error: str | None
    notes: tuple[str, ...] = ()
    seconds: dict[str, float] = field(default_factory=dict)
    seconds_by_step: tuple[float, ...] = ()

    @property
    def track(self) -> str:
        """The track as a table calls it, ``episodic, inductive``."""
        return f"{self.cell.track}, {'inductive' if self.report and self.report['inductive'] else 'transductive'}"

    def right(self) -> Values:
        """Return which answers were right, ``[tasks, queries]`` of 0 and 1."""
        tensors, _ = read_tensors(
            self.folder / CELLS / f"{self.key}.safetensors", "run the benchmark again, which measures it"
        )
        values: Values = tensors["right"].double().numpy()
        return values


class Results:
    """The folder that a grid writes to, locked while it is open."""

    def __init__(self, folder: Path, settings: Mapping[str, Any]) -> None:
        self.folder, self.settings = folder, dict(settings)
        if folder.is_dir() and not (folder / CELLS).is_dir() and any(folder.iterdir()):
            raise InputError("holds other files than results", where=str(folder), hint="choose another folder")
        try:
            (folder / CELLS).mkdir(parents=True, exist_ok=True)
        except OSError as error:
            message = f"cannot be created: {error.strerror}"
            raise InputError(message, where=str(folder), hint="choose another folder") from error
        self._lock = lock(folder, "another benchmark")
        self._failed: dict[str, str] = {}
        self._known: dict[str, dict[str, Any]] = {}  # the facts of cells that were read and are intact
        clear(folder)
        clear(folder / CELLS)
        try:
            # This drops a line that a killed process left incomplete.
            write_text(folder / TIMINGS, "".join(map(sealed_line, _timings(folder))))
        except BaseException:
            self.__exit__()
            raise

    def __enter__(self) -> Results:
        return self

    def __exit__(self, *_: object) -> None:
        if self._lock is not None:
            os.close(self._lock)

    def finished(self, cell: Cell) -> bool:
        """Whether the cell has been measured and its file is intact.

        Raises ``InputError`` where it was measured with other settings.
        """
        facts = self._facts(cell)
        if facts is not None and facts["settings"] != self.settings:
            before = facts["settings"]
            changed = ", ".join(
                f"{name} {before.get(name)} (now {value})"
                for name, value in self.settings.items()
                if before.get(name) != value
            )
            message = f"holds results with other settings: {changed}"
            raise InputError(message, where=str(self.folder), hint="choose another folder")
        return facts is not None

    def keep(self, cell: Cell, report: Report, notes: Sequence[str], seconds: float) -> None:
        """Write a finished cell, its times first."""
        content = report.as_json()
        times = {name: content.pop(name) for name in TIMES}
        assert report.right is not None
        taken = {**times, "seconds": round(seconds, 3), "peak_mb": peak_megabytes()}
        line = {"key": cell.key, **taken, "notes": list(notes)}
        with (self.folder / TIMINGS).open("a", encoding="utf-8", newline="\n") as stream:
            stream.write(sealed_line(line))
        facts = {"schema": SCHEMA, "cell": cell.as_json(), "settings": self.settings, "report": content}
        write_tensors(self._path(cell), {"right": report.right.to(torch.uint8)}, facts)

    def fail(self, cell: Cell, error: str) -> None:
        """Record the error of a cell, which is measured again next time."""
        self._failed[cell.key] = error

    def write(self, cells: Sequence[Cell]) -> None:
        """Write ``results.jsonl``: a line for each of these cells that is finished or has failed, in this order."""
        lines = []
        for cell in cells:
            if (facts := self._facts(cell)) is not None:
                lines.append({"key": cell.key, **facts})
            elif cell.key in self._failed:
                failed = {"schema": SCHEMA, "cell": cell.as_json(), "error": self._failed[cell.key]}
                lines.append({"key": cell.key, **failed})
        write_text(self.folder / RESULTS, "".join(map(sealed_line, lines)))

    def others_than(self, cells: Sequence[Cell]) -> int:
        """Return how many finished cells in the folder are of other grids."""
        own = {self._path(cell).name for cell in cells}
        return sum(path.suffix == ".safetensors" and path.name not in own for path in (self.folder / CELLS).iterdir())

    def _path(self, cell: Cell) -> Path:
        return self.folder / CELLS / f"{cell.key}.safetensors"

    def _facts(self, cell: Cell) -> dict[str, Any] | None:
        if cell.key not in self._known:
            try:
                facts = read_tensors(self._path(cell))[1]
            except InputError:
                return None
            if facts.get("schema") != SCHEMA or facts.get("cell") != cell.as_json():
                return None
            self._known[cell.key] = facts
        return self._known[cell.key]


def read_results(folder: Path) -> list[Result]:
    """Read what a grid wrote; raise ``InputError`` where the folder holds no results or damaged ones."""
    path = folder / RESULTS
    if not path.is_file():
        raise InputError(f"has no {RESULTS}", where=str(folder), hint="run a benchmark with this folder as its output")
    timings = {line.get("key"): line for line in _timings(folder)}
    results = []
    for number, line in enumerate(read_lines(path, _WRITTEN_AGAIN, grows=False), 1):
        try:
            if line["schema"] != SCHEMA:
                raise ValueError(f"schema {line['schema']!r} is not {SCHEMA}")
            result = Result(folder, line["key"], Cell.from_json(line["cell"]), line.get("report"), line.get("error"))
            _check(result)
        except (KeyError, TypeError, ValueError, AttributeError, FewtextError) as error:
            message = f"is not a result: {reason(error)}"
            raise InputError(message, where=f"{path}:{number}", hint=_WRITTEN_AGAIN) from error
        results.append(replace(result, **_timing(timings.get(result.key, {}))))
    return results


def _check(result: Result) -> None:
    """Raise ``TypeError`` where a field that tables need is of another type."""
    report, cell = result.report, result.cell
    kinds: list[tuple[Any, type]] = [(cell.track, str), (cell.corpus, str), (cell.name, str)]
    if report is not None:
        kinds += [(report[name], str) for name in ("track", "task", "encoder", "fingerprint", "dtype", "device")]
        kinds += [(report["accuracy"], float), (report["versions"], dict), (report["metrics"], dict)]
    for value, kind in kinds:
        if not isinstance(value, kind):
            raise TypeError(f"{value!r:.60} is not of type {kind.__name__}")


def _timing(line: dict[str, Any]) -> dict[str, Any]:
    notes = line.get("notes", [])
    times = {name: line.get(name) for name in (*TIMES, "seconds")}
    seconds = {name: value for name, value in times.items() if isinstance(value, (int, float))}
    reached = line.get("seconds_by_step")
    by_step = tuple(reached) if isinstance(reached, list) and all(isinstance(t, float) for t in reached) else ()
    noted = tuple(map(str, notes)) if isinstance(notes, list) else ()
    return {"seconds": seconds, "notes": noted, "seconds_by_step": by_step}


def _timings(folder: Path) -> list[dict[str, Any]]:
    path = folder / TIMINGS
    return list(read_lines(path, "restore it from a backup, or delete the line")) if path.is_file() else []
