"""Wrong labels found by what was learned over many tasks, beside likelihood ratios alone.

    FEWTEXT_DATA=DATA python benchmarks/learned_checks.py fit FOLDER
    FEWTEXT_DATA=DATA python benchmarks/learned_checks.py run [CORPUS ...]
    python benchmarks/learned_checks.py table

FOLDER has corpora ``NAME.jsonl`` of rows ``{"text", "label"}``. From each, tasks are drawn: some of its classes, some
examples of each, and one label in ten changed to another at random. ``fit`` prints the weights of
``fewtext.quality.label_errors``, and what regressions that have not seen a family of corpora make of it: the average
precision of their ranking over that of the ratio of likelihoods, and of those suspected by each the share that is
wrong, and the share of the wrong ones that is suspected. ``run`` compares the kept weights with the ratio on corpora
that they were not fitted to, at ten examples a label, and appends to benchmarks/results/learned_checks.jsonl.
"""

import argparse
import json
import math
import random
import time
import warnings
from collections import defaultdict
from pathlib import Path
from statistics import fmean

import numpy as np
from meta_tasks import family_of
from official import circumstances
from query_states import read_corpus
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import average_precision_score

from fewtext.classify.single_label import SingleLabelClassifier
from fewtext.contracts.corpus import Items
from fewtext.datasets.features import CachedEncoder
from fewtext.datasets.session import Session
from fewtext.encoders.load import CLASSIFYING, load_encoder
from fewtext.errors import FewtextWarning
from fewtext.evaluation.full_way import Supports
from fewtext.metrics.intervals import half_width
from fewtext.quality.label_errors import BIAS, SUSPECT, WEIGHTS, HeldOut, evidence
from fewtext.quality.single_label import report_single_label

RESULTS = Path(__file__).parent / "results" / "learned_checks.jsonl"
CORPORA = ("banking77", "clinc150", "hwu64", "trec6", "sst2")
FLIPPED, SHOTS, TASKS = 0.1, 10, 4
EXAMPLES = 6000  # of all supports of a corpus, of which there are 5 at least and 100 at most
RATIO = 25.0  # of likelihoods, from which on a label was suspected before


def task_of(known, texts, labels, draw):
    """Return a classifier, the evidence ``[m, 4]`` against labels of held-out examples, and which are changed."""
    names = sorted(set(labels))
    changed = set(draw.sample(range(len(labels)), max(1, round(FLIPPED * len(labels)))))
    given = [
        draw.choice([name for name in names if name != label]) if place in changed else label
        for place, label in enumerate(labels)
    ]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", FewtextWarning)
        model = SingleLabelClassifier(encoder=known).fit(texts, given)
        probabilities, rows = model.held_out()
    x, y = model.support_.x[: model.n_examples_], model.support_.y[: model.n_examples_]
    found = evidence(HeldOut(probabilities, rows, x, y))
    return model, found.numpy(), np.array([row in changed for row in rows.tolist()])


def drawn(known, pairs, draw):
    """Draw a task of a corpus, or return None where it is too small."""
    by_label = defaultdict(list)
    for text, label in pairs:
        by_label[label].append(text)
    labels = draw.sample(sorted(by_label), round(2 * (len(by_label) / 2) ** draw.random()))
    shots = draw.choice((5, 10, 20))
    rows = [
        (text, label) for label in labels for text in draw.sample(by_label[label], min(shots, len(by_label[label])))
    ]
    if len(rows) < 20:
        return None
    _, found, wrong = task_of(known, [text for text, _ in rows], [label for _, label in rows], draw)
    return (found, wrong) if wrong.any() else None


def all_tasks(folder):
    known, found = CachedEncoder(load_encoder(CLASSIFYING)), {}
    for path in sorted(Path(folder).glob("*.jsonl")):
        pairs, draw = read_corpus(path), random.Random(path.stem)
        known.keep(Items([text for text, _ in pairs], [label for _, label in pairs]))
        found[path.stem] = [task for task in (drawn(known, pairs, draw) for _ in range(TASKS)) if task]
    return found


def fitted(tasks):
    """Return weights and bias of a logistic regression."""
    x, wrong = (np.concatenate(parts) for parts in zip(*tasks, strict=True))
    regression = LogisticRegression(C=100.0, max_iter=1000).fit(x, wrong)
    return regression.coef_[0], float(regression.intercept_[0])


def probability(weights, bias, x):
    return 1 / (1 + np.exp(-(x @ np.asarray(weights) + bias)))


