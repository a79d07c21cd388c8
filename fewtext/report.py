"""Reports: one cell of a benchmark, measured, with all that makes the number again."""

from __future__ import annotations

import time
import warnings
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from importlib.metadata import version
from pathlib import Path
from typing import Any

import torch

from fewtext.blueprints import Blueprint, find_learner
from fewtext.classifier import FewShotClassifier
from fewtext.corpus import Corpus, Items, open_corpus
from fewtext.encoding import PIXELS, Encoder, Progress, encode, load_encoder, usable_rows
from fewtext.episodes import EpisodeList, EpisodeSampler
from fewtext.errors import FewtextError, FewtextWarning, InputError
from fewtext.evaluation import evaluate, evaluate_sequences
from fewtext.features import Features, encode_items
from fewtext.figures import EPISODES, check_figure, draw_sheet
from fewtext.inputs import read_support
from fewtext.learning import SequentialLearner
from fewtext.one_shot_runs import read_runs
from fewtext.options import default_options
from fewtext.recipe import Range

SCHEMA = 1


@dataclass(frozen=True)
class Report:
    """What was measured and on what. Accuracy and its interval (half the width, 95 %) are fractions, times seconds."""

    track: str
    inductive: bool
    """Whether each query is answered as if it were the only one."""
    corpus: str
    task: str
    learner: str
    options: dict[str, Any]
    backbone: str
    trained: str | None
    """How the learner was trained: ``clinc150/protaugment_01, seed 0``."""
    encoder: str
    fingerprint: str
    label_names: bool
    accuracy: float
    interval: float
    by_step: list[float] | None
    """The accuracy after 0, 1, … inner steps, for a learner that takes steps."""
    by_presentation: list[float] | None
    """The accuracy at a sequence's 1st, 2nd, … example of a class."""
    seconds_to_adapt: float
    seconds_to_predict: float
    queries_a_task: int
    episode_list: str | None
    """A hash of the tasks: equal where they are."""
    seed: int | None
    device: str
    versions: dict[str, str]

    def as_json(self) -> dict[str, Any]:
        """Return what a script reads."""
        return {"schema": SCHEMA, **asdict(self)}


def evaluate_corpus(
    corpus: str,
    learner: str,
    options: Mapping[str, Any],
    *,
    split: str | None = None,
    fold: str | None = None,
    ways: int = 5,
    shots: Range = Range(1, 1),  # noqa: B008
    queries: int = 15,
    unequal: bool = False,
    episodes: int = 600,
    seed: int = 0,
    sequence: bool = False,
    sheet: str | None = None,
    text_column: str | None = None,
    label_column: str | None = None,
    progress: Progress | None = None,
    **encoding: Any,
) -> Report:
    """Measure a learner on tasks of a corpus: of a fold's test classes, or of all classes of a split.

    ``sheet`` is a file to draw a few tasks of pictures in.
    ``sequence`` follows the examples of a task one after the other and asks no queries: a memory network's protocol.
    Without split or fold, a trained learner is tried on its own fold where the corpus is the one it was trained on,
    any other on all rows of all splits. ``encoding`` is ``encoder`` and the keyword arguments of ``load_encoder``.
    """
    blueprint = find_learner(learner, options)
    blueprint.check()
    if sheet:
        check_figure(Path(sheet))
    collection = open_corpus(corpus, text_column, label_column)
    if fold is None and split is None and blueprint.run is not None and blueprint.run.corpus == collection.name:
        fold = blueprint.run.fold
    items, classes, where = _chosen(collection, split, fold)
    _tell_of_seen_classes(blueprint, collection, classes)
    if blueprint.run is None and encoding.get("encoder") is None:
        encoding["encoder"] = collection.encoder or (PIXELS if items.pictured else None)
    encoder = _encoder(blueprint, **encoding)
    if sheet and len(encoder.shape) != 3:
        raise FewtextError("a sheet shows pictures, and these features are vectors", cure="leave --sheet out")
    features = encode_items(encoder, items, progress).of(classes).to(encoder.device)
    sampler = EpisodeSampler(features, Range(ways, ways), shots, queries, unequal)
    given = f"{shots} example{'' if shots == (1, 1) else 's'} a class" + ", unequal" * unequal
    drawn = sampler.draw(episodes, torch.Generator().manual_seed(seed))
    if sequence and shots.low != shots.high:
        raise FewtextError("--sequence takes equally many examples of every class", cure=f"--shots {shots.high}")
    task = f"{episodes} tasks of {ways} classes, {given}, {queries} queries a class"
    if sequence:
        task = f"{episodes} sequences of {ways} classes, {given}"
    where = f"{collection.name}/{where}"
    return _measured(blueprint, encoder, features, drawn, where, task, progress, sheet, sequence, seed)


def evaluate_runs(
    runs: str,
    learner: str,
    options: Mapping[str, Any],
    *,
    sheet: str | None = None,
    progress: Progress | None = None,
    **encoding: Any,
) -> Report:
    """Measure a learner on the tasks of a zip of Lake's one-shot runs; ``encoding`` as in ``evaluate_corpus``."""
    blueprint = find_learner(learner, options)
    blueprint.check()
    if sheet:
        check_figure(Path(sheet))
    pictures, drawn = read_runs(Path(runs))
    if blueprint.run is None and encoding.get("encoder") is None:
        encoding["encoder"] = PIXELS
    encoder = _encoder(blueprint, **encoding)
    x = encode(encoder, pictures, progress).to(encoder.device)
    if not usable_rows(x.cpu(), pictures, "needed").all():
        raise InputError("holds pictures that cannot be read", where=runs)
    features = Features(x, torch.zeros(len(x), dtype=torch.int64), ("",))
    task = f"{len(drawn)} tasks of {drawn.ways} classes, 1 example a class, {drawn.target.shape[1]} queries"
    return _measured(blueprint, encoder, features, drawn, runs, task, progress, sheet)


