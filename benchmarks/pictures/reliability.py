"""``reliability.svg``: stated probabilities against the share that was right, from results/full_way."""

import json
from pathlib import Path

from svg import Card

RESULTS = Path(__file__).parents[1] / "results" / "full_way" / "results.jsonl"
CORPORA = {"banking77": "BANKING77", "clinc150": "CLINC150", "hwu64": "HWU64", "trec6": "TREC", "sst2": "SST-2"}
CELL = ("full-way", "logistic", None, "5")  # track, learner, encoder, shots
LEFT, TOP, SIDE, APART = 56, 104, 150, 178


def reports():
    """Return the report of each corpus: the default classifier, five examples a label, ten supports."""
    found = {}
    for line in RESULTS.read_text(encoding="utf-8").splitlines():
        run = json.loads(line)
        cell = run["cell"]
        if (cell["track"], cell["learner"], cell["encoder"], cell["shots"]) == CELL:
            found[cell["corpus"]] = run["report"]
    return found


def draw():
    found = reports()
    run = found["banking77"]
    made = ", ".join(f"{library} {run['versions'][library]}" for library in ("fewtext", "torch"))
    card = Card(
        *(960, 348, "Do probabilities hold? What was stated against what was right"),
        "The default classifier from five examples a label; ten supports, official test texts. On the dashed line, "
        "what is stated at 80 % is right 8 times in 10.",
        "Stated probabilities follow the share of right answers on intents; on TREC and SST-2 less so.",
        "Across: the probability stated, and how often, as bars. Upwards: the share of those answers that was right.",
        f"Seed {run['seed']}; {made}",
    )
    for place, corpus in enumerate(CORPORA):
        panel(card, LEFT + place * APART, corpus, found[corpus], first=place == 0)
    card.save("reliability.svg")


def panel(card, left, corpus, report, first):
    bins = report["metrics"]["reliability"]  # answers, mean probability stated, share right
    most = max(count for count, _, _ in bins)
    card.text(left, TOP - 10, CORPORA[corpus], 13, weight=600)
    card.rect(left, TOP, SIDE, SIDE)
    error = 100 * report["metrics"]["calibration_error"]
    card.text(left + SIDE - 8, TOP + SIDE - 26, "calibration error", 10, "soft", "end")
    card.text(left + SIDE - 8, TOP + SIDE - 10, f"{error:.1f} points", 12, "ink", "end", 600)
    for half, anchor in ((0, "start"), (0.5, "middle"), (1, "end")):
        card.text(left + SIDE * half, TOP + SIDE + 48, f"{100 * half:.0f} %", 11, "soft", anchor)
        if first:
            card.text(left - 8, TOP + SIDE * (1 - half) + 4, f"{100 * half:.0f} %", 11, "soft", "end")
    card.line(left, TOP + SIDE, left + SIDE, TOP, "soft", 1.2, dash="4 4")
    points = [(left + SIDE * stated, TOP + SIDE * (1 - right)) for _, stated, right in bins]
    card.path("M" + "L".join(f"{x:.1f} {y:.1f}" for x, y in points), "blue")
    for (x, y), (count, _, _) in zip(points, bins, strict=True):
        card.circle(x, y, 2.5 + 3.5 * (count / most) ** 0.5)
        tall = 26 * count / most
        card.rect(x - 4, TOP + SIDE + 32 - tall, 8, tall, "blue")
    card.line(left, TOP + SIDE + 32, left + SIDE, TOP + SIDE + 32, "soft")
