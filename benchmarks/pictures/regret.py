"""``regret.svg``: wrong answers along sequences, told labels or right and wrong, from results/bandit.jsonl."""

import json
from pathlib import Path

from svg import Card

RESULTS = Path(__file__).parents[1] / "results"
CORPORA = {"omniglot": "Omniglot", "banking77": "BANKING77", "clinc150": "CLINC150"}
MANN = "mann, told the labels"
CURVES = {  # name: (colour, dash)
    "chance": ("soft", "2 4"),
    "nearest-neighbour bandit": ("orange", "7 4"),
    "rl2": ("blue", ""),
    MANN: ("green", ""),
}
LEFT, TOP, WIDE, TALL, APART, MOST = 56, 118, 250, 220, 300, 20


def regrets():
    """Return the curves of each corpus: the first run of rl2 on it with those beside it, and mann's."""
    found = {}
    for line in map(json.loads, (RESULTS / "bandit.jsonl").read_text(encoding="utf-8").splitlines()):
        curves = found.setdefault(line["corpus"].partition("/")[0], {})
        if line["learner"] == "mann":
            curves.setdefault(MANN, line["regret"])
        elif "rl2" not in curves:
            curves["rl2"] = line["regret"]
            curves.update((name, earned["regret"]) for name, earned in line["beside"].items())
        versions = line["versions"]
    if "omniglot" in found and MANN not in found["omniglot"]:
        found["omniglot"][MANN] = total()
    return found, versions


def total():
    """Return the wrong answers of the earlier run of mann on the same sequences of Omniglot: the last point alone."""
    lines = map(json.loads, (RESULTS / "omniglot.jsonl").read_text(encoding="utf-8").splitlines())
    *_, line = (line for line in lines if line["name"] == "mann")
    return [line["queries_a_task"] * (1 - line["accuracy"])]


def draw():
    found, versions = regrets()
    shown = [corpus for corpus in CORPORA if corpus in found]
    made = ", ".join(f"{library} {versions[library]}" for library in ("fewtext", "torch"))
    card = Card(
        *(LEFT + APART * max(len(shown), 2) + 24, 400, "Told only right or wrong: wrong answers so far"),
        "Five unseen classes, ten examples each in random order; the mean of 1,000 sequences.",
        "rl2 is wrong less often than the nearest-neighbour bandit, and more often than mann, which is told labels.",
        "Across: examples answered. Upwards: wrong answers so far; chance goes on to 40.",
        made,
    )
    x = 24
    for name, (colour, dash) in CURVES.items():
        if any(name in curves for curves in found.values()):
            card.line(x, 80, x + 22, 80, colour, 2.0, dash=dash)
            card.text(x + 29, 84.5, name, 13)
            x += 29 + 7 * len(name) + 22
    for place, corpus in enumerate(shown):
        panel(card, LEFT + place * APART, CORPORA[corpus], found[corpus])
    card.save("regret.svg")


def panel(card, left, title, curves):
    """Draw the curves of one corpus."""
    card.text(left, TOP - 10, title, 13, weight=600)
    card.rect(left, TOP, WIDE, TALL)
    for wrong in range(0, MOST + 1, 5):
        y = TOP + TALL * (1 - wrong / MOST)
        card.line(left, y, left + WIDE, y)
        card.text(left - 8, y + 4, str(wrong), 11, "soft", "end")
    for name, (colour, dash) in CURVES.items():
        curve = curves.get(name, [])
        if len(curve) == 1:
            card.mark(left + WIDE, TOP + TALL * (1 - curve[0] / MOST), colour, "diamond")
        elif curve:
            step = WIDE / len(curve)
            points = [
                f"{left + step * k:.1f} {TOP + TALL * (1 - wrong / MOST):.1f}" for k, wrong in enumerate([0, *curve])
            ]
            card.path("M" + "L".join(points), colour, dash=dash)
    answers = max(map(len, curves.values()))
    for share in (0, 0.5, 1):
        card.text(left + WIDE * share, TOP + TALL + 18, f"{answers * share:.0f}", 11, "soft", "middle")