def _measured(
    blueprint: Blueprint,
    encoder: Encoder,
    features: Features,
    drawn: EpisodeList,
    where: str,
    task: str,
    progress: Progress | None,
    sheet: str | None,
    sequence: bool = False,
    seed: int | None = None,
) -> Report:
    """Answer the tasks and report on them, with a sheet of the first ones where there is a file for it."""
    built = blueprint.build(encoder.shape).to(encoder.device)
    track = f"B episodic, {'transductive' if built.backbone.transductive else 'inductive'}"
    if sequence and not isinstance(built, SequentialLearner):
        raise FewtextError(f"{built.name} follows no sequences", cure="leave --sequence out, or take mann")
    if sheet:
        draw_sheet(built, next(drawn.batches(features, EPISODES)), Path(sheet), f"{built.name} on {where}")
    if isinstance(built, SequentialLearner) and sequence:
        found = evaluate_sequences(built, features, drawn, progress)
        track = "sequences, labels one step late"
    else:
        found = evaluate(built, features, drawn, progress)
    return Report(
        track=track,
        inductive=not built.backbone.transductive,
        corpus=where,
        task=task,
        accuracy=found.accuracy,
        interval=found.interval,
        by_step=found.by_step,
        by_presentation=found.by_presentation,
        seconds_to_adapt=found.seconds_to_adapt,
        seconds_to_predict=found.seconds_to_predict,
        queries_a_task=(drawn.rows if sequence else drawn.target).shape[1],
        episode_list=drawn.fingerprint,
        seed=seed,
        label_names=False,
        **_described(blueprint, encoder),
    )


def evaluate_files(
    support: str,
    test: str,
    learner: str,
    options: Mapping[str, Any],
    *,
    label_names: bool = True,
    text_column: str | None = None,
    label_column: str | None = None,
    progress: Progress | None = None,
    **encoding: Any,
) -> Report:
    """Learn from one labelled file and measure on another; the interval is of a share of that many texts (Wilson)."""
    examples = read_support(support, text_column, label_column)
    tried = read_support(test, text_column, label_column)
    blueprint = find_learner(learner, options)
    model = FewShotClassifier(learner=learner, options=options, label_names=label_names, **encoding)
    start = time.perf_counter()
    model.fit(examples.texts, examples.labels, progress=progress)
    fitted = time.perf_counter()
    answers = model.predict_proba(tried.texts, progress=progress).argmax(1)
    answered = time.perf_counter()
    strange = sorted(set(tried.labels) - set(model.classes_.tolist()))
    if strange:
        told = f"{test}: labels without an example, always answered wrong: {', '.join(strange[:5])}"
        warnings.warn(
            told + (f" and {len(strange) - 5} more" if len(strange) > 5 else ""), FewtextWarning, stacklevel=2
        )
    right = sum(model.classes_[a] == label for a, label in zip(answers, tried.labels, strict=True))
    n = len(tried.labels)
    return Report(
        track="A full-way, inductive",
        inductive=True,
        corpus=test,
        task=f"{n} texts of {len(set(tried.labels))} classes, after {len(examples.texts)} examples of {support}",
        accuracy=right / n,
        interval=_wilson(right, n),
        by_step=None,
        by_presentation=None,
        seconds_to_adapt=fitted - start,
        seconds_to_predict=answered - fitted,
        queries_a_task=n,
        episode_list=None,
        seed=None,
        label_names=label_names and model.n_examples_ < len(model.support_texts_),
        **_described(blueprint, model.encoder_),
    )


def _chosen(corpus: Corpus, split: str | None, fold: str | None) -> tuple[Items, list[str], str]:
    """Return the items, the classes to draw from, and what this part of the corpus is called."""
    if fold is not None:
        items = corpus.load_all()
        parts = corpus.fold(fold, sorted(set(items.labels)))
        return items, list(parts.test), parts.name
    items = corpus.load_all() if split is None else corpus.load(split)
    return items, sorted(set(items.labels)), split or "all splits"


def _tell_of_seen_classes(blueprint: Blueprint, corpus: Corpus, classes: list[str]) -> None:
    run = blueprint.run
    if run is None or run.corpus != corpus.name:
        return
    seen = set(run.train) | set(run.valid)
    if both := [label for label in classes if label in seen]:
        told = f"{len(both)} of {len(classes)} classes were seen in training ({both[0]}, …): the number is too high"
        warnings.warn(told, FewtextWarning, stacklevel=2)


def _encoder(blueprint: Blueprint, encoder: str | None = None, max_length: int | None = None, **rest: Any) -> Encoder:
    run = blueprint.run
    loaded = load_encoder(
        encoder or (run.encoder if run else None), max_length=max_length or (run.max_length if run else None), **rest
    )
    blueprint.check_encoder(loaded)
    return loaded


def _described(blueprint: Blueprint, encoder: Encoder) -> dict[str, Any]:
    run = blueprint.run
    return {
        "learner": blueprint.learner.name,
        "options": {**default_options(blueprint.learner), **blueprint.options},
        "backbone": blueprint.backbone,
        "trained": f"{run.corpus}/{run.fold}, seed {run.seed}" if run else None,
        "encoder": encoder.name,
        "fingerprint": encoder.fingerprint,
        "device": str(encoder.device),
        "versions": {name: version(name) for name in ("fewtext", "torch", "transformers")},
    }


def _wilson(right: int, n: int) -> float:
    """Return half the width of the 95 % interval of a share (Wilson, 1927)."""
    z, p = 1.96, right / n
    half: float = z / (1 + z * z / n) * (p * (1 - p) / n + z * z / (4 * n * n)) ** 0.5
    return half
