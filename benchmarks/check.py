"""What ``fewtext check`` finds: labels flipped at random, and whether the accuracy it expects comes true.

    FEWTEXT_DATA=DATA python benchmarks/check.py

For each corpus and seed a support is drawn from the train split. At 10 shots one label in ten is changed to another:
the line says how many of them are suspected (recall) and how many of the suspected are among them (precision; the
corpora have wrong labels of their own, which count against it). At 3, 5 and 10 shots without changes, the expected
accuracy and its interval are compared with that on the official test split. The standard deviations in
``fewtext.quality.single_label`` were set by seeds 0 to 3, so these begin at 4. Appends JSON lines to
benchmarks/results/check.jsonl.
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
FLIPPED, SHOTS = 0.1, (3, 5, 10)


def report_of(model):
    return model.check()


def keep(encoder, **line):
    line |= {"encoder": encoder.fingerprint, "versions": {name: version(name) for name in ("fewtext", "torch")}}
    with RESULTS.open("a", encoding="utf-8") as stream:
        stream.write(json.dumps(line) + "\n")
    shown = {name: f"{x:.3f}" if isinstance(x, float) else x for name, x in line.items() if name != "versions"}
    print(*(f"{name} {x}" for name, x in shown.items()), flush=True)


def flips(encoder, corpus, train, seed):
    (rows,) = Supports(10, 1, seed).draw(train)
    labels, names = [train.labels[row] for row in rows], sorted(set(train.labels))
    generator = torch.Generator().manual_seed(seed)
    flipped = torch.randperm(len(rows), generator=generator)[: round(FLIPPED * len(rows))].tolist()
    for place in flipped:
        step = 1 + int(torch.randint(len(names) - 1, (), generator=generator))
        labels[place] = names[(names.index(labels[place]) + step) % len(names)]
    found = report_of(FewShotClassifier(encoder=encoder).fit([train.items[row] for row in rows], labels))
    suspected = {error.place for error in found.suspected_errors}
    hits = len(suspected & set(flipped))
    precision = hits / len(suspected) if suspected else None
    keep(encoder, what="flips", corpus=corpus, seed=seed, flipped=len(flipped), suspected=len(suspected),
         recall=hits / len(flipped), precision=precision, detection_rate=found.detection_rate)  # fmt: skip


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
            flips(known, name, train, seed)
            for shots in SHOTS:
                expectations(known, name, train, test, shots, seed)


if __name__ == "__main__":
    main()
