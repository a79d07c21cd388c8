"""``adaptability.svg``: accuracy against the time to adapt, step by step, from results/adaptability.jsonl."""

import json
import math
from collections import defaultdict
from pathlib import Path
from statistics import fmean

from svg import Card

RESULTS = Path(__file__).parents[1] / "results" / "adaptability.jsonl"
WIDTH, HEIGHT, LEFT, TOP, WIDE, TALL = 960, 470, 62, 92, 640, 300
LABELS, APART = LEFT + WIDE + 60, 17  # where names stand, and how far apart
DECADES = (1e-4, 1e-3, 1e-2, 1e-1)


def curves():
    """Return by learner the seconds, the accuracy and the untrained accuracy by step: means over corpora, and those."""
    found = defaultdict(dict)
    for line in map(json.loads, RESULTS.read_text(encoding="utf-8").splitlines()):
        if not line["corpus"].startswith("omniglot"):
            found[line["corpus"].partition("/")[0]][line["learner"]] = line
    most = max(map(len, found.values()))
    whole = {corpus: lines for corpus, lines in found.items() if len(lines) == most}
    by_learner = {
        name: [
            [fmean(step) for step in zip(*(lines[name][key] for lines in whole.values()), strict=True)]
            for key in ("seconds_by_step", "by_step", "untrained_by_step")
        ]
        for name in next(iter(whole.values()))
    }
    return by_learner, list(whole)


def draw():
    found, corpora = curves()
    shown = [share for _, *curves in found.values() for curve in curves for share in curve[len(curve) > 1 :]]
    low, high = math.floor(100 * min(shown)) / 100, math.ceil(100 * max(shown)) / 100
    card = Card(
        *(WIDTH, HEIGHT, "Adaptability: how accurate, how soon"),
        f"Five unseen classes of {', '.join(corpora)}, one example each, 600 tasks. Lines go from inner step to inner "
        "step; dashed ones from the start before training.",
        "Learners in closed form answer best and soonest; gradient learners are as good as they get after two steps.",
        "Across: milliseconds of one thread until the classifier is there (log). Before their first step, gradient "
        "learners whose head is at zero guess: 20 %.",
        "Seed 0",
    )

    def across(seconds):
        span = math.log(DECADES[-1] / DECADES[0])
        return LEFT + WIDE * math.log(min(max(seconds, DECADES[0]), DECADES[-1]) / DECADES[0]) / span

    def up(share):
        return TOP + TALL * (1 - (share - low) / (high - low))

    for percent in range(round(100 * low), round(100 * high) + 1):
        if (high - low) * 100 < 10 or percent % 2 == 0:
            card.line(LEFT, up(percent / 100), LEFT + WIDE, up(percent / 100))
            card.text(LEFT - 8, up(percent / 100) + 4, f"{percent} %", 11, "soft", "end")
    for seconds in DECADES:
        card.text(across(seconds), TOP + TALL + 18, f"{1000 * seconds:g} ms", 11, "soft", "middle")
    places = named(sorted((up(accuracy[-1]), name) for name, (_, accuracy, _) in found.items()))
    for name, (seconds, accuracy, before) in found.items():
        colour = "orange" if len(accuracy) > 1 else "blue"
        points = reached(seconds, accuracy, low, across, up)
        start = reached(seconds, before, low, across, up)
        if len(start) > 1:
            card.path("M" + "L".join(f"{x:.1f} {y:.1f}" for x, y in start), colour, 1, dash="3 4")
        x, y = points[-1]
        card.line(x, y, LABELS - 6, places[name] - 4, "grid")
        if len(points) > 1:
            card.path("M" + "L".join(f"{x:.1f} {y:.1f}" for x, y in points), colour, 1.5)
        for x, y in points:
            card.mark(x, y, colour, "diamond" if len(accuracy) > 1 else "circle", 3.2)
        card.text(LABELS, places[name], f"{name}  {100 * accuracy[-1]:.1f}", 12, colour)
    card.save("adaptability.svg")


def reached(seconds, accuracy, low, across, up):
    """Return the points of a curve that are no guesses."""
    return [(across(t), up(share)) for t, share in zip(seconds, accuracy, strict=True) if share >= low]


def named(ends):
    """Return where the names stand, from the top, as near their curves' ends as they can without overlapping."""
    places, last = {}, -math.inf
    for y, name in ends:
        last = max(y + 4, last + APART)
        places[name] = last
    excess = max(0.0, last - (TOP + TALL + 30))
    return {name: y - excess for name, y in places.items()}


if __name__ == "__main__":
    draw()
