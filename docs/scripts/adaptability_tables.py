"""The tables of adaptability and of drawings in colour, from ``benchmarks/results``."""

import statistics
from collections.abc import Sequence
from typing import Any

from result_tables import UNBROKEN, percent, read, slug, table

ARROW = f"{UNBROKEN}→ "
CLOSED = "–"  # a learner that takes no steps has no area by step
IN_COLOUR = [(corpus, shots) for corpus in ("colour_glyphs", "glyph_textures") for shots in (1, 5)]


def files() -> dict[str, str]:
    """Return every table under its file's name."""
    return {
        "adaptability.md": adaptability(),
        "adaptability-omniglot.md": on_omniglot(),
        "colour.md": in_colour(),
    }


def adaptability() -> str:
    """Every learner on unseen classes of intents, the mean over the corpora that all were measured on."""
    found: dict[str, dict[str, dict[str, Any]]] = {}
    for line in read("adaptability.jsonl"):
        if not line["corpus"].startswith("omniglot"):
            found.setdefault(line["corpus"].partition("/")[0], {})[line["learner"]] = line
    most = max(map(len, found.values()))
    whole = {corpus: lines for corpus, lines in found.items() if len(lines) == most}
    by_learner = {name: [lines[name] for lines in whole.values()] for name in next(iter(whole.values()))}
    ranked = sorted(by_learner.items(), key=lambda item: -_mean(item[1], "area_by_seconds"))
    rows = [[f"[`{name}`](../learners/{slug(name)}.md)", *_cells(lines)] for name, lines in ranked]
    return f"{table(['learner', *COLUMNS], rows)}\n\nIn each cell the mean over {', '.join(whole)}."


COLUMNS = ["inner steps", "accuracy, before → after training", "area by step", "ms to adapt", "area by seconds"]


def on_omniglot() -> str:
    """The learner of characters that comes along, before and after its training."""
    lines = [line for line in read("adaptability.jsonl") if line["corpus"].startswith("omniglot")]
    rows = [[f"`{line['learner']}`, {line['ways']}-way 1-shot", *_cells([line])[1:]] for line in lines]
    return table(["learner", *COLUMNS[1:]], rows)


def _cells(lines: Sequence[dict[str, Any]]) -> list[str]:
    steps = len(lines[0]["by_step"]) - 1
    before = statistics.fmean(line["untrained_by_step"][-1] for line in lines)
    after = statistics.fmean(line["by_step"][-1] for line in lines)
    areas = (_mean(lines, f"{start}area_by_step") for start in ("untrained_", ""))
    seconds = statistics.fmean(line["seconds_by_step"][-1] for line in lines)
    return [
        str(steps),
        percent(before) + ARROW + percent(after),
        ARROW.join(map(percent, areas)) if steps else CLOSED,
        f"{1000 * seconds:.2f}" if seconds < 0.01 else f"{1000 * seconds:.0f}",
        percent(_mean(lines, "area_by_seconds")),
    ]


def _mean(lines: Sequence[dict[str, Any]], name: str) -> float:
    return statistics.fmean(line[name] for line in lines)


def in_colour() -> str:
    """Drawings in colour: class means of raw pixels, and learners before and after training."""
    lines = read("colour.jsonl")
    latest = {(line["corpus"].partition("/")[0], line["name"], line["shots"]): line for line in lines}
    rows = []
    for name, title in (("pixels", "class means of raw pixels"), ("protonet", "`protonet`"), ("maml", "`maml`")):
        cells = [latest.get((corpus, name, shots)) for corpus, shots in IN_COLOUR]
        if any(cells):
            rows.append([title, *(_before_and_after(cell) if cell else CLOSED for cell in cells)])
    return table(["unseen classes, 5-way", *(f"`{corpus}`, {shots}-shot" for corpus, shots in IN_COLOUR)], rows)


def _before_and_after(line: dict[str, Any]) -> str:
    before = line["untrained_by_step"]
    return (percent(before[-1]) + ARROW if before else "") + percent(line["accuracy"], line["interval"])
