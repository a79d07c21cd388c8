"""Charts of a grid's results, drawn by matplotlib: an SVG each, of one corpus."""

from __future__ import annotations

import base64
import io
from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from fewtext.benchmark.summary import Condition, Row, names_of

# Okabe and Ito's colours, which the colour-blind can distinguish, and a marker each.
_COLOURS = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9", "#000000", "#8C8C00")
_MARKERS = "osD^vPX*"
_ENOUGH = 0.002  # the share of all answers that a bin needs to be drawn
_SIZE = (4.6, 3.4)  # inches: legible on a phone's width


@dataclass(frozen=True)
class Chart:
    """A chart with its title and a caption; ``source`` is its SVG as a data URL."""

    title: str
    caption: str
    source: str


def charts(rows: Sequence[Row]) -> dict[str, list[Chart]]:
    """Return the charts that these rows have data for, by heading."""
    style = {name: number for number, name in enumerate(dict.fromkeys(row.learner for row in rows))}
    groups: dict[Condition, list[Row]] = defaultdict(list)
    for row in rows:
        groups[row.condition._replace(shots="")].append(row)
    titles = names_of(list(groups))
    drawn: dict[str, list[Chart]] = defaultdict(list)
    for where, group in groups.items():
        last = max((row.shots for row in group), key=lambda shots: shots.high)
        most = [row for row in group if row.shots == last]
        title, at = titles[where], most[0].where
        if len({row.shots for row in group if row.shots.low == row.shots.high}) > 1:
            drawn["Accuracy by shots"].append(
                _chart(title, "accuracy by examples a class; bands are 95 % intervals", group, style, _by_shots)
            )
        if any(row.by_step for row in most):
            drawn["Accuracy by inner steps"].append(
                _chart(at, "accuracy after each inner step, of the first 100 tasks", most, style, _by_step)
            )
        if all(row.seconds("seconds_to_adapt") > 0 for row in most):
            drawn["Accuracy against the time to adapt"].append(
                _chart(at, "accuracy by the time to adapt to one encoded support, step by step", most, style, _by_time)
            )
        drawn["Reliability"].append(
            _chart(at, "share of right answers by confidence; calibrated ones lie on the diagonal", most, style,
                   _by_confidence)
        )  # fmt: skip
    return drawn


def _chart(title: str, caption: str, group: Sequence[Row], style: dict[str, int], draw: Callable[..., None]) -> Chart:
    from matplotlib import rc_context
    from matplotlib.figure import Figure

    stream = io.StringIO()
    # Names are not formulas, whatever signs they contain; and equal results give equal images.
    with rc_context({"svg.hashsalt": "fewtext", "svg.fonttype": "path", "text.parse_math": False}):
        figure = Figure(figsize=_SIZE, layout="constrained")
        axes = figure.subplots()
        for learner in dict.fromkeys(row.learner for row in group):
            number = style[learner]
            look = {
                "color": _COLOURS[number % len(_COLOURS)],
                "marker": _MARKERS[number % len(_MARKERS)],
                "label": f" {learner}" if learner.startswith("_") else learner,  # a legend skips labels with a _ first
                "linewidth": 1.4,
                "markersize": 4,
            }
            draw(axes, [row for row in group if row.learner == learner], look)
        axes.spines[["top", "right"]].set_visible(False)
        axes.grid(alpha=0.25, linewidth=0.6)
        axes.set_title(title, fontsize=10)
        axes.margins(y=0.12)
        axes.legend(frameon=False, fontsize=7, ncols=1 + len(axes.get_lines()) // 9)
        figure.savefig(stream, format="svg", metadata={"Date": None})
    source = base64.b64encode(stream.getvalue().encode()).decode()
    return Chart(title, caption, f"data:image/svg+xml;base64,{source}")


def _by_shots(axes: Any, group: Sequence[Row], look: dict[str, Any]) -> None:
    points = sorted((row.shots.low, row.accuracy, row.interval) for row in group if row.shots.low == row.shots.high)
    shots, means, halves = ([point[i] for point in points] for i in range(3))
    axes.plot(shots, [100 * mean for mean in means], **look)
    band = zip(means, halves, strict=True)
    ends = [(max(0.0, mean - half), min(1.0, mean + half)) for mean, half in band if half == half]
    if len(ends) == len(shots):
        lows, highs = zip(*((100 * low, 100 * high) for low, high in ends), strict=True)
        axes.fill_between(shots, lows, highs, color=look["color"], alpha=0.15, linewidth=0)
    axes.set(xlabel="examples a class", ylabel="accuracy, %")
    axes.xaxis.get_major_locator().set_params(integer=True)


def _by_step(axes: Any, group: Sequence[Row], look: dict[str, Any]) -> None:
    for row in group:
        if row.by_step:
            axes.plot(range(len(row.by_step)), [100 * share for share in row.by_step], **look)
    axes.set(xlabel="inner steps", ylabel="accuracy, %")


def _by_time(axes: Any, group: Sequence[Row], look: dict[str, Any]) -> None:
    for row in group:
        y, x = 100 * row.accuracy, 1000 * row.seconds("seconds_to_adapt")
        axes.errorbar(x, y, yerr=100 * row.interval, **{**look, "linewidth": 0, "elinewidth": 1.2})
        if reached := row.seconds_by_step:
            steps = [100 * share for share in row.by_step]
            axes.plot([1000 * t for t in reached], steps, color=look["color"], linewidth=look["linewidth"])
    axes.set(xlabel="milliseconds to adapt", ylabel="accuracy, %", xscale="log")
    axes.xaxis.set_major_formatter("{x:g}")  # the default writes powers as formulas
    axes.xaxis.set_minor_formatter("")


def _by_confidence(axes: Any, group: Sequence[Row], look: dict[str, Any]) -> None:
    for row in group:
        bins = row.reliability
        total = sum(count for count, _, _ in bins)
        _, confidence, share = zip(*(line for line in bins if line[0] >= _ENOUGH * total), strict=True)
        label = f"{look['label']} (error {100 * row.metric('calibration_error'):.1f})"
        axes.plot([100 * value for value in confidence], [100 * value for value in share], **{**look, "label": label})
    if not [line for line in axes.get_lines() if line.get_linestyle() == ":"]:
        axes.plot([0, 100], [0, 100], ":", color="grey", linewidth=1)
    axes.set(xlabel="confidence, %", ylabel="right, %", xlim=(0, 100), ylim=(0, 100))
