"""``shots-beside-setfit.svg``: accuracy by examples a label beside SetFit, from results/beside_setfit.jsonl."""

import base64
import json
import math
from pathlib import Path

import numpy as np
from svg import Card

from fewtext.metrics.intervals import paired_bootstrap

RESULTS = Path(__file__).parents[1] / "results" / "beside_setfit.jsonl"
CORPORA = {
    "banking77": ("BANKING77", "77 intents"),
    "clinc150": ("CLINC150", "150 intents"),
    "hwu64": ("HWU64", "64 intents"),
    "trec6": ("TREC", "6 question types"),
    "sst2": ("SST-2", "2 sentiments"),
}
SYSTEMS = {  # name in the results: (shown, colour, mark, place beside the others)
    "SetFit": ("SetFit 1.2", "orange", "square", 3),
    "logistic, tuned": ("fewtext, fine-tuned (--tune contrastive)", "green", "diamond", 0),
    "logistic": ("fewtext, as it comes", "blue", "circle", -3),
}
SHOTS = (1, 5, 10, 16)
WIDTH, LEFT, TOP, TALL, WIDE, APART = 960, 52, 118, 240, 150, 180


def accuracies(runs):
    """Return what was right, ``[supports, texts]``, and the seconds to fit by corpus, system shown and shots."""
    found = {}
    for run in (run for run in runs if run["system"] in SYSTEMS):
        bits = np.frombuffer(base64.b64decode(run["right"]), np.uint8)
        right = np.unpackbits(bits)[: run["queries"]].astype(float)
        rights, seconds = found.setdefault((run["corpus"], run["system"], run["shots"]), ([], []))
        rights.append(right)
        seconds.append(run["seconds_to_fit"])
    return {key: (np.stack(rights), float(np.mean(seconds))) for key, (rights, seconds) in found.items()}


def across(shots):
    return WIDE * math.log(shots) / math.log(SHOTS[-1])


def up(accuracy):
    return TOP + TALL * (1 - (accuracy - 0.3) / 0.7)


def draw():
    runs = [json.loads(line) for line in RESULTS.read_text(encoding="utf-8").splitlines()]
    found = accuracies(runs)
    made = ", ".join(f"{library} {runs[-1]['versions'][library]}" for library in ("fewtext", "setfit", "torch"))
    card = Card(
        *(WIDTH, 452, "Beside SetFit: accuracy by examples a label"),
        "The same encoder, examples and test texts. Bars are 95 % intervals: test texts resampled, and the "
        "three supports of 5, 8 and 16.",
        "fewtext lies above SetFit on three sets of intents and below it on TREC until its encoder is fine-tuned.",
        "Across: examples a label (log). Seconds to fit: at 5, on two cores, no GPU.",
        f"Seeds 0 to 2; {made}",
    )
    x = 24
    for shown, colour, mark, _ in reversed(SYSTEMS.values()):
        card.line(x, 76, x + 22, 76, colour, 2.0)
        card.mark(x + 11, 76, colour, mark)
        card.text(x + 29, 80.5, shown, 13)
        x += 29 + 7 * len(shown) + 26
    for place, corpus in enumerate(CORPORA):
        panel(card, LEFT + place * APART, corpus, found, first=place == 0)
    card.save("shots-beside-setfit.svg")


def panel(card, left, corpus, found, first):
    name, kind = CORPORA[corpus]
    card.text(left, TOP - 8, name, 13, weight=600)
    card.text(left + WIDE, TOP - 8, kind, 11, "soft", "end")
    for percent in (40, 60, 80, 100):
        card.line(left, up(percent / 100), left + WIDE, up(percent / 100))
        if first:
            card.text(left - 8, up(percent / 100) + 4, f"{percent} %", 11, "soft", "end")
    for shots in SHOTS:
        card.text(left + across(shots), TOP + TALL + 18, str(shots), 11, "soft", "middle")
    for system, (_, colour, mark, aside) in SYSTEMS.items():
        points = []
        for (_, _, shots), (right, _) in sorted(item for item in found.items() if item[0][:2] == (corpus, system)):
            mean = paired_bootstrap([right])
            points.append((left + across(shots) + aside, up(mean.mean)))
            card.interval(points[-1][0], up(mean.high), up(mean.low), colour)
        if points:
            card.path("M" + "L".join(f"{x:.1f} {y:.1f}" for x, y in points), colour)
        for x, y in points:
            card.mark(x, y, colour, mark)
    ours, theirs = (found[corpus, system, 5][1] for system in ("logistic", "SetFit"))
    card.text(left, TOP + TALL + 42, f"fewtext fits in {ours:.1f} s", 11, "blue", weight=600)
    card.text(left, TOP + TALL + 58, f"SetFit in {theirs:.0f} s", 11, "orange", weight=600)
