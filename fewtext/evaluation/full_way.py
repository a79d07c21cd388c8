"""The full-way and open-set tracks: all classes at once, from a few examples of each, on official splits."""

from __future__ import annotations

import hashlib
import random
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from statistics import median
from typing import Any, TypeVar

import torch

from fewtext.classify.label_propagation import Transduced
from fewtext.classify.out_of_scope import similarity, similarity_threshold
from fewtext.classify.single_label import SingleLabelClassifier
from fewtext.contracts.corpus import Corpus, Items
from fewtext.contracts.encoder import Encoder
from fewtext.datasets.session import Session
from fewtext.encoders.encode import encode
from fewtext.encoders.load import CLASSIFYING
from fewtext.errors import FewtextError, InputError, listed
from fewtext.evaluation.report import Report, described
from fewtext.learners.spec import find_learner
from fewtext.metrics.classification import Answers, OpenSet, mean_of, measure, measure_abstention, measure_open_set
from fewtext.metrics.intervals import half_width

T = TypeVar("T")
PRECISE = 0.95  # asked of the answers given
COVERED = 0.95  # of held-out examples are above the threshold below which a query counts as out of scope


@dataclass(frozen=True)
class Supports:
    """What is drawn: ``count`` supports of ``shots`` examples a class; those of two seeds have nothing in common."""

    shots: int = 5
    count: int = 10
    seed: int = 0

    def draw(self, items: Items) -> list[list[int]]:
        """Return each support as row numbers; raise ``InputError`` where a class has too few examples."""
        by_label: dict[str, list[int]] = {}
        for row, label in enumerate(items.labels):
            by_label.setdefault(label, []).append(row)
        for label, rows in sorted(by_label.items()):
            if len(rows) < self.shots:
                message = f"class {label!r} has {len(rows)} examples to learn from, fewer than {self.shots} shots"
                raise InputError(message, hint="ask for fewer shots")
        drawn = []
        for seed in range(self.seed * self.count, (self.seed + 1) * self.count):
            generator = random.Random(seed)
            drawn.append([row for label in sorted(by_label) for row in generator.sample(by_label[label], self.shots)])
        return drawn


def evaluate_supports(
    session: Session,
    corpus: str,
    learner: str,
    options: Mapping[str, Any],
    supports: Supports,
    *,
    encoder: str | None = None,
    label_names: bool = True,
    outside: str | None = None,
    transductive: bool = False,
) -> Report:
    """Learn from each of several supports of the train split, answer the whole test split, and report the mean.

    With no shots there is one support, the labels' names. ``outside`` is a split of texts that belong to no class:
    they are to be detected by the largest probability (the open-set track). The classifier is the one of
    ``fewtext classify``; its times are of a support and of queries that are encoded already.
    """
    learner_spec = find_learner(learner, options)
    learner_spec.check()
    collection = session.corpus(corpus)
    train, test = (_split(session, collection, name) for name in ("train", "test"))
    spec = session.spec_for(collection, learner_spec, encoder, train) or (None if learner_spec.run else CLASSIFYING)
    loaded = session.encoder(learner_spec, spec)
    out_of_scope = _split(session, collection, outside) if outside else None
    known: Encoder = loaded
    if not loaded.needs_fit:
        known = cached_encoder = session.cached_encoder(loaded)
        for part in (train, test, out_of_scope):
            if part is not None:
                cached_encoder.keep(part, session.progress)
    classes = sorted(set(train.labels))
    drawn = supports.draw(train) if supports.shots else [[]]
    number = {label: i for i, label in enumerate(classes)}
    if foreign := sorted(set(test.labels) - set(classes)):
        message = f"labels of the test split are missing in the train split: {listed(foreign)}"
        raise InputError(message, where=collection.name, hint="give examples of them, or leave their texts out")
    target = torch.tensor([number[label] for label in test.labels])
    answers, thresholds, adapting, predicting, used = [], [], [], [], False
    opened: list[OpenSet] = []
    similar: list[OpenSet] = []
    for done, rows in enumerate(drawn, 1):
        start = time.perf_counter()
        model = SingleLabelClassifier(
            learner=learner,
            options=options,
            encoder=known,
            label_names=label_names if rows else dict.fromkeys(classes, ""),
        )
        model.fit([train.items[row] for row in rows], [train.labels[row] for row in rows])
        fitted = time.perf_counter()
        together = model.transduce(encode(model.encoder_, test.items)) if transductive else None
        probabilities = together.probabilities if together else torch.from_numpy(model.predict_proba(test.items))
        predicting.append(time.perf_counter() - fitted)
        adapting.append(fitted - start)
        answers.append(Answers.of_probabilities(probabilities[None].cpu(), target[None]))
        thresholds.append(_precision_threshold(model, together))
        if out_of_scope is not None:
            far = torch.from_numpy(model.predict_proba(out_of_scope.items)).max(-1).values
            scores, right = answers[-1].confidence[0], answers[-1].right[0]
            opened.append(measure_open_set(scores, right, far, _coverage_threshold(model)))
            near, away = (
                similarity(encode(model.encoder_, part.items), model.support_) for part in (test, out_of_scope)
            )
            least = _unless_too_few(similarity_threshold, model.support_, model.n_examples_, COVERED)
            similar.append(measure_open_set(near, right, away, least))
        used = model.n_examples_ < len(model.support_texts_)
        if session.progress:
            session.progress(done, len(drawn))
    return _report(
        collection, supports, drawn, Answers.joined(answers), opened, similar, thresholds, classes,
        inductive=not transductive,
        seconds_to_adapt=median(adapting), seconds_to_predict=median(predicting), label_names=used,
        data=hashlib.sha256((train.fingerprint + test.fingerprint).encode()).hexdigest()[:16],
        **described(learner_spec, loaded, ("scikit-learn",)),
    )  # fmt: skip


