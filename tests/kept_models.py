"""Model folders of every schema so far, which each later version must read: ``python tests/kept_models.py`` adds one.

Folders of an earlier schema are never written again: they are what users have.
"""

import json
from pathlib import Path

import numpy as np
import torch
from torch.nn.functional import normalize

from fewtext import FewShotClassifier
from fewtext.classify.marking import taught
from fewtext.classify.migrations import SCHEMA
from fewtext.contracts.encoder import Encoder
from fewtext.files.answer_log import Answer

FOLDER = Path(__file__).parent / "kept_models"
COLOURS = "red green old big new fast".split()
TEXTS = [f"{colour} {kind}" for colour in COLOURS for kind in ("apple", "car")]
LABELS = ["fruit", "vehicle"] * 6
OUTSIDE = [f"zzzz {weather}" for weather in ("rain", "wind", "snow", "frost", "fog", "hail")]
SETS = [["fruit"], ["vehicle"], ["fruit", "vehicle"], []] * 3
QUERIES = ["an apple pie", "the car", "apple in a car", "zzzz sun"]


class Letters(Encoder):
    """Counts of letters in eight places: a few bytes a text, and the same on every machine."""

    name, shape, fingerprint, max_length = "letters", (8,), "letters-8", 100

    def __init__(self):
        self.device = torch.device("cpu")

    def encode(self, items, progress=None):
        x = torch.zeros(len(items), 8)
        for row, item in zip(x, items, strict=True):
            for letter in item:
                row[ord(letter) % 8] += 1
        return normalize(x + 0.01, dim=-1)


def models():
    """Return one of each kind, fitted."""
    one = FewShotClassifier(encoder=Letters(), learner="protonet", oos_label="none")
    numbers = FewShotClassifier(encoder=Letters(), learner="logistic", label_names=False)
    several = FewShotClassifier(encoder=Letters(), learner="logistic", label_names={"fruit": "an apple"})
    matrix = FewShotClassifier(encoder=Letters(), learner="protonet", label_names=False, text_column="Body",
                               label_column=["fruit", "water", "vehicle"])  # fmt: skip
    marked = FewShotClassifier(encoder=Letters(), learner="logistic").fit(TEXTS, LABELS)
    log = [("blue apple", "fruit", True), ("a lorry", "fruit", False)]
    marked.model_ = taught(marked.model_, [Answer("", *own) for own in log])
    return {
        "marked": marked,
        "matrix": matrix.fit(TEXTS, np.array([[1, 0, 0], [0, 0, 1]] * 6)),
        "one": one.fit([*TEXTS, *OUTSIDE], LABELS + ["none"] * 6),
        "numbers": numbers.fit(TEXTS, [2.5, 7.0] * 6),
        "several": several.fit(TEXTS, SETS),
    }


def answers(model):
    """Return what a model says of the queries, as JSON holds it."""
    labels = model.predict(QUERIES)
    labels = labels.tolist() if hasattr(labels, "tolist") else list(map(list, labels))
    return {"labels": labels, "probabilities": model.predict_proba(QUERIES).tolist()}


def folders():
    """Return each kept model's folder."""
    return sorted(path.parent for path in FOLDER.glob("schema-*/*/fewtext.json"))


if __name__ == "__main__":
    schema = FOLDER / f"schema-{SCHEMA}"
    schema.mkdir(parents=True)
    for name, model in models().items():
        model.save(schema / name)
        (schema / name / "head.safetensors").unlink(missing_ok=True)  # of this version's code alone: later ones fit
        (schema / f"{name}.json").write_text(json.dumps(answers(model), indent=1) + "\n", encoding="utf-8")