def fit(folder):
    found = all_tasks(folder)
    answers = []
    for family in sorted({family_of(name) for name in found}):
        rest = [task for name, own in found.items() if family_of(name) != family for task in own]
        weights, bias = fitted(rest)
        asked = [task for name, own in found.items() if family_of(name) == family for task in own]
        answers += [(probability(weights, bias, x), x[:, 0], wrong) for x, wrong in asked]
    gain = [average_precision_score(w, p) - average_precision_score(w, ratio) for p, ratio, w in answers]
    p, ratio, wrong = (np.concatenate(parts) for parts in zip(*answers, strict=True))
    weights, bias = fitted([task for own in found.values() for task in own])
    print(f"WEIGHTS, BIAS = ({', '.join(f'{w:.3f}' for w in weights)}), {bias:.3f}")
    print(f"{len(answers)} tasks of {len(found)} corpora: average precision {100 * fmean(gain):+.1f} points "
          f"± {100 * half_width(gain):.1f}")  # fmt: skip
    for name, suspected in (("ratio", ratio > math.log(RATIO)), ("learned", (p >= SUSPECT) & (ratio > 0))):
        print(f"{name}: of those suspected {wrong[suspected].mean():.1%} are wrong, of the wrong ones "
              f"{suspected[wrong].mean():.1%} are suspected")  # fmt: skip
    edges = (0.1, 0.3, 0.5, 0.7, 0.9, 1.0)
    bins = [(p >= low) & (p < high) for low, high in zip(edges, edges[1:], strict=False)]
    print("probability and share that is wrong:", *(f"{p[own].mean():.2f} {wrong[own].mean():.2f}" for own in bins))


def run(corpora):
    encoder, session = load_encoder(CLASSIFYING), Session()
    for name in corpora:
        begun, tasks, rates = time.perf_counter(), [], []
        train, known = session.items(session.corpus(name), "train"), CachedEncoder(encoder)
        supports = min(100, max(5, EXAMPLES // (SHOTS * len(set(train.labels)))))
        for seed, rows in enumerate(Supports(SHOTS, supports).draw(train)):
            texts, labels = [train.items[row] for row in rows], [train.labels[row] for row in rows]
            known.keep(Items(texts, labels))
            model, *task = task_of(known, texts, labels, random.Random(seed))
            tasks.append(task)
            rates.append(report_single_label(model).detection_rate)
        ways = {"learned": lambda x: probability(WEIGHTS, BIAS, x), "ratio": lambda x: x[:, 0]}
        scores = {way: [average_precision_score(wrong, score(x)) for x, wrong in tasks] for way, score in ways.items()}
        gain = [a - b for a, b in zip(scores["learned"], scores["ratio"], strict=True)]
        x, wrong = (np.concatenate(parts) for parts in zip(*tasks, strict=True))
        suspected = {"learned": (ways["learned"](x) >= SUSPECT) & (x[:, 0] > 0), "ratio": x[:, 0] > math.log(RATIO)}
        few = supports < 30
        line = {
            "corpus": name, **{way: [fmean(own), half_width(own, few=few)] for way, own in scores.items()},
            "learned_over_ratio": [fmean(gain), half_width(gain, few=few)],
            "precision": {way: float(wrong[own].mean()) if own.any() else None for way, own in suspected.items()},
            "recall": {way: float(own[wrong].mean()) for way, own in suspected.items()},
            "detection_rate": fmean(rates), "wrong": int(wrong.sum()),
            "shots": SHOTS, "flipped": FLIPPED, "supports": supports, "learner": "logistic",
            "weights": [*WEIGHTS, BIAS], "suspect": SUSPECT,
            "hours": round((time.perf_counter() - begun) / 3600, 3), **circumstances(known, "scikit-learn"),
        }  # fmt: skip
        print(line, flush=True)
        with RESULTS.open("a", encoding="utf-8") as stream:
            stream.write(json.dumps(line) + "\n")


def table():
    print("| corpus | ratio | learned | learned over ratio |\n|---|---|---|---|")
    for line in map(json.loads, RESULTS.read_text(encoding="utf-8").splitlines()):
        gain, half = line["learned_over_ratio"]
        shown = " | ".join(f"{100 * line[way][0]:.1f}" for way in ("ratio", "learned"))
        print(f"| {line['corpus']} | {shown} | {100 * gain:+.1f} ± {100 * half:.1f} |")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    commands = parser.add_subparsers(dest="what", required=True)
    commands.add_parser("fit").add_argument("folder")
    commands.add_parser("run").add_argument("corpora", nargs="*", default=CORPORA)
    commands.add_parser("table")
    given = parser.parse_args()
    if given.what == "fit":
        fit(given.folder)
    elif given.what == "run":
        run(given.corpora)
    else:
        table()
