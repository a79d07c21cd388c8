"""What out-of-scope examples add: CLINC150's out-of-scope texts, detected among those of the official test split.

    FEWTEXT_DATA=DATA python benchmarks/out_of_scope_examples.py run
    python benchmarks/out_of_scope_examples.py table

The supports of the open-set track, the default learner and encoder; as many out-of-scope examples drawn from the split
``oos_train``, against ``oos_test``. Without them similarity alone decides, at the cosine that 95 % of the examples
reach. Lines go to benchmarks/results/out_of_scope_examples.jsonl, which is overwritten.
"""

import argparse
import json
from pathlib import Path

import numpy as np
import torch
from official import circumstances, official_splits

from fewtext.classify.out_of_scope import OutOfScope, similarity, similarity_threshold
from fewtext.classify.single_label import SingleLabelClassifier
from fewtext.datasets.open import open_corpus
from fewtext.evaluation.full_way import COVERED, Supports
from fewtext.metrics.classification import mean_of, measure_open_set

RESULTS = Path(__file__).parent / "results" / "out_of_scope_examples.jsonl"
SHOTS, COUNTS = (5, 10), (0, 5, 10, 30, 100)


def run():
    lines = []
    ((name, known, train, test),) = official_splits(["clinc150"])
    outside = {split: open_corpus(name).load(split) for split in ("oos_train", "oos_test")}
    for items in outside.values():
        known.keep(items)
    for shots in SHOTS:
        found = {count: [] for count in COUNTS}
        for seed, rows in enumerate(Supports(shots=shots).draw(train)):
            model = SingleLabelClassifier(encoder=known)
            model.fit([train.items[row] for row in rows], [train.labels[row] for row in rows])
            support, n = model.support_, model.n_examples_
            x, examples, away = (model.encoder_.encode(part.items) for part in (test, *outside.values()))
            right = model.classes_[model.probabilities(x).argmax(-1).numpy()] == np.array(test.labels)
            drawn = np.random.default_rng(seed).permutation(len(examples))
            for count in COUNTS:
                if count:
                    known_out = OutOfScope(examples[drawn[:count]], support, n)
                    scores, threshold = [known_out.similarity(part) for part in (x, away)], known_out.threshold()
                else:
                    scores = [similarity(part, support) for part in (x, away)]
                    threshold = similarity_threshold(support, n, COVERED)
                found[count].append(measure_open_set(scores[0], torch.from_numpy(right), scores[1], threshold))
        for count, measured in found.items():
            lines.append(
                {
                    "track": "open-set", "corpus": name, "shots": shots, "out_of_scope": count,
                    **vars(mean_of(measured)), "supports": len(measured), "learner": "logistic",
                    "seed": 0, **circumstances(known),
                }
            )  # fmt: skip
            print(lines[-1], flush=True)
    RESULTS.write_text("".join(json.dumps(line) + "\n" for line in lines), encoding="utf-8")


def table():
    print("| shots | out-of-scope examples | AUROC | in-scope accuracy | out-of-scope F1 |\n|---|---|---|---|---|")
    for line in map(json.loads, RESULTS.read_text(encoding="utf-8").splitlines()):
        shown = " | ".join(f"{100 * line[key]:.1f}" for key in ("auroc", "in_scope_accuracy", "out_of_scope_f1"))
        print(f"| {line['shots']} | {line['out_of_scope']} | {shown} |")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("what", choices=["run", "table"])
    {"run": run, "table": table}[parser.parse_args().what]()
