"""The baseline by scikit-learn alone: TF-IDF and logistic regression, uncalibrated.

    FEWTEXT_DATA=DATA python benchmarks/floor.py

Words (one and two) and character n-grams (two to five), C=10, the supports of the full-way track: accuracy on the
official test split, and how well the largest probability detects CLINC150's out-of-scope texts. The grid of
replications has the same by fewtext's learner, whose probabilities are calibrated: sharper ones detect out-of-scope
texts less well. Lines go to benchmarks/results/floor.jsonl, which is overwritten.
"""

import json
from importlib.metadata import version
from pathlib import Path
from statistics import mean

import numpy as np
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import roc_auc_score
from sklearn.pipeline import make_pipeline, make_union

from fewtext.datasets.open import open_corpus
from fewtext.evaluation.full_way import Supports
from fewtext.metrics.intervals import half_width

RESULTS = Path(__file__).parent / "results" / "floor.jsonl"


def main():
    lines = []
    for name in ("banking77", "clinc150", "hwu64"):
        corpus = open_corpus(name)
        train, test = corpus.load("train"), corpus.load("test")
        out_of_scope = corpus.load("oos_test").items if name == "clinc150" else []
        for shots in (5, 10):
            accuracies, aurocs = [], []
            for rows in Supports(shots).draw(train):
                words = TfidfVectorizer(ngram_range=(1, 2), sublinear_tf=True)
                pieces = TfidfVectorizer(analyzer="char_wb", ngram_range=(2, 5), sublinear_tf=True)
                model = make_pipeline(make_union(words, pieces), LogisticRegression(C=10, max_iter=300))
                model.fit([train.items[row] for row in rows], [train.labels[row] for row in rows])
                probabilities = model.predict_proba(test.items)
                accuracies.append(float(np.mean(model.classes_[probabilities.argmax(1)] == np.array(test.labels))))
                if out_of_scope:
                    scores = np.concatenate([probabilities.max(1), model.predict_proba(out_of_scope).max(1)])
                    aurocs.append(roc_auc_score(np.arange(len(scores)) < len(probabilities), scores))
            lines.append(
                {
                    "track": "full-way, inductive", "corpus": name, "shots": shots, "supports": len(accuracies),
                    "accuracy": mean(accuracies), "interval": half_width(accuracies, few=True),
                    "auroc": mean(aurocs) if aurocs else None, "seed": 0, "scikit-learn": version("scikit-learn"),
                }
            )  # fmt: skip
            print(lines[-1], flush=True)
    RESULTS.write_text("".join(json.dumps(line) + "\n" for line in lines), encoding="utf-8")


if __name__ == "__main__":
    main()
