"""How often it is right to say that out-of-scope examples would be told apart better as an ordinary label.

    FEWTEXT_DATA=DATA python benchmarks/oos_comparison.py run
    python benchmarks/oos_comparison.py table

Train splits alone. CLINC150 with its own out-of-scope texts (examples of ``oos_train``, asked of ``oos_valid``);
BANKING77 and HWU64 with texts of classes that are left out. In each, some of the classes, examples a class, and
out-of-scope examples, in two draws. Both ways answer new texts, up to 1,000 of the classes and 100 of none, and are
compared by the share of right answers where as many texts are out of scope as examples are. Lines go to
benchmarks/results/oos_comparison.jsonl, which is overwritten: what the examples let expect, and what was found.
"""

import argparse
import json
import random
import warnings
from collections import defaultdict
from itertools import product
from pathlib import Path
from statistics import mean

from official import circumstances

from fewtext.classify.oos_comparison import Compared, compared
from fewtext.classify.single_label import SingleLabelClassifier
from fewtext.datasets.session import Session
from fewtext.encoders.load import CLASSIFYING, load_encoder
from fewtext.errors import FewtextError, FewtextWarning

RESULTS = Path(__file__).parent / "results" / "oos_comparison.jsonl"
CORPORA, OTHER = ("clinc150", "banking77", "hwu64"), "other"
WAYS, SHOTS, COUNTS, DRAWS, ASKED = (10, 40, 150), (5, 10), (10, 30, 100), 2, (1000, 100)


def drawn(corpus, ways, shots, count, seed, by_label, outside):
    """Return pairs to learn from and to ask, or None where the corpus has too few classes."""
    draw = random.Random(f"{corpus}-{ways}-{shots}-{count}-{seed}")
    labels = sorted(by_label)
    if len(labels) < ways + (0 if outside else 10):
        return None
    chosen = draw.sample(labels, ways)
    own = {label: draw.sample(by_label[label], len(by_label[label])) for label in chosen}
    pairs = [(text, label) for label in chosen for text in own[label][:shots]]
    rest = [(text, label) for label in chosen for text in own[label][shots:]]
    if outside:
        examples, away = draw.sample(outside[0], count), outside[1]
    else:
        others = [text for label in labels if label not in own for text in by_label[label]]
        texts = draw.sample(others, count + ASKED[1])
        examples, away = texts[:count], texts[count:]
    asked = draw.sample(rest, min(len(rest), ASKED[0]))
    return pairs + [(text, OTHER) for text in examples], asked + [(text, OTHER) for text in away[: ASKED[1]]]


def shares(model, asked):
    """Return which share of out-of-scope texts is detected, and of the others answered right."""
    answers = model.predict([text for text, _ in asked]).tolist()
    right = [(label == OTHER, answer == label) for answer, (_, label) in zip(answers, asked, strict=True)]
    return [mean(own for is_outside, own in right if is_outside is kind) for kind in (True, False)]


def run():
    session, lines, parts = Session(), [], {}
    known = session.cached_encoder(load_encoder(CLASSIFYING))
    warnings.simplefilter("ignore", FewtextWarning)
    for name in CORPORA:
        corpus, by_label = session.corpus(name), defaultdict(list)
        train = session.items(corpus, "train")
        known.keep(train)
        for text, label in zip(train.items, train.labels, strict=True):
            by_label[label].append(text)
        outside = [corpus.load(split) for split in ("oos_train", "oos_valid")] if name == "clinc150" else []
        for part in outside:
            known.keep(part)
        parts[name] = by_label, [list(part.items) for part in outside]
    for seed, name, ways, shots, count in product(range(DRAWS), CORPORA, WAYS, SHOTS, COUNTS):
        tasks = drawn(name, ways, shots, count, seed, *parts[name])
        if tasks is None:
            continue
        (texts, labels), asked = zip(*tasks[0], strict=True), tasks[1]
        try:
            model = SingleLabelClassifier(encoder=known, oos_label=OTHER).fit(texts, labels)
        except FewtextError:  # they lie within the classes
            continue
        ordinary = SingleLabelClassifier(encoder=known).fit(texts, labels)
        own = compared(model)
        now, then = shares(model, asked), shares(ordinary, asked)
        found = Compared(now[0], now[1], then[0], then[1], own.outside, own.inside)
        lines.append(
            {
                "track": "full-way, open-set", "corpus": name, "ways": ways, "shots": shots, "out_of_scope": count,
                "seed": seed, "expected": vars(own), "said": own.clear, "found": vars(found),
                "better": found.accuracy_then > found.accuracy_now, "learner": "logistic", **circumstances(known),
            }
        )  # fmt: skip
        print(
            {key: lines[-1][key] for key in ("corpus", "ways", "shots", "out_of_scope", "expected", "found")},
            flush=True,
        )
        RESULTS.write_text("".join(json.dumps(line) + "\n" for line in lines), encoding="utf-8")


def table():
    lines = [json.loads(line) for line in RESULTS.read_text(encoding="utf-8").splitlines()]
    print("| corpus | fits | better as a label | said | wrongly said |\n|---|---|---|---|---|")
    for name in (*CORPORA, "all"):
        own = [line for line in lines if name in (line["corpus"], "all")]
        said = [line for line in own if line["said"]]
        better, wrong = sum(line["better"] for line in own), sum(not line["better"] for line in said)
        print(f"| {name} | {len(own)} | {better} | {len(said)} | {wrong} |")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("what", choices=["run", "table"])
    {"run": run, "table": table}[parser.parse_args().what]()
