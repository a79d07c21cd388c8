"""Several labels a text, beside scikit-learn's one-versus-rest on the same features.

    FEWTEXT_DATA=DATA python benchmarks/multi_label.py run
    python benchmarks/multi_label.py table

Two tasks made of HWU64's official splits. ``parts of a label``: the two parts of each label, five texts of each intent.
``mixed``: one to three texts joined by "and", with the labels of all; 300 to learn from, 1,000 to answer. Ten supports
each. scikit-learn is one-versus-rest, class-balanced logistic regression of the same regularisation, from a probability
of one half on. Beside them stands what ``--precision 0.9`` comes to: the share of the labels given that is right, the
share of the true ones that are given, and on how many supports fewer were right than promised. Lines go to
benchmarks/results/multi_label.jsonl, which is overwritten.
"""

import argparse
import json
import time
from collections import defaultdict
from pathlib import Path
from statistics import mean

import numpy as np
import torch
from official import circumstances, official_splits
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import f1_score
from sklearn.multiclass import OneVsRestClassifier
from sklearn.preprocessing import MultiLabelBinarizer
from torch.nn.functional import normalize

from fewtext.classify.multi_label import MultiLabelClassifier
from fewtext.metrics.intervals import half_width

RESULTS = Path(__file__).parent / "results" / "multi_label.jsonl"
SUPPORTS, EACH, LEARNT, ASKED, PRECISION = 10, 5, 300, 1000, 0.9
COUNTS = (1, 1, 2, 2, 3)  # of texts that are joined


def parts(items, draw, each=None):
    """Return texts with scenario and action; ``each`` of every intent, or all."""
    by_label = defaultdict(list)
    for text, label in zip(items.items, items.labels, strict=True):
        by_label[label].append(text)
    chosen = {label: draw.permutation(texts)[:each].tolist() for label, texts in sorted(by_label.items())}
    pairs = [(text, label.split("_", 1)) for label, texts in chosen.items() for text in texts]
    return [text for text, _ in pairs], [labels for _, labels in pairs]


def mixed(items, draw, count):
    """Return ``count`` texts that are several in one, with the labels of all."""
    texts, labels = [], []
    for _ in range(count):
        rows = draw.choice(len(items.items), draw.choice(COUNTS), replace=False)
        texts.append(" and ".join(items.items[row] for row in rows))
        labels.append(sorted({items.labels[row] for row in rows}))
    return texts, labels


def measured(truth, given, seconds):
    return {
        "micro_f1": f1_score(truth, given, average="micro"),
        "macro_f1": f1_score(truth, given, average="macro", zero_division=0),
        "exact": (truth == given).all(1).mean().item(),
        "seconds_to_fit": seconds,
    }


def promised(model, queries, names, truth):
    """Return what a promised precision came to; a precision of None where no label was given."""
    limit = model.threshold(PRECISION)
    given = names.transform(
        [model.classes_[row] for row in model.given(torch.from_numpy(model.predict_proba(queries)), limit.probability)]
    )
    right, count = int((given & truth).sum()), int(given.sum())
    return {"precision": right / count if count else None, "recall": right / int(truth.sum())}


def run():
    found = defaultdict(list)
    for _, known, train, test in official_splits(["hwu64"]):
        for seed in range(SUPPORTS):
            draw = np.random.default_rng(seed)
            tasks = {
                "parts of a label": (parts(train, draw, EACH), parts(test, draw)),
                "mixed": (mixed(train, draw, LEARNT), mixed(test, draw, ASKED)),
            }
            for task, ((texts, labels), (queries, answers)) in tasks.items():
                names = MultiLabelBinarizer().fit(labels + answers)
                truth = names.transform(answers)
                x, asked = (normalize(known.encode(part), dim=-1).numpy() for part in (texts, queries))
                start = time.perf_counter()
                peer = OneVsRestClassifier(LogisticRegression(C=20.0, class_weight="balanced", max_iter=1000))
                peer.fit(x, MultiLabelBinarizer(classes=names.classes_).fit_transform(labels))
                seconds = time.perf_counter() - start
                found[task, "scikit-learn"].append(measured(truth, peer.predict(asked), seconds))
                for learner in ("logistic", "protonet"):
                    start = time.perf_counter()
                    model = MultiLabelClassifier(encoder=known, learner=learner).fit(texts, labels)
                    seconds = time.perf_counter() - start
                    given = names.transform(model.predict(queries))
                    score = measured(truth, given, seconds)
                    found[task, learner].append({**score, **promised(model, queries, names, truth)})
        lines = [
            {
                "corpus": "hwu64", "task": task, "method": method, "supports": SUPPORTS,
                **{key: mean(score[key] for score in scores) for key in scores[0] if key != "precision"},
                **kept([score["precision"] for score in scores if "precision" in score]),
                "micro_f1_interval": half_width([score["micro_f1"] for score in scores], few=True),
                **circumstances(known, "scikit-learn"),
            }
            for (task, method), scores in sorted(found.items())
        ]  # fmt: skip
    RESULTS.write_text("".join(json.dumps(line) + "\n" for line in lines), encoding="utf-8")


def kept(precisions):
    """Return how promises were kept on supports, None where nothing was given on one."""
    given = [share for share in precisions if share is not None]
    if not precisions:
        return {}
    return {
        "asked": PRECISION, "precision": mean(given) if given else None, "given_on": len(given),
        "broken": sum(share < PRECISION for share in given) / len(precisions),
    }  # fmt: skip


def table():
    print("| task | method | micro F1 | macro F1 | all labels right | promised 0.9: right | given | broken |")
    print("|---" * 8 + "|")
    for line in map(json.loads, RESULTS.read_text(encoding="utf-8").splitlines()):
        cells = [f"{100 * line[key]:.1f}" for key in ("macro_f1", "exact")]
        shown = [f"{100 * line[key]:.1f}" if line.get(key) is not None else "–" for key in ("precision", "recall")]
        broken = f"{line['broken'] * line['supports']:.0f} of {line['supports']}" if "broken" in line else "–"
        micro = f"{100 * line['micro_f1']:.1f} ± {100 * line['micro_f1_interval']:.1f}"
        print("| " + " | ".join([line["task"], line["method"], micro, *cells, *shown, broken]) + " |")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("what", choices=["run", "table"])
    {"run": run, "table": table}[parser.parse_args().what]()
