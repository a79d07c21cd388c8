"""Adaptability drawn by matplotlib: accuracy by inner step and by second, from a learned start and an untrained one."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from fewtext.evaluation.adaptability import LATE, SOON
from fewtext.evaluation.figures import NEUTRAL, RIGHT, save_figure
from fewtext.evaluation.report import Report


def draw_adaptability(report: Report, chance: float, path: Path, title: str) -> None:
    """Draw a report's curves: on the left by inner step, on the right by the logarithm of seconds.

    The area on the right, below the last classifier that is there at each moment, is ``area_by_seconds``. ``chance`` is
    the accuracy before the first.
    """
    from matplotlib.figure import Figure

    assert report.seconds_by_step is not None and report.area_by_seconds is not None
    figure = Figure(figsize=(9, 3.4), layout="constrained")
    left, right = figure.subplots(1, 2, sharey=True)
    accuracy = report.by_step or [report.accuracy]
    _by_step(left, accuracy, report.area_by_step, "trained" if report.trained else "", RIGHT, "o-")
    if report.untrained_by_step:
        _by_step(left, report.untrained_by_step, report.untrained_area_by_step, "before training", NEUTRAL, "s--")
    left.set(xlabel="inner steps", ylabel="accuracy, %")
    left.xaxis.get_major_locator().set_params(integer=True)
    moments = [min(max(seconds, SOON), LATE) for seconds in report.seconds_by_step]
    levels = [100 * share for share in (chance, *accuracy, accuracy[-1])]
    right.fill_between([SOON, *moments, LATE], levels, step="post", color=RIGHT, alpha=0.15, linewidth=0)
    right.step([SOON, *moments, LATE], levels, where="post", color=RIGHT, label=f"area {report.area_by_seconds:.3f}")
    right.plot(moments, [100 * share for share in accuracy], "o", color=RIGHT, markersize=4)
    right.set(xlabel=f"seconds after the support, on {report.device}", xscale="log", xlim=(SOON, LATE), ylim=(0, 101))
    for axes in (left, right):
        axes.spines[["top", "right"]].set_visible(False)
        if axes.get_legend_handles_labels()[1]:
            axes.legend(frameon=False, loc="lower right")
    figure.suptitle(title, fontsize=10)
    save_figure(figure, path)


def _by_step(axes: Any, accuracy: Sequence[float], area: float | None, name: str, colour: str, look: str) -> None:
    label = ", ".join(filter(None, (name, f"area {area:.3f}" if area is not None else "")))
    shares = [100 * share for share in accuracy]
    axes.plot(range(len(shares)), shares, look, color=colour, markersize=4, linewidth=1.4, label=label or None)
