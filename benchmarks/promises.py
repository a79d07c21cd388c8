"""Whether promises are kept: ``--precision 0.95`` and ``--set 0.9``, after 5 examples a class.

    FEWTEXT_DATA=DATA python benchmarks/promises.py run
    python benchmarks/promises.py table

10 supports, those of the full-way track, default settings. Asked are the official test texts, and beside them up to
3,000 other texts of the training split: a promise is made for texts like the examples, and some test splits are not
quite like their training splits. A promise is broken where fewer of a support's given answers are right than was asked;
where nothing is promised, nothing is answered. Lines go to benchmarks/results/promises.jsonl, which is overwritten.
"""

import argparse
import json
import random
from pathlib import Path
from statistics import mean

import torch
from official import circumstances, official_splits

from fewtext.classify.single_label import SingleLabelClassifier
from fewtext.contracts.corpus import Items
from fewtext.evaluation.full_way import Supports

RESULTS = Path(__file__).parent / "results" / "promises.jsonl"
CORPORA = ("banking77", "clinc150", "hwu64", "trec6", "sst2")
PRECISION, COVERAGE, SHOTS, MOST = 0.95, 0.9, 5, 3000


def run():
    lines = []
    for name, known, train, test in official_splits(CORPORA):
        supports = Supports(shots=SHOTS).draw(train)
        used = {row for rows in supports for row in rows}
        rest = [row for row in range(len(train.items)) if row not in used]
        random.Random(0).shuffle(rest)
        other = Items([train.items[row] for row in rest[:MOST]], [train.labels[row] for row in rest[:MOST]])
        models = []
        for rows in supports:
            model = SingleLabelClassifier(encoder=known)
            models.append(model.fit([train.items[row] for row in rows], [train.labels[row] for row in rows]))
        for split, asked in (("test", test), ("train, the rest", other)):
            lines.append({"corpus": name, "split": split, **kept(models, asked), **circumstances(known)})
            print(lines[-1], flush=True)
    RESULTS.write_text("".join(json.dumps(line) + "\n" for line in lines), encoding="utf-8")


def kept(models, asked):
    """Return what the promises of fitted models came to on these texts."""
    precisions, coverages, promised, covered, sizes = [], [], [], [], []
    for model in models:
        x, labels = model.encoder_.encode(asked.items), model.classes_.tolist()
        probabilities = model.probabilities(x)
        target = torch.tensor([labels.index(label) for label in asked.labels])
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
    return {
        "track": "full-way", "shots": SHOTS, "asked": PRECISION, "confidence": 0.9, "supports": len(models),
        "answered": len(precisions), "precision": mean(precisions) if precisions else None,
        "coverage": mean(coverages), "broken": sum(share < PRECISION for share in precisions) / len(models),
        "could_promise": mean(promised), "set": COVERAGE, "set_coverage": mean(covered), "set_size": mean(sizes),
        "texts": len(asked.items), "learner": "logistic", "seed": 0,
    }  # fmt: skip


def table():
    print("| corpus | texts | supports answered | right | answered | promises broken | sets cover | labels a set |")
    print("|---|---|---|---|---|---|---|---|")
    for line in map(json.loads, RESULTS.read_text(encoding="utf-8").splitlines()):
        right = "–" if line["precision"] is None else f"{100 * line['precision']:.1f}"
        shown = (f"{100 * line[key]:.1f}" for key in ("coverage", "broken", "set_coverage"))
        answered, broken, covered = shown
        print(
            f"| {line['corpus']} | {line['split']} | {line['answered']} of {line['supports']} | {right} | {answered} "
            f"| {broken} | {covered} | {line['set_size']:.2f} |"
        )


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("what", choices=["run", "table"])
    {"run": run, "table": table}[parser.parse_args().what]()
