"""Results: the folder that a grid writes to. A finished cell is there whole, and is not measured again.

``cells/`` has a tensor file per finished cell: its report, and which answers were right. ``results.jsonl`` has a line
per cell in the grid's order, the same bytes whether or not the grid was interrupted; ``timings.jsonl`` has the seconds,
which differ from run to run.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import torch

from fewtext.errors import InputError
from fewtext.grid import Cell
from fewtext.locks import lock
from fewtext.report import SCHEMA, TIMES, Report
from fewtext.statistics import Values
from fewtext.tensor_files import is_part, read_tensors, write_tensors, write_text

RESULTS, TIMINGS, CELLS = "results.jsonl", "timings.jsonl", "cells"


@dataclass(frozen=True)
class Result:
    """A line of ``results.jsonl``: a cell with its report, or with why there is none; ``seconds`` from the timings."""

    folder: Path
    key: str
    cell: Cell
    report: dict[str, Any] | None
    error: str | None
    notes: tuple[str, ...]
    seconds: dict[str, float]

    def right(self) -> Values:
        """Return which answers were right, ``[tasks, queries]`` of 0 and 1."""
        tensors, _ = read_tensors(self.folder / CELLS / f"{self.key}.safetensors")
        values: Values = tensors["right"].double().numpy()
        return values


class Results:
    """The folder while a grid writes to it, locked."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        try:
            (folder / CELLS).mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise InputError(f"is no folder and cannot be made one: {error.strerror}", where=str(folder)) from error
        self._lock = lock(folder, "another benchmark")
        self._failed: dict[str, str] = {}
        for path in (folder / CELLS).iterdir():
            if is_part(path.name):
                path.unlink()

    def __enter__(self) -> Results:
        return self

    def __exit__(self, *_: object) -> None:
        if self._lock is not None:
            os.close(self._lock)

    def finished(self, cell: Cell) -> bool:
        """Whether the cell has been measured; one whose file is damaged has not."""
        return self._facts(cell) is not None

    def keep(self, cell: Cell, report: Report, notes: Sequence[str], seconds: float) -> None:
        """Write a finished cell, its times first."""
        content = report.as_json()
        times = {name: content.pop(name) for name in TIMES}
        assert report.right is not None
        with (self.folder / TIMINGS).open("a", encoding="utf-8") as stream:
            stream.write(json.dumps({"key": cell.key, **times, "seconds": round(seconds, 3)}) + "\n")
        facts = {"schema": SCHEMA, "cell": asdict(cell), "report": content, "notes": list(notes)}
        write_tensors(self._path(cell), {"right": report.right.to(torch.uint8)}, facts)

    def fail(self, cell: Cell, error: str) -> None:
        """Remember why a cell has no result; it is tried again next time."""
        self._failed[cell.key] = error

    def write(self, cells: Sequence[Cell]) -> None:
        """Write ``results.jsonl``: a line for each of these cells that is finished or has failed, in this order."""
        lines = []
        for cell in cells:
            if (facts := self._facts(cell)) is not None:
                lines.append({"key": cell.key, **facts})
            elif cell.key in self._failed:
                failed = {"schema": SCHEMA, "cell": asdict(cell), "error": self._failed[cell.key]}
                lines.append({"key": cell.key, **failed})
        write_text(self.folder / RESULTS, "".join(json.dumps(line, ensure_ascii=False) + "\n" for line in lines))

    def _path(self, cell: Cell) -> Path:
        return self.folder / CELLS / f"{cell.key}.safetensors"

    def _facts(self, cell: Cell) -> dict[str, Any] | None:
        try:
            facts = read_tensors(self._path(cell))[1]
        except InputError:
            return None
        return facts if facts.get("schema") == SCHEMA and facts.get("cell") == asdict(cell) else None


def read_results(folder: Path) -> list[Result]:
    """Read what a grid wrote; raise ``InputError`` where the folder holds no results or damaged ones."""
    path = folder / RESULTS
    if not path.is_file():
        cure = "make some: fewtext evaluate bench.toml --output DIR"
        raise InputError(f"holds no {RESULTS}", where=str(folder), cure=cure)
    seconds = {line["key"]: line for _, line in _lines(folder / TIMINGS)} if (folder / TIMINGS).is_file() else {}
    found = []
    for number, line in _lines(path):
        try:
            if line["schema"] != SCHEMA:
                raise ValueError(f"schema {line['schema']!r} is not {SCHEMA}")
            cell = Cell(**line["cell"])
            times = {name: value for name, value in seconds.get(line["key"], {}).items() if name != "key"}
            notes = tuple(line.get("notes", ()))
            found.append(Result(folder, line["key"], cell, line.get("report"), line.get("error"), notes, times))
        except (KeyError, TypeError, ValueError) as error:
            raise InputError(f"is no result: {error}", where=f"{path}:{number}", cure="measure again") from error
    return found


def _lines(path: Path) -> Iterator[tuple[int, Any]]:
    """Yield the lines of a file with their numbers, but a last one that a killed process began."""
    lines = path.read_text(encoding="utf-8").split("\n")
    for number, line in enumerate(lines[:-1], 1):
        try:
            yield number, json.loads(line)
        except ValueError as error:
            raise InputError("is no JSON", where=f"{path}:{number}", cure="measure again") from error
