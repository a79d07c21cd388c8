"""How well the default learner classifies with each encoder of the catalogue, and with the last layer or three of it.

    FEWTEXT_DATA=DATA python benchmarks/encoders.py run --encoders minilm mpnet
    python benchmarks/encoders.py table

For each corpus: four supports of five examples a class and 400 other texts, all from the training split, so that the
official test splits choose nothing; the learner, the label names and the other settings are the default. Lines go to
benchmarks/results/encoders.jsonl, in which those of the same encoder are replaced. An encoder other than the bundled
one has to be in the Hub's cache, or the Hub in reach.
"""

import argparse
import json
import random
from pathlib import Path
from statistics import mean

import torch
from official import circumstances

from fewtext.classify.single_label import SingleLabelClassifier
from fewtext.contracts.corpus import Items
from fewtext.datasets.features import CachedEncoder
from fewtext.datasets.session import Session
from fewtext.encoders.load import load_encoder
from fewtext.evaluation.full_way import Supports
from fewtext.metrics.intervals import half_width

RESULTS = Path(__file__).parent / "results" / "encoders.jsonl"
CORPORA = ("banking77", "hwu64", "sst2", "trec6")
SHOTS, SUPPORTS, QUERIES = 5, 4, 400


def drawn(train):
    """Return the supports, and the queries: row numbers of the training split, none of them in any support."""
    supports = Supports(shots=SHOTS, count=SUPPORTS).draw(train)
    in_support = {train.items[row] for rows in supports for row in rows}
    others = [row for row, text in enumerate(train.items) if text not in in_support]
    return supports, random.Random(0).sample(others, QUERIES)


def measured(spec, session):
    """Yield a line for each corpus and kind of encoder."""
    for name in CORPORA:
        train = session.items(session.corpus(name), "train")
        supports, queries = drawn(train)
        used = sorted({*queries, *(row for rows in supports for row in rows)})
        for kind in ("bert", "layers"):
            loaded = load_encoder(f"{kind}:{spec}")
            encoder = CachedEncoder(loaded)
            encoder.keep(Items([train.items[row] for row in used], [train.labels[row] for row in used]))
            asked = [train.items[row] for row in queries]
            accuracies = []
            for rows in supports:
                model = SingleLabelClassifier(encoder=encoder)
                model.fit([train.items[row] for row in rows], [train.labels[row] for row in rows])
                number = {label: i for i, label in enumerate(model.classes_.tolist())}
                target = torch.tensor([number[train.labels[row]] for row in queries])
                right = model.probabilities(model.encoder_.encode(asked)).argmax(-1) == target
                accuracies.append(right.double().mean().item())
            yield {
                "spec": spec, "corpus": name, "split": "train, held out", "shots": SHOTS, "queries": QUERIES,
                "accuracy": mean(accuracies), "interval": half_width(accuracies, few=True), "supports": SUPPORTS,
                "learner": "logistic", **circumstances(encoder), "dtype": str(getattr(loaded, "dtype", "")),
            }  # fmt: skip


def run(specs):
    before = RESULTS.read_text(encoding="utf-8").splitlines() if RESULTS.exists() else []
    lines = [line for line in map(json.loads, before) if line["spec"] not in specs]
    session = Session()
    for spec in specs:
        for line in measured(spec, session):
            lines.append(line)
            print(line, flush=True)
    lines.sort(key=lambda line: line["spec"])
    RESULTS.write_text("".join(json.dumps(line) + "\n" for line in lines), encoding="utf-8")


def table():
    """Print accuracies in per cent, with the half width of the 95 % interval over supports."""
    print(f"| encoder | {' | '.join(CORPORA)} | mean |\n|---|" + "---|" * (len(CORPORA) + 1))
    rows = {}
    for line in map(json.loads, RESULTS.read_text(encoding="utf-8").splitlines()):
        rows.setdefault((line["spec"], line["encoder"]), {})[line["corpus"]] = line
    for (spec, kind), by_corpus in rows.items():
        found = [by_corpus[name] for name in CORPORA]
        cells = [f"{100 * line['accuracy']:.1f} ± {100 * line['interval']:.1f}" for line in found]
        print(f"| {kind}:{spec} | {' | '.join(cells)} | {100 * mean(line['accuracy'] for line in found):.1f} |")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("what", choices=["run", "table"])
    parser.add_argument("--encoders", nargs="+", default=["minilm", "mpnet"], help="short names, or any model")
    asked = parser.parse_args()
    if asked.what == "run":
        run(asked.encoders)
    else:
        table()
