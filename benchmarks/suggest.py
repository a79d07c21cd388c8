"""What labelling the suggested texts is worth beside labelling random ones.

    FEWTEXT_DATA=DATA python benchmarks/suggest.py run
    python benchmarks/suggest.py table

From one example of each class, five rounds of 20 texts that are labelled: suggested ones, or random ones, out of 2,000
of the train split that are not in the support. Ten starts, the default learner and encoder, accuracy on the official
test split after each round. Lines go to benchmarks/results/suggest.jsonl, which is overwritten.
"""

import argparse
import json
import os
import platform
import random
from importlib.metadata import version
from pathlib import Path
from statistics import mean

import torch
from official import official_splits

from fewtext.classify.active_learning import suggest
from fewtext.classify.single_label import SingleLabelClassifier
from fewtext.evaluation.full_way import Supports
from fewtext.metrics.intervals import half_width

RESULTS = Path(__file__).parent / "results" / "suggest.jsonl"
CORPORA = ("banking77", "clinc150", "hwu64", "trec6", "sst2")
ROUNDS, EACH, POOL = 5, 20, 2000


def chosen(how, model, texts, pool, draw):
    if how == "random":
        return draw.sample(pool, EACH)
    return [pool[s.place] for s in suggest(model, [texts[row] for row in pool], EACH)]


def run():
    lines = []
    for name, known, train, test in official_splits(CORPORA):
        curves = {"suggested": [], "random": []}
        for seed, start in enumerate(Supports(shots=1).draw(train)):
            for how, found in curves.items():
                draw = random.Random(seed)
                rest = sorted(set(range(len(train.items))) - set(start))
                pool, rows, curve = draw.sample(rest, POOL), list(start), []
                for step in range(ROUNDS + 1):
                    model = SingleLabelClassifier(encoder=known)
                    model.fit([train.items[row] for row in rows], [train.labels[row] for row in rows])
                    number = {label: i for i, label in enumerate(model.classes_.tolist())}
                    target = torch.tensor([number[label] for label in test.labels])
                    curve.append(
                        (model.probabilities(model.encoder_.encode(test.items)).argmax(-1) == target)
                        .double()
                        .mean()
                        .item()
                    )
                    if step < ROUNDS:
                        new = chosen(how, model, train.items, pool, draw)
                        rows, pool = rows + new, [row for row in pool if row not in set(new)]
                found.append(curve)
        gains = [mean(a[1:]) - mean(b[1:]) for a, b in zip(curves["suggested"], curves["random"], strict=True)]
        lines.append(
            {
                "track": "full-way, inductive", "corpus": name, "gain": mean(gains),
                "interval": half_width(gains, few=True), "starts": len(gains), "rounds": ROUNDS, "each": EACH,
                **{how: [mean(at) for at in zip(*found, strict=True)] for how, found in curves.items()},
                "learner": "logistic", "encoder": known.name, "fingerprint": known.fingerprint, "seed": 0,
                "fewtext": version("fewtext"), "torch": torch.__version__,
                "hardware": f"{platform.machine()}, {os.cpu_count()} cores",
            }
        )  # fmt: skip
        print(lines[-1], flush=True)
    RESULTS.write_text("".join(json.dumps(line) + "\n" for line in lines), encoding="utf-8")


def table():
    print(
        "| corpus | at the start | suggested, at the end | random | gain, mean of the rounds |\n|---|---|---|---|---|"
    )
    for line in map(json.loads, RESULTS.read_text(encoding="utf-8").splitlines()):
        start, last, other = (100 * v for v in (line["random"][0], line["suggested"][-1], line["random"][-1]))
        gain = f"{100 * line['gain']:+.1f} ± {100 * line['interval']:.1f}"
        print(f"| {line['corpus']} | {start:.1f} | {last:.1f} | {other:.1f} | {gain} |")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("what", choices=["run", "table"])
    {"run": run, "table": table}[parser.parse_args().what]()
