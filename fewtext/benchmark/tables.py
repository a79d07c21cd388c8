"""Tables: the rows of a summary for a terminal, Markdown, LaTeX or pandas, and their footnotes."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from fewtext.benchmark.grid import Cell
from fewtext.benchmark.results import Result
from fewtext.benchmark.summary import Row

if TYPE_CHECKING:
    from pandas import DataFrame

MEASURES = {
    "macro_f1": "macro F1",
    "calibration_error": "calibration error",
    "log_loss": "log loss",
    "auroc_right": "AUROC right / wrong",
    "precision": "precision where 95 % is asked for",
    "coverage": "its coverage",
    "auroc": "AUROC in / out of scope",
    "fpr_at_95_tpr": "FPR at 95 % TPR",
    "in_scope_accuracy": "in-scope accuracy at threshold",
    "out_of_scope_f1": "out-of-scope F1 at threshold",
    "similarity_auroc": "AUROC in / out of scope, by similarity",
    "similarity_out_of_scope_f1": "out-of-scope F1 at threshold, by similarity",
}


def long_table(table_rows: Sequence[Row]) -> DataFrame:
    """Return all measures, a line for each condition and learner, for further processing: fractions and seconds."""
    from pandas import DataFrame

    table = DataFrame(
        {
            **row.condition._asdict(),
            "ways": row.condition.ways or None,
            "queries": row.condition.queries or None,
            "folds": " ".join(dict.fromkeys(result.cell.fold or "" for result in row.results)),
            "seeds": " ".join(dict.fromkeys(str(result.cell.seed) for result in row.results)),
            "learner": row.learner,
            "encoder": row.encoder,
            "label_names": row.label_names,
            "accuracy": row.accuracy,
            "interval": row.interval,
            **{name: row.metric(name) for name in MEASURES},
            **{name: row.seconds(name) for name in ("seconds_to_adapt", "seconds_to_predict", "area_by_seconds")},
            "cells": len(row.results),
        }
        for row in table_rows
    )
    return table.drop(columns="folded").astype({"ways": "Int64", "queries": "Int64"})


def wide_table(table_rows: Sequence[Row]) -> DataFrame:
    """Return the accuracies, per cent with their intervals as text, in a column for each condition."""
    from pandas import DataFrame

    columns: dict[str, dict[str, str]] = {}
    for row in table_rows:
        columns.setdefault(row.where, {})[row.learner] = row.shown
    order = list(dict.fromkeys(row.learner for row in table_rows))
    return DataFrame(columns, index=order).fillna("").rename_axis("learner")


_INTERVALS = "± is half a 95 % interval: over tasks, or by Student's t over supports."
_INCOMPLETE = "* Averaged over fewer class folds or seeds than the rest of its column, and not comparable with it."


def footnotes(results: Sequence[Result], table_rows: Sequence[Row]) -> list[str]:
    """Return the notes below a table of results: how they were measured, with what, and what failed."""
    notes = []
    for track in dict.fromkeys(result.track for result in results if result.report):
        own = [r for r in results if r.report and r.track == track]
        tasks = dict.fromkeys(_without_shots(r.report) for r in own if r.report)
        folds = list(dict.fromkeys(r.cell.fold for r in own if r.cell.fold))
        each = f"; in each of the class folds {', '.join(folds)}" if folds else ""
        notes.append(f"Track {track}: {'; '.join(tasks)}{each}.")
    for name in ("encoder", "device", "versions"):
        values = dict.fromkeys(_spelled(name, result.cell, result.report) for result in results if result.report)
        notes.append(f"{name.capitalize()}: {'; '.join(values)}.")
    seeds = sorted({result.cell.seed for result in results})
    notes.append(f"Seed{'s' if len(seeds) > 1 else ''} {', '.join(map(str, seeds))}. {_INTERVALS}")
    if not all(row.complete for row in table_rows):
        notes.append(_INCOMPLETE)
    notes += [f"Failed: {result.cell}: {result.error}" for result in results if result.error]
    notes += dict.fromkeys(f"{result.cell.corpus}: {note}" for result in results for note in result.notes)
    return notes


def _without_shots(report: Mapping[str, Any]) -> str:
    return re.sub(r"(, | after )[\d-]+ examples? a class", r"\1k examples a class", str(report["task"]))


def _spelled(name: str, cell: Cell, report: Mapping[str, Any]) -> str:
    if name == "versions":
        return ", ".join(f"{library} {number}" for library, number in report["versions"].items())
    if name == "encoder":
        names = "" if cell.track == "episodic" else f", {'with' if report['label_names'] else 'no'} label names"
        return f"{report['encoder']} ({report['fingerprint']}, {report['dtype']}){names}"
    return str(report[name])


def text(table_rows: Sequence[Row], notes: Sequence[str]) -> str:
    """Return the table as plain text."""
    return f"{_written(table_rows, 'simple')}\n\n" + "".join(f"{note}\n" for note in notes)


def markdown(table_rows: Sequence[Row], notes: Sequence[str]) -> str:
    """Return the table in Markdown."""
    table = wide_table(table_rows).rename(index=_without_bars, columns=_without_bars)
    return f"{table.to_markdown(tablefmt='github', stralign='left')}\n\n" + "".join(f"- {note}\n" for note in notes)


def latex(table_rows: Sequence[Row], notes: Sequence[str]) -> str:
    """Return the table in LaTeX, for the package booktabs."""
    table = _written(table_rows, "latex_booktabs").replace("±", r"$\pm$")
    return table + "\n\n" + "".join(f"{_escaped(note)}\n\n" for note in notes)


def _written(table_rows: Sequence[Row], kind: str) -> str:
    return str(wide_table(table_rows).to_markdown(tablefmt=kind, stralign="left"))


def _without_bars(name: str) -> str:
    return name.replace("|", r"\|")


_LATEX = {"\\": r"\textbackslash{}", "~": r"\textasciitilde{}", "^": r"\textasciicircum{}", "±": r"$\pm$"}
_LATEX |= {character: "\\" + character for character in "&%$#_{}"}


def _escaped(note: str) -> str:
    return "".join(_LATEX.get(character, character) for character in note)
