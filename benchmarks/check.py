"""Whether the accuracy that ``fewtext check`` expects comes true.

    FEWTEXT_DATA=DATA python benchmarks/check.py

For each corpus and seed a support is drawn from the train split. At 3, 5 and 10 shots the expected accuracy and its
interval are compared with that on the official test split. The standard deviations in ``fewtext.quality.single_label``
were set by seeds 0 to 3, so these begin at 4. Appends JSON lines to benchmarks/results/check.jsonl. Wrong labels are
looked for by ``learned_checks.py``.
"""

import argparse
import json
import os
from importlib.metadata import version
from pathlib import Path

import torch

from fewtext import FewShotClassifier
from fewtext.datasets.features import CachedEncoder
from fewtext.datasets.open import open_corpus
from fewtext.encoders.load import CLASSIFYING, load_encoder
from fewtext.evaluation.full_way import Supports

RESULTS = Path(__file__).parent / "results" / "check.jsonl"
CORPORA = ("banking77", "clinc150", "hwu64", "trec6", "sst2")
SHOTS = 3, 5, 10


def report_of(model):
    return model.check()


def keep(encoder, **line):
    line |= {"encoder": encoder.fingerprint, "versions": {name: version(name) for name in ("fewtext", "torch")}}
    with RESULTS.open("a", encoding="utf-8") as stream:
        stream.write(json.dumps(line) + "\n")
    shown = {name: f"{x:.3f}" if isinstance(x, float) else x for name, x in line.items() if name != "versions"}
    print(*(f"{name} {x}" for name, x in shown.items()), flush=True)


def expectations(encoder, corpus, train, test, shots, seed):
    (rows,) = Supports(shots, 1, seed).draw(train)
    model = FewShotClassifier(encoder=encoder)
    model.fit([train.items[row] for row in rows], [train.labels[row] for row in rows])
    expected = report_of(model).accuracy
    true = model.score(test.items, test.labels)
    keep(encoder, what="accuracy", corpus=corpus, shots=shots, seed=seed, examples=len(rows), true=true,
         expected=expected.expected.value, low=expected.expected.low, high=expected.expected.high,
         covered=expected.expected.low <= true <= expected.expected.high)  # fmt: skip


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--corpora", nargs="*", choices=CORPORA, default=CORPORA)
    parser.add_argument("--seeds", type=int, default=4)
    parser.add_argument("--first", type=int, default=4, help="The first seed.")
    given = parser.parse_args()
    torch.set_num_threads(int(os.environ.get("OMP_NUM_THREADS", "0")) or torch.get_num_threads())
    encoder = load_encoder(CLASSIFYING)
    for name in given.corpora:
        corpus, known = open_corpus(name), CachedEncoder(encoder)
        train, test = corpus.load("train"), corpus.load("test")
        for part in (train, test):
            known.keep(part)
        for seed in range(given.first, given.first + given.seeds):
            for shots in SHOTS:
                expectations(known, name, train, test, shots, seed)


if __name__ == "__main__":
    main()