def _report(
    corpus: Corpus,
    supports: Supports,
    drawn: Sequence[Sequence[int]],
    answers: Answers,
    opened: Sequence[OpenSet],
    similar: Sequence[OpenSet],
    thresholds: Sequence[float | None],
    classes: Sequence[str],
    inductive: bool,
    **described: Any,
) -> Report:
    shares = answers.by_task.tolist()
    few = f"{supports.shots} example{'' if supports.shots == 1 else 's'} a class"
    repeats = f", {len(drawn)} supports" if supports.shots else ""
    return Report(
        track="open-set, inductive" if opened else f"full-way, {'inductive' if inductive else 'transductive'}",
        inductive=inductive,
        corpus=f"{corpus.name}/test",
        task=f"{answers.target.shape[1]} texts of {len(classes)} classes, after {few}{repeats}",
        accuracy=sum(shares) / len(shares),
        interval=half_width(shares, few=True),
        by_step=None,
        by_presentation=None,
        by_support=shares,
        queries_a_task=answers.target.shape[1],
        episode_list=hashlib.sha256(repr(drawn).encode()).hexdigest()[:16],
        seed=supports.seed,
        metrics=measure(
            answers, classes, mean_of(opened), mean_of(similar), measure_abstention(answers, thresholds, PRECISE)
        ),
        right=answers.right,
        **described,
    )


def _split(session: Session, corpus: Corpus, name: str) -> Items:
    if name in ("train", "test") and name not in corpus.splits:
        raise InputError(
            f"corpus {corpus.name} has no official {name} split",
            hint=f"the full-way tracks learn from train and answer test; it has: {', '.join(corpus.splits)}",
        )
    return session.items(corpus, name)


def _precision_threshold(model: SingleLabelClassifier, together: Transduced | None) -> float | None:
    """Return the threshold for a precision of 0.95; None where the support is too small for any."""
    threshold = _unless_too_few(model.threshold, precision=PRECISE, among=together)
    return threshold.probability if threshold else None


def _unless_too_few(find: Callable[..., T], *arguments: Any, **options: Any) -> T | None:
    try:
        return find(*arguments, **options)
    except FewtextError:
        return None


def _coverage_threshold(model: SingleLabelClassifier) -> float | None:
    """Return the probability that 95 % of the held-out examples reach; None where there are none."""
    probabilities, _ = model.held_out()
    return float(torch.quantile(probabilities.max(-1).values, 1 - COVERED)) if len(probabilities) else None
