"""Figures, drawn by matplotlib: curves of training and of regret, and episodes with right and wrong answers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from importlib.util import find_spec
from itertools import cycle
from pathlib import Path
from typing import TYPE_CHECKING, Any

import torch
from torch import Tensor

from fewtext.contracts.learner import Learner
from fewtext.errors import FewtextError
from fewtext.files.tables import atomic_output, check_writable
from fewtext.training.batching import Batch, answer_tasks

if TYPE_CHECKING:
    from matplotlib.figure import Figure

FORMATS = ("png", "svg", "pdf")
EPISODES = 4  # in an episode figure
MOST_ROWS, MOST_SUPPORT, MOST_QUERIES = 10, 5, 10  # classes, and images of each, that it shows
SMOOTHED = 50  # a running mean is over one in this many points of its curve
RIGHT, WRONG, NEUTRAL = "#2a7f3f", "#c62828", "#9e9e9e"


def check_figure(path: Path) -> None:
    """Raise ``FewtextError``, before the work, where a figure could not be drawn or written."""
    if find_spec("matplotlib") is None:
        raise FewtextError("figures need matplotlib", hint='pip install "fewtext[figures]"')
    if path.suffix.lower().lstrip(".") not in FORMATS:
        raise FewtextError(f"cannot tell the format of {path}", hint=f"use the suffix .{', .'.join(FORMATS)}")
    check_writable(path)


def draw_curves(metrics: Sequence[Mapping[str, float]], path: Path, title: str) -> None:
    """Draw the loss and the accuracy on validation classes over the outer steps, as a run logged them."""
    from matplotlib.figure import Figure

    figure = Figure(figsize=(9, 3.4), layout="constrained")
    left, right = figure.subplots(1, 2)
    steps, losses = _series(metrics, "loss")
    left.plot(steps, losses, color=NEUTRAL, linewidth=0.6, alpha=0.6)
    width = max(1, len(losses) // SMOOTHED)
    means = torch.tensor(losses).unfold(0, width, 1).mean(1).tolist() if losses else []
    left.plot(steps[width - 1 :], means, color="black", linewidth=1.4, label=f"mean of {width} steps")
    left.set(xlabel="outer step", ylabel="loss", yscale="log" if losses and min(losses) > 0 else "linear")
    left.legend(frameon=False)
    steps, accuracy = _series(metrics, "valid_accuracy")
    right.plot(steps, [100 * value for value in accuracy], color="black", marker="o", markersize=3, linewidth=1)
    if accuracy:
        best = max(range(len(accuracy)), key=accuracy.__getitem__)
        right.plot(steps[best], 100 * accuracy[best], "o", color=RIGHT, label=f"{accuracy[best]:.1%} at {steps[best]}")
        right.legend(frameon=False, loc="lower right")
    right.set(xlabel="outer step", ylabel="accuracy on validation classes, %")
    for axes in (left, right):
        axes.spines[["top", "right"]].set_visible(False)
    figure.suptitle(title, fontsize=10)
    save_figure(figure, path)


def draw_episodes(learner: Learner, batch: Batch, path: Path, title: str) -> None:
    """Draw the episodes of a batch of images: a row for each class, its support on the left, its queries on the right.

    A query's frame is green where the answer is right and red where it is wrong, with the row answered above it.
    """
    from matplotlib.figure import Figure

    if batch.x.dim() != 5:
        message = "an episode figure shows images, and these features are vectors"
        raise FewtextError(message, hint="take the encoder pixels")
    with torch.no_grad():
        answers = answer_tasks(learner.eval(), batch).argmax(-1)
    rows = min(batch.ways, MOST_ROWS)
    shots = min(int(batch.y.shape[1] / batch.ways), MOST_SUPPORT)
    queries = min(int(batch.target.shape[1] / batch.ways), MOST_QUERIES)
    columns = 1 if len(batch) == 1 or shots + queries > 12 else 2
    figure = Figure(
        figsize=(columns * 0.52 * (shots + queries + 1.5), -(-len(batch) // columns) * (0.6 * rows + 0.5)),
        layout="constrained",
    )
    figure.suptitle(title, fontsize=10)
    panels = figure.subfigures(-(-len(batch) // columns), columns, squeeze=False).flatten()
    for task, panel in enumerate(panels[: len(batch)]):
        share = (answers[task] == batch.target[task]).double().mean().item()
        panel.suptitle(f"episode {task + 1}: {share:.0%} right", fontsize=8)
        grid = panel.subplots(rows, shots + queries + 1, squeeze=False)
        for row in range(rows):
            own = ((batch.y[task] == row) & (batch.weight[task] > 0)).nonzero()[:shots, 0].tolist()
            asked = (batch.target[task] == row).nonzero()[:queries, 0].tolist()
            for axes in grid[row]:
                axes.axis("off")
            for axes, place in zip(grid[row], own, strict=False):
                _image(axes, batch.x[task, place], NEUTRAL)
            for axes, place in zip(grid[row][shots + 1 :], asked, strict=False):
                given = int(answers[task, place])
                _image(axes, batch.query[task, place], RIGHT if given == row else WRONG)
                if given != row:
                    axes.set_title(f"row {given + 1}", fontsize=6, color=WRONG, pad=1.5)
            grid[row][0].text(-0.25, 0.5, str(row + 1), transform=grid[row][0].transAxes, fontsize=7, va="center")
    save_figure(figure, path)


def draw_regret(regrets: Mapping[str, Sequence[float]], path: Path, title: str) -> None:
    """Draw how many answers were wrong so far after each example of a sequence, a curve for each learner."""
    from matplotlib.figure import Figure

    figure = Figure(figsize=(6, 3.6), layout="constrained")
    axes = figure.subplots()
    for style, (name, regret) in zip(cycle(("-", "--", ":", "-.")), regrets.items(), strict=False):
        axes.plot(range(1, len(regret) + 1), regret, style, color="black", linewidth=1.4, label=name)
    axes.set(xlabel="examples answered", ylabel="wrong answers so far", title=title)
    axes.legend(frameon=False)
    axes.spines[["top", "right"]].set_visible(False)
    save_figure(figure, path)


def _image(axes: Any, pixels: Tensor, colour: str) -> None:
    grey = pixels.shape[0] == 1
    axes.imshow(pixels[0] if grey else pixels.permute(1, 2, 0), cmap="gray_r", vmin=0, vmax=1)
    axes.axis("on")
    axes.set(xticks=[], yticks=[])
    for spine in axes.spines.values():
        spine.set(color=colour, linewidth=1.6)


def _series(metrics: Sequence[Mapping[str, float]], name: str) -> tuple[list[int], list[float]]:
    points = [(int(line["step"]), line[name]) for line in metrics if name in line]
    return [step for step, _ in points], [value for _, value in points]


def save_figure(figure: Figure, path: Path) -> None:
    """Write a figure atomically, in the format of the file's suffix."""
    with atomic_output(path) as stream:
        figure.savefig(stream.buffer, format=path.suffix.lower().lstrip("."), dpi=150)
