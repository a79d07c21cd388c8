"""The leaderboard's tables: peers by ``benchmarks/leaderboard.py``, entries by ``fewtext benchmark run``.

An entry is a folder of ``benchmarks/results/entries``: results.jsonl and timings.jsonl of the official grid, and
entry.toml with what a grid cannot know: title, model_mb, contamination.
"""

import base64
import math
import tomllib
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import fmean
from typing import Any

import numpy as np
from result_tables import CORPORA, RESULTS, percent, points, read, table

from fewtext.files.json_files import read_lines
from fewtext.metrics.classification import BINS, calibration_error
from fewtext.metrics.intervals import Values, half_width

PEERS = Path(__file__).parents[2] / "benchmarks" / "peers" / "peers.toml"
SHOTS = (0, 1, 5, 10)
OURS = "fewtext"
TIMES = ("seconds_to_fit", "seconds_to_answer")


@dataclass(frozen=True)
class Cell:
    """What a system reached on a corpus after so many examples a label; fractions, seconds and MB."""

    accuracies: list[float]
    half: float
    calibration_error: float | None
    promise: tuple[float | None, float] | None
    """The precision of the answers given and their share, where 0.95 was asked for."""
    seconds: tuple[float, ...] | None
    """To fit and to answer the test split."""
    peak_mb: float | None
    right: Values | None
    """``[supports, queries]``, where it is kept."""

    @property
    def accuracy(self) -> float:
        """The mean over supports."""
        return fmean(self.accuracies)

    def __str__(self) -> str:
        few = f" ({len(self.accuracies)})" if len(self.accuracies) not in (1, 10) else ""
        return percent(self.accuracy, None if math.isnan(self.half) else self.half) + few


Cells = dict[tuple[str, int], Cell]  # by corpus and shots


def files() -> dict[str, str]:
    """Return every table under its file's name."""
    systems, about = _systems()
    made = {f"leaderboard-{corpus}.md": of_corpus(corpus, systems, about) for corpus in CORPORA}
    return {"leaderboard.md": overview(systems, about), "leaderboard-peers.md": peers(about), **made}


def _systems() -> tuple[dict[str, Cells], dict[str, dict[str, Any]]]:
    about = tomllib.loads(PEERS.read_text(encoding="utf-8"))
    systems: dict[str, Cells] = {name: {} for name in about}
    lines: dict[tuple[str, str, int], list[dict[str, Any]]] = defaultdict(list)
    for line in _lines():
        lines[line["peer"], line["corpus"], line["shots"]].append(line)
        about[line["peer"]].setdefault("versions", line["versions"])
        about[line["peer"]]["model_mb"] = max(about[line["peer"]].get("model_mb", 0), line["model_mb"] or 0)
    for (name, corpus, shots), own in lines.items():
        systems[name][corpus, shots] = of_lines(own)
    for folder in sorted((RESULTS / "entries").glob("*/")):
        systems[folder.name], about[folder.name] = entry(folder)
    return systems, about


def _lines() -> Iterator[dict[str, Any]]:
    """Yield the peers' lines, and SetFit's of an earlier run, without probabilities, of supports that they lack."""
    there = set()
    for line in read("leaderboard.jsonl"):
        there.add((line["peer"], line["corpus"], line["shots"], line["support"]))
        yield line
    for line in read("beside_setfit.jsonl"):
        if line["system"] == "SetFit" and line["shots"] in SHOTS:
            if ("setfit", line["corpus"], line["shots"], line["seed"]) not in there:
                missing = dict.fromkeys(("reliability", "promise", "peak_mb", "model_mb"))
                versions = {name: number for name, number in line["versions"].items() if name != "fewtext"}
                own = {"peer": "setfit", "support": line["seed"], "versions": versions, "seconds_to_fit": None}
                yield {**line, **missing, **own}


def of_lines(lines: Sequence[dict[str, Any]]) -> Cell:
    """Return the cell of a peer's lines, one a support; calibration is of the answers of all supports together."""
    lines = sorted(lines, key=lambda line: line["support"])
    accuracies = [line["accuracy"] for line in lines]
    bins = [line["reliability"] for line in lines if line["reliability"]]
    kept = [line["promise"] for line in lines if line["promise"]]
    promise = None
    if len(kept) == len(lines):
        given = [one["precision"] for one in kept if one["precision"] is not None]
        promise = fmean(given) if given else None, fmean(one["coverage"] for one in kept)
    timed = [line for line in lines if line["seconds_to_fit"] is not None]
    peaks = [line["peak_mb"] for line in lines if line["peak_mb"] is not None]
    bits = [np.frombuffer(base64.b64decode(line["right"]), np.uint8) for line in lines]
    return Cell(
        accuracies,
        half_width(accuracies, few=True),
        pooled_error(bins) if bins else None,
        promise,
        tuple(fmean(line[key] for line in timed) for key in TIMES) if timed else None,
        max(peaks, default=None),
        np.stack([np.unpackbits(own)[: lines[0]["queries"]] for own in bits]).astype(np.float64),
    )


def pooled_error(supports: Iterable[Sequence[Sequence[float]]]) -> float:
    """Return the calibration error of the answers of several supports, each as its rows of ``reliability``."""
    sums = np.zeros((BINS, 3))
    for rows in supports:
        for count, confidence, share in rows:
            sums[min(int(confidence * BINS), BINS - 1)] += count, count * confidence, count * share
    return calibration_error([[n, confidence / n, right / n] for n, confidence, right in sums if n])


