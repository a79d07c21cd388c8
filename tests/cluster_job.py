"""A small job for a cluster: a model, texts to classify in parts, and what is heard on the way."""

import warnings

from fewtext import FewShotClassifier
from fewtext.classify.encoded import Batches
from fewtext.errors import FewtextWarning

SIZE = 50
FRUIT = "red apple", "green pear", "sweet plum", "ripe fig", "sour apple", "yellow pear"
VEHICLES = "old car", "fast train", "new bus", "slow boat", "red car", "late train"
TEXTS = [text for pair in zip(FRUIT, VEHICLES, strict=True) for text in pair]
LABELS = ["fruit", "vehicle"] * 6
QUERIES = [f"{how} {text} number {i}" for i in range(60) for how in ("my", "a") for text in TEXTS[:4]]
QUERIES[7], QUERIES[300] = " ", "ist das ein Apfel oder eine Birne und wo ist der Zug nach Berlin?"


def parts(texts=QUERIES):
    return Batches([texts[at : at + SIZE] for at in range(0, len(texts), SIZE)], len(texts))


def heard(answers):
    """Return answers with what was warned of on the way."""
    with warnings.catch_warnings(record=True) as found:
        warnings.simplefilter("always", FewtextWarning)
        return list(answers), [str(one.message) for one in found if issubclass(one.category, FewtextWarning)]


def fitted():
    return FewShotClassifier(encoder="tfidf", learner="protonet").fit(TEXTS, LABELS).model_


def written(folder):
    """Write the texts to a file of lines."""
    path = folder / "q.txt"
    path.write_text("\n".join(QUERIES) + "\n", encoding="utf-8")
    return path


def support_in(folder):
    """Write the examples to a csv."""
    path = folder / "s.csv"
    path.write_text("text,label\n" + "".join(f"{t},{label}\n" for t, label in zip(TEXTS, LABELS, strict=True)))
    return path
