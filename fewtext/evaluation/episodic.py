"""Track B: a learner tried on many small tasks, of a corpus or of Lake's one-shot runs."""

from __future__ import annotations

import warnings
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch

from fewtext.contracts.corpus import Corpus
from fewtext.contracts.encoder import Encoder
from fewtext.contracts.learner import SequentialLearner
from fewtext.contracts.recipe import Range
from fewtext.datasets.features import Features
from fewtext.datasets.folds import class_fold
from fewtext.datasets.session import Session
from fewtext.encoders.encode import encode, usable_rows
from fewtext.encoders.load import PIXELS
from fewtext.errors import FewtextError, FewtextWarning, InputError
from fewtext.evaluation.figures import EPISODES, check_figure, draw_sheet
from fewtext.evaluation.omniglot_runs import read_runs
from fewtext.evaluation.report import Report, described
from fewtext.evaluation.task_accuracy import evaluate, evaluate_sequences
from fewtext.learners.spec import LearnerSpec, find_learner
from fewtext.metrics.classification import measure
from fewtext.training.episodes import EpisodeList, EpisodeSampler


@dataclass(frozen=True)
class Tasks:
    """What is drawn: of ``episodes`` tasks each ``ways`` classes, ``shots`` examples and ``queries`` queries a class.

    ``unequal`` draws the shots of a range for each class; ``sequence`` follows the examples of a task one after the
    other and asks no queries: a memory network's protocol.
    """

    ways: int = 5
    shots: Range = Range(1, 1)  # noqa: RUF009
    queries: int = 15
    unequal: bool = False
    episodes: int = 600
    seed: int = 0
    sequence: bool = False

    def __str__(self) -> str:
        given = f"{self.shots} example{'' if self.shots == (1, 1) else 's'} a class" + ", unequal" * self.unequal
        if self.sequence:
            return f"{self.episodes} sequences of {self.ways} classes, {given}"
        return f"{self.episodes} tasks of {self.ways} classes, {given}, {self.queries} queries a class"


def evaluate_corpus(
    session: Session,
    corpus: str,
    learner: str,
    options: Mapping[str, Any],
    tasks: Tasks,
    *,
    split: str | None = None,
    fold: str | None = None,
    encoder: str | None = None,
    sheet: str | None = None,
    in_full: bool = False,
) -> Report:
    """Measure a learner on tasks of a corpus: of a fold's test classes, or of all classes of a split.

    ``sheet`` is a file to draw a few tasks of images in; ``in_full`` measures calibration and the like as well.
    Without split or fold, a trained learner is tried on its own fold where the corpus is the one it was trained on,
    any other on all rows of all splits.
    """
    learner_spec = find_learner(learner, options)
    learner_spec.check()
    if sheet:
        check_figure(Path(sheet))
    collection = session.corpus(corpus)
    if fold is None and split is None and learner_spec.run is not None and learner_spec.run.corpus == collection.name:
        fold = learner_spec.run.fold
    items = session.items(collection, None if fold else split)
    classes = sorted(set(items.labels)) if fold is None else list(class_fold(collection, fold, items.labels).test)
    _tell_of_seen_classes(learner_spec, collection, classes)
    loaded = session.encoder(learner_spec, session.spec_for(collection, learner_spec, encoder, items))
    if sheet and len(loaded.shape) != 3:
        raise FewtextError("a sheet shows images, and these features are vectors", hint="leave --sheet out")
    features = session.features(loaded, collection, None if fold else split).of(classes)
    sampler = EpisodeSampler(features, Range(tasks.ways, tasks.ways), tasks.shots, tasks.queries, tasks.unequal)
    drawn = sampler.draw(tasks.episodes, torch.Generator().manual_seed(tasks.seed))
    if tasks.sequence and tasks.shots.low != tasks.shots.high:
        raise FewtextError("--sequence takes equally many examples of every class", hint=f"--shots {tasks.shots.high}")
    where = f"{collection.name}/{fold or split or 'all splits'}"
    return _measured(
        session, learner_spec, loaded, features, drawn, where, str(tasks), sheet, tasks.sequence, tasks.seed, in_full,
        items.fingerprint,
    )  # fmt: skip


def evaluate_runs(
    session: Session,
    runs: str,
    learner: str,
    options: Mapping[str, Any],
    *,
    encoder: str | None = None,
    sheet: str | None = None,
) -> Report:
    """Measure a learner on the tasks of a zip of Lake's one-shot runs."""
    learner_spec = find_learner(learner, options)
    learner_spec.check()
    if sheet:
        check_figure(Path(sheet))
    images, drawn = read_runs(Path(runs))
    if learner_spec.run is None and encoder is None:
        encoder = PIXELS
    loaded = session.encoder(learner_spec, encoder)
    x = encode(loaded, images, session.progress).to(loaded.device)
    if not usable_rows(x.cpu(), images, "needed").all():
        raise InputError("holds images that cannot be read", where=runs)
    features = Features(x, torch.zeros(len(x), dtype=torch.int64), ("",))
    task = f"{len(drawn)} tasks of {drawn.ways} classes, 1 example a class, {drawn.target.shape[1]} queries"
    return _measured(session, learner_spec, loaded, features, drawn, runs, task, sheet)


def _measured(
    session: Session,
    learner_spec: LearnerSpec,
    encoder: Encoder,
    features: Features,
    drawn: EpisodeList,
    where: str,
    task: str,
    sheet: str | None,
    sequence: bool = False,
    seed: int | None = None,
    in_full: bool = False,
    data: str | None = None,
) -> Report:
    """Answer the tasks and report on them, with a sheet of the first ones where there is a file for it."""
    built = learner_spec.build(encoder.shape).to(encoder.device)
    track = f"B episodic, {'transductive' if built.backbone.transductive else 'inductive'}"
    if sequence and not isinstance(built, SequentialLearner):
        raise FewtextError(f"{built.name} follows no sequences", hint="leave --sequence out, or take mann")
    if sheet:
        draw_sheet(built, next(drawn.batches(features, EPISODES)), Path(sheet), f"{built.name} on {where}")
    if isinstance(built, SequentialLearner) and sequence:
        found = evaluate_sequences(built, features, drawn, session.progress)
        track = "sequences, labels one step late"
    else:
        found = evaluate(built, features, drawn, session.progress)
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
        queries_a_task=found.answers.target.shape[1],
        episode_list=drawn.fingerprint,
        seed=seed,
        label_names=False,
        metrics=measure(found.answers) if in_full else None,
        right=found.answers.right,
        data=data,
        **described(learner_spec, encoder, ("scikit-learn",) if in_full else ()),
    )


def _tell_of_seen_classes(learner_spec: LearnerSpec, corpus: Corpus, classes: list[str]) -> None:
    run = learner_spec.run
    if run is None or run.corpus != corpus.name:
        return
    seen = set(run.train) | set(run.valid)
    if both := [label for label in classes if label in seen]:
        message = f"{len(both)} of {len(classes)} classes were seen in training ({both[0]}, …): the number is too high"
        warnings.warn(message, FewtextWarning, stacklevel=2)
