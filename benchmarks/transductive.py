"""What transductive prediction adds, on official test splits as they are and with unbalanced classes.

    FEWTEXT_DATA=DATA python benchmarks/transductive.py run
    python benchmarks/transductive.py table

For each corpus and number of shots: 10 supports, those of the full-way track, the default learner and encoder; the
whole test split, and half as many of its texts drawn with shares of classes from Dirichlet(0.5), another draw for each
support. Lines go to benchmarks/results/transductive.jsonl, which is overwritten.
"""

import argparse
import json
from pathlib import Path
from statistics import mean

import numpy as np
import torch
from official import circumstances, official_splits

from fewtext.classify.single_label import SingleLabelClassifier
from fewtext.evaluation.full_way import Supports
from fewtext.metrics.intervals import half_width

RESULTS = Path(__file__).parent / "results" / "transductive.jsonl"
CORPORA = ("banking77", "clinc150", "hwu64", "trec6", "sst2")
SHOTS = (1, 5, 10)
QUERIES = ("as they are", "out of balance")


def unbalanced(target, seed):
    """Return row numbers: half of all, by shares of classes from a Dirichlet distribution."""
    draw = np.random.default_rng(seed)
    ways = int(target.max()) + 1
    shares = draw.dirichlet([0.5] * ways) * len(target) / 2
    rows = []
    for way in range(ways):
        own = (target == way).nonzero()[:, 0].numpy()
        rows += draw.permutation(own)[: round(shares[way])].tolist()
    return torch.tensor(rows)


def run():
    lines = []
    for name, known, train, test in official_splits(CORPORA):
        for shots in SHOTS:
            scores = {(queries, how): [] for queries in QUERIES for how in ("alone", "together")}
            for seed, rows in enumerate(Supports(shots=shots).draw(train)):
                model = SingleLabelClassifier(encoder=known)
                model.fit([train.items[row] for row in rows], [train.labels[row] for row in rows])
                x = model.encoder_.encode(test.items)
                number = {label: i for i, label in enumerate(model.classes_.tolist())}
                target = torch.tensor([number[label] for label in test.labels])
                for queries, part in zip(QUERIES, (torch.arange(len(target)), unbalanced(target, seed)), strict=True):
                    for how, probabilities in (
                        ("alone", model.probabilities(x[part])),
                        ("together", model.transduce(x[part]).probabilities),
                    ):
                        right = probabilities.argmax(-1) == target[part]
                        scores[queries, how].append(right.double().mean().item())
            for queries in QUERIES:
                alone, together = scores[queries, "alone"], scores[queries, "together"]
                gains = [b - a for a, b in zip(alone, together, strict=True)]
                lines.append(
                    {
                        "track": "full-way", "corpus": name, "shots": shots, "queries": queries, "alone": mean(alone),
                        "together": mean(together), "gain": mean(gains), "interval": half_width(gains, few=True),
                        "supports": len(gains), "learner": "logistic", "seed": 0, **circumstances(known),
                    }
                )  # fmt: skip
                print(lines[-1], flush=True)
    RESULTS.write_text("".join(json.dumps(line) + "\n" for line in lines), encoding="utf-8")


def table():
    print("| corpus, shots | queries | one by one | together | gain |\n|---|---|---|---|---|")
    for line in map(json.loads, RESULTS.read_text(encoding="utf-8").splitlines()):
        alone, together, gain, interval = (100 * line[key] for key in ("alone", "together", "gain", "interval"))
        shown = f"{alone:.1f} | {together:.1f} | {gain:+.1f} ± {interval:.1f}"
        print(f"| {line['corpus']}, {line['shots']} | {line['queries']} | {shown} |")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("what", choices=["run", "table"])
    {"run": run, "table": table}[parser.parse_args().what]()
