"""What out-of-scope examples add: CLINC150's out-of-scope texts distinguished from its official test split.

    FEWTEXT_DATA=DATA python benchmarks/out_of_scope_examples.py run
    python benchmarks/out_of_scope_examples.py table

The supports of the open-set track, the default learner and encoder; 0 to 100 out-of-scope examples from the split
``oos_train``, measured on ``oos_test``. Without any, the similarity to the training examples decides, by the threshold
that 95 % of them reach. Lines go to benchmarks/results/out_of_scope_examples.jsonl, which is overwritten.
"""

import argparse
import json
from pathlib import Path

import numpy as np
import torch
from official import circumstances, official_splits

from fewtext import FewShotClassifier
from fewtext.classify.out_of_scope import OutOfScope, similarity, similarity_threshold
from fewtext.datasets.open import open_corpus
from fewtext.evaluation.full_way import COVERED, Supports
from fewtext.metrics.classification import mean_of, measure_open_set

RESULTS = Path(__file__).parent / "results" / "out_of_scope_examples.jsonl"
SHOTS, COUNTS = (5, 10), (0, 5, 10, 30, 100)


def run():
    lines = []
    ((name, known, train, test, x),) = official_splits(["clinc150"])
    outside = {split: open_corpus(name).load(split) for split in ("oos_train", "oos_test")}
    for items in outside.values():
        known.keep(items)
    strange, away = (known.encode(items.items) for items in outside.values())
    for shots in SHOTS:
        measured = {count: [] for count in COUNTS}
        for seed, rows in enumerate(Supports(shots=shots).draw(train)):
            model = FewShotClassifier(encoder=known)
            model.fit([train.items[row] for row in rows], [train.labels[row] for row in rows])
            support, n = model.support_, model.n_examples_
            right = model.classes_[model.probabilities(x).argmax(-1).numpy()] == np.array(test.labels)
            drawn = np.random.default_rng(seed).permutation(len(strange))
            for count in COUNTS:
                if count:
                    message = OutOfScope(strange[drawn[:count]], support, n)
                    scores, bar = [message.similarity(part) for part in (x, away)], message.bar()
                else:
                    scores = [similarity(part, support) for part in (x, away)]
                    bar = similarity_threshold(support, n, COVERED)
                measured[count].append(measure_open_set(scores[0], torch.from_numpy(right), scores[1], bar))
        for count, open_sets in measured.items():
            lines.append(
                {
                    "track": "open-set", "corpus": name, "shots": shots, "strangers": count,
                    **vars(mean_of(open_sets)), "supports": len(open_sets), "learner": "logistic",
                    "seed": 0, **circumstances(known),
                }
            )  # fmt: skip
            print(lines[-1], flush=True)
    RESULTS.write_text("".join(json.dumps(line) + "\n" for line in lines), encoding="utf-8")


def table():
    print("| shots | out-of-scope examples | AUROC | in-scope accuracy | out-of-scope F1 |\n|---|---|---|---|---|")
    for line in map(json.loads, RESULTS.read_text(encoding="utf-8").splitlines()):
        shown = " | ".join(f"{100 * line[key]:.1f}" for key in ("auroc", "in_scope_accuracy", "out_of_scope_f1"))
        print(f"| {line['shots']} | {line['strangers']} | {shown} |")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("what", choices=["run", "table"])
    {"run": run, "table": table}[parser.parse_args().what]()
