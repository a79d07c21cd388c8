"""Few-shot tasks drawn from labelled corpora, each fitted as the product fits it: what the prior is measured on.

A corpus is a file ``NAME.jsonl`` of rows ``{"text", "label"}``. Up to 20 texts of each class are there to draw supports
from, and up to 500 of the others are the queries of every task. A task has some of the classes or all of them, 1 to 10
examples of each, and in one of four tasks no label names.
"""

import hashlib
import json
import os
import random
import warnings
from collections import defaultdict
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch

from fewtext.classify.single_label import SingleLabelClassifier
from fewtext.contracts.corpus import Items
from fewtext.datasets.features import CachedEncoder
from fewtext.errors import FewtextWarning

VERSION = 2  # of what a task records
SHOTS = (1, 2, 3, 5, 10)
SUPPORT, QUERIES = 20, 500  # texts: of a class to draw supports from, of a corpus to ask
FAMILIES = ("blimp", "hatecheck", "hint3", "multidogo", "sgd")  # corpora of one source


@dataclass
class Task:
    """What one fit has shown: its held-out answers and its answers to queries, each with confidence and outcome."""

    family: str
    corpus: str
    shots: int
    ways: int
    names: bool
    temperature: float
    held_confidence: np.ndarray
    held_right: np.ndarray
    confidence: np.ndarray
    right: np.ndarray
    of_target: np.ndarray  # probability of the query's own label


def family_of(corpus):
    """Return the source that a corpus shares with others, or its own name."""
    return next((name for name in FAMILIES if corpus.startswith(name + "_")), corpus)


def read_corpus(path):
    """Return the texts of each class to draw supports from, and the queries as pairs of text and label."""
    by_label = defaultdict(list)
    for line in Path(path).read_text(encoding="utf-8").splitlines():
        row = json.loads(line)
        by_label[row["label"]].append(row["text"])
    draw, pool, rest = random.Random(0), {}, []
    for label, texts in sorted(by_label.items()):
        draw.shuffle(texts)
        size = min(SUPPORT, max(max(SHOTS), len(texts) // 2))
        pool[label] = texts[:size]
        rest += [(text, label) for text in texts[size:]]
    draw.shuffle(rest)
    return pool, rest[:QUERIES]


def ways_of(classes, draw):
    """Return how many classes a task has: all, or a number that is smaller by some factor."""
    if classes == 2 or draw.random() < 0.4:
        return classes
    return round(2 * (classes / 2) ** draw.random())


def fit_task(known, corpus, pool, queries, shots, ways, names, draw):
    """Fit the default classifier on a support that is drawn, and answer the queries of its classes."""
    classes = sorted(draw.sample(sorted(pool), ways))
    support = [(text, label) for label in classes for text in draw.sample(pool[label], shots)]
    model = SingleLabelClassifier(encoder=known, label_names=names)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", FewtextWarning)
        model.fit(*zip(*support, strict=True))
    asked = [(text, label) for text, label in queries if label in classes]
    if not asked:
        return None
    held, rows = model.held_out()
    confidence, answer = held.max(-1)
    probabilities = model.probabilities(model.encoder_.encode([text for text, _ in asked]))
    target = torch.tensor([classes.index(label) for _, label in asked])
    sure, guess = probabilities.max(-1)
    return Task(
        family_of(corpus), corpus, shots, ways, names, model.temperature_,
        confidence.numpy(), (answer == model.support_.y[rows]).numpy(), sure.numpy(), (guess == target).numpy(),
        probabilities.gather(1, target[:, None])[:, 0].numpy(),
    )  # fmt: skip


def tasks_of(path, encoder, repeats, seed=0):
    """Return the tasks of a corpus, ``repeats`` for each number of shots; kept on disk for the next time."""
    corpus = Path(path).stem
    settings = VERSION, encoder.fingerprint, Path(path).read_bytes(), repeats, seed
    folder = Path(os.environ.get("FEWTEXT_CACHE") or Path.home() / ".cache" / "fewtext") / "tasks"
    kept = folder / f"{corpus}-{hashlib.sha256(repr(settings).encode()).hexdigest()[:16]}.pt"
    if kept.is_file():
        kept_tasks = torch.load(kept, weights_only=True)
        return [Task(**{k: v.numpy() if isinstance(v, torch.Tensor) else v for k, v in t.items()}) for t in kept_tasks]
    pool, queries = read_corpus(path)
    known = CachedEncoder(encoder)
    texts = [text for own in pool.values() for text in own] + [text for text, _ in queries]
    known.keep(Items(texts, [""] * len(texts)))
    draw, tasks = random.Random(f"{corpus} {seed}"), []
    for shots in SHOTS:
        for number in range(repeats):
            names = number % 4 != 3
            task = fit_task(known, corpus, pool, queries, shots, ways_of(len(pool), draw), names, draw)
            tasks += [task] if task else []
    folder.mkdir(parents=True, exist_ok=True)
    torch.save([_tensors(vars(task)) for task in tasks], kept)
    return tasks


def _tensors(fields):
    return {name: torch.from_numpy(value) if isinstance(value, np.ndarray) else value for name, value in fields.items()}
