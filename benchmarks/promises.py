"""Whether promises are kept: ``--precision 0.95`` and ``--set 0.9`` on official test splits, after 5 examples a class.

    FEWTEXT_DATA=DATA python benchmarks/promises.py run
    python benchmarks/promises.py table

10 supports, those of the full-way track, default settings. A promise is broken where fewer of a support's given answers
are right than was asked; where nothing is promised, nothing is answered. Lines go to benchmarks/results/promises.jsonl,
which is overwritten.
"""

import argparse
import json
from pathlib import Path
from statistics import mean

import torch
from official import circumstances, official_splits

from fewtext.classify.single_label import SingleLabelClassifier
from fewtext.evaluation.full_way import Supports

RESULTS = Path(__file__).parent / "results" / "promises.jsonl"
CORPORA = ("banking77", "clinc150", "hwu64", "trec6", "sst2")
PRECISION, COVERAGE, SHOTS = 0.95, 0.9, 5


def run():
    lines = []
    for name, known, train, test in official_splits(CORPORA):
        precisions, coverages, promised, covered, sizes = [], [], [], [], []
        for rows in Supports(shots=SHOTS).draw(train):
            model = SingleLabelClassifier(encoder=known)
            model.fit([train.items[row] for row in rows], [train.labels[row] for row in rows])
            x = model.encoder_.encode(test.items)
            probabilities, labels = model.probabilities(x), model.classes_.tolist()
            target = torch.tensor([labels.index(label) for label in test.labels])
            confidence, answer = probabilities.max(-1)
            threshold = model.threshold(precision=PRECISION)
            given = confidence >= threshold.probability
            coverages.append(given.double().mean().item())
            if given.any():
                precisions.append((answer == target)[given].double().mean().item())
            promised.append(threshold.best[0] if threshold.best else PRECISION)
            sets = model.prediction_sets(COVERAGE).members(x, probabilities)
            covered.append(mean(way in own for way, own in zip(target.tolist(), sets, strict=True)))
            sizes.append(mean(map(len, sets)))
        lines.append(
            {
                "track": "full-way", "corpus": name, "shots": SHOTS, "asked": PRECISION, "confidence": 0.9,
                "supports": len(coverages), "answered": len(precisions),
                "precision": mean(precisions) if precisions else None, "coverage": mean(coverages),
                "broken": sum(share < PRECISION for share in precisions) / len(coverages),
                "could_promise": mean(promised), "set": COVERAGE, "set_coverage": mean(covered),
                "set_size": mean(sizes), "learner": "logistic", "seed": 0, **circumstances(known),
            }
        )  # fmt: skip
        print(lines[-1], flush=True)
    RESULTS.write_text("".join(json.dumps(line) + "\n" for line in lines), encoding="utf-8")


def table():
    print("| corpus | supports answered | right | answered | promises broken | sets cover | labels a set |")
    print("|---|---|---|---|---|---|---|")
    for line in map(json.loads, RESULTS.read_text(encoding="utf-8").splitlines()):
        right = "–" if line["precision"] is None else f"{100 * line['precision']:.1f}"
        shown = (f"{100 * line[key]:.1f}" for key in ("coverage", "broken", "set_coverage"))
        answered, broken, covered = shown
        print(
            f"| {line['corpus']} | {line['answered']} of {line['supports']} | {right} | {answered} | {broken} "
            f"| {covered} | {line['set_size']:.2f} |"
        )


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("what", choices=["run", "table"])
    {"run": run, "table": table}[parser.parse_args().what]()