def entry(folder: Path) -> tuple[Cells, dict[str, Any]]:
    """Return the cells of what ``fewtext benchmark run`` wrote for the official grid, and what entry.toml says."""
    about = tomllib.loads((folder / "entry.toml").read_text(encoding="utf-8"))
    timings, cells = {line["key"]: line for line in read_lines(folder / "timings.jsonl")}, {}
    for line in read_lines(folder / "results.jsonl"):
        of, report = line["cell"], line.get("report")
        own = of["track"], of["name"], of["encoder"]
        if report is None or own != ("full-way", about["learner"], about.get("encoder")):
            continue
        kept = report["metrics"]["abstention"]
        cells[of["corpus"], int(of["shots"])] = Cell(
            report["by_support"] or [report["accuracy"]],
            math.nan if report["interval"] is None else report["interval"],
            report["metrics"]["calibration_error"],
            (kept["precision"], kept["coverage"]) if kept else None,
            None,
            timings.get(line["key"], {}).get("peak_mb"),
            None,
        )
        about |= {"versions": report["versions"]}
    return cells, about


def overview(systems: dict[str, Cells], about: dict[str, dict[str, Any]]) -> str:
    """Every system beside fewtext: the paired difference on the supports that both have, the mean of the corpora."""
    rows = []
    for name, cells in systems.items():
        shown = []
        for shots in SHOTS:
            both = [(cells[key], systems[OURS][key]) for corpus in CORPORA if (key := (corpus, shots)) in cells
                    and key in systems[OURS]]  # fmt: skip
            if name == OURS:
                shown.append(percent(fmean(own.accuracy for own, _ in both)) if both else "–")
            else:
                shown.append(_gaps(both))
        rows.append([about[name]["title"], *shown, _ahead(name, systems)])
    return table(["system", *(_shots(shots) for shots in SHOTS), "cells ahead of fewtext"], rows)


def _gaps(both: Sequence[tuple[Cell, Cell]]) -> str:
    if not both:
        return "–"
    gaps = [gap(*pair) for pair in both]
    half = math.sqrt(sum(half**2 for _, half in gaps)) / len(gaps)
    of = "" if len(gaps) == len(CORPORA) else f" ({len(gaps)} corpora)"
    mean = fmean(mean for mean, _ in gaps)
    return (f"{100 * mean:+.1f}" if math.isnan(half) else points(mean, half)) + of


def gap(one: Cell, other: Cell) -> tuple[float, float]:
    """Return the paired difference of two systems' accuracies and half its 95 % interval.

    Over supports where there are several, by Student's t; over queries where there is one.
    """
    count = min(len(one.accuracies), len(other.accuracies))
    if count == 1 and one.right is not None and other.right is not None:
        differences = one.right[0] - other.right[0]
        return float(differences.mean()), half_width(differences)
    gaps = [a - b for a, b in zip(one.accuracies[:count], other.accuracies[:count], strict=True)]
    return fmean(gaps), half_width(gaps, few=True)


def _ahead(name: str, systems: dict[str, Cells]) -> str:
    """Return in how many cells a system is ahead of fewtext, by more than its interval."""
    if name == OURS:
        return ""
    gaps = [gap(cell, systems[OURS][key]) for key, cell in systems[name].items() if key in systems[OURS]]
    return f"{sum(mean > 0 and not mean <= half for mean, half in gaps)} of {len(gaps)}"


def of_corpus(corpus: str, systems: dict[str, Cells], about: dict[str, dict[str, Any]]) -> str:
    """One corpus: accuracy, calibration, what a wanted precision came to, seconds and memory.

    Bold is who is ahead of fewtext on the supports that both have, and fewtext where nobody is.
    """
    leaders = {shots: list(_leaders((corpus, shots), systems)) for shots in SHOTS}
    rows = []
    for name, cells in systems.items():
        own = {shots: cells.get((corpus, shots)) for shots in SHOTS}
        accuracy = [
            "–" if cell is None else f"**{cell}**" if name in leaders[shots] else str(cell)
            for shots, cell in own.items()
        ]
        errors = [own[shots] and own[shots].calibration_error for shots in SHOTS[1:]]
        shown = " / ".join("–" if error is None else f"{100 * error:.1f}" for error in errors)
        rows.append([about[name]["title"], *accuracy, shown, *_beside(own[5])])
    head = ["system", *(_shots(shots) for shots in SHOTS), "calibration error at 1 / 5 / 10"]
    return table([*head, "5 shots: 0.95 asked, right / answered", "seconds to fit / to answer", "peak MB"], rows)


def _leaders(key: tuple[str, int], systems: dict[str, Cells]) -> Iterator[str]:
    ours = systems[OURS].get(key)
    ahead = [name for name, cells in systems.items() if ours and key in cells and gap(cells[key], ours)[0] > 0]
    yield from ahead or [OURS]


def _beside(cell: Cell | None) -> list[str]:
    if cell is None:
        return ["–"] * 3
    promise = "–"
    if cell.promise:
        precision, coverage = cell.promise
        promise = f"{'–' if precision is None else percent(precision)} / {percent(coverage)}"
    seconds = " / ".join(f"{value:.1f}" for value in cell.seconds) if cell.seconds else "–"
    return [promise, seconds, "–" if cell.peak_mb is None else f"{cell.peak_mb:.0f}"]


def peers(about: dict[str, dict[str, Any]]) -> str:
    """Who they are: versions, size, and what their body saw."""
    rows = []
    for one in about.values():
        versions = ", ".join(f"{name} {number}" for name, number in one.get("versions", {}).items())
        size = f"{one['model_mb']:.0f}" if one.get("model_mb") else "–"
        rows.append([one["title"], versions or "not measured", size, one["contamination"]])
    return table(["system", "versions", "model, MB", "what it saw before"], rows)


def _shots(shots: int) -> str:
    return "names alone" if shots == 0 else f"{shots} shot{'s' if shots > 1 else ''}"
