"""The episodic track: a learner evaluated on many small tasks drawn from a corpus."""

from __future__ import annotations

import warnings
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import torch

from fewtext.classify.company import answers_jointly
from fewtext.contracts.bandit import BanditLearner
from fewtext.contracts.corpus import Corpus
from fewtext.contracts.encoder import Encoder
from fewtext.contracts.learner import SequentialLearner
from fewtext.contracts.recipe import Range
from fewtext.datasets.features import Features
from fewtext.datasets.folds import class_fold
from fewtext.datasets.session import Session
from fewtext.errors import FewtextError, FewtextWarning, PluginError, listed
from fewtext.evaluation.adaptability import accuracy_by_step, area_by_step
from fewtext.evaluation.adaptability_figure import draw_adaptability
from fewtext.evaluation.figures import EPISODES, check_figure, draw_episodes, draw_regret
from fewtext.evaluation.report import Report, described
from fewtext.evaluation.task_accuracy import TASKS, evaluate, evaluate_sequences
from fewtext.evaluation.trial_and_error import beside, regrets
from fewtext.learners.spec import LearnerSpec, find_learner
from fewtext.metrics.classification import measure
from fewtext.registry import discovery
from fewtext.training.episodes import EpisodeList, EpisodeSampler


@dataclass(frozen=True)
class Tasks:
    """What is drawn: ``episodes`` tasks, each of ``ways`` classes with ``shots`` examples and ``queries`` queries.

    ``unequal`` draws the shots of a range for each class; ``sequence`` follows the examples of a task one by one and
    asks no queries, which is the protocol of memory networks.
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

    def draw(self, features: Features) -> EpisodeList:
        """Draw the tasks; the same features and seed give the same ones."""
        if self.sequence and self.shots.low != self.shots.high:
            message = f"a sequence has equally many examples of every class, not {self.shots}"
            raise FewtextError(message, hint=f"give one number of shots, as {self.shots.high}")
        queries = 1 if self.sequence else self.queries  # a sequence asks none
        sampler = EpisodeSampler(features, Range(self.ways, self.ways), self.shots, queries, self.unequal)
        return sampler.draw(self.episodes, torch.Generator().manual_seed(self.seed))


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
    figure: str | None = None,
    curves: str | None = None,
    in_full: bool = False,
) -> Report:
    """Measure a learner on tasks of a corpus: of a fold's test classes, or of all classes of a split.

    ``figure`` is a file to draw a few tasks of images in, or the regret along sequences; ``curves`` one for the
    accuracy by inner step and by second; ``in_full`` measures calibration and the like as well. Without split or fold,
    a trained learner is evaluated on the fold that it was trained on where the corpus is the same, any other learner on
    all splits.
    """
    learner_spec = checked_learner(learner, options, figure, curves)
    if curves and tasks.sequence:
        raise FewtextError("a sequence has no curves of adaptation", hint="leave them out")
    if tasks.sequence and not issubclass(learner_spec.learner, SequentialLearner | BanditLearner):
        raise FewtextError(f"{learner_spec.learner.name} does not follow sequences", hint=_who_follows())
    collection = session.corpus(corpus)
    if fold is None and split is None and learner_spec.run is not None and learner_spec.run.corpus == collection.name:
        fold = learner_spec.run.fold
    split = None if fold else split
    items = session.items(collection, split)
    classes = sorted(set(items.labels)) if fold is None else list(class_fold(collection, fold, items.labels).test)
    _warn_of_seen_classes(learner_spec, collection, classes)
    encoded = session.encoded(collection, split, learner_spec, encoder)
    if figure and not tasks.sequence and encoded.encoder.feature_modality != "image":
        message = "an episode figure shows images, and these features are vectors"
        raise FewtextError(message, hint="leave the figure out, or take the encoder pixels")
    features = encoded.features.of(classes)
    return task_report(
        session, learner_spec, encoded.encoder, features, tasks.draw(features),
        f"{collection.name}/{fold or split or 'all splits'}", str(tasks),
        figure=figure, curves=curves, sequence=tasks.sequence, in_full=in_full, seed=tasks.seed, data=items.fingerprint,
    )  # fmt: skip


def checked_learner(learner: str, options: Mapping[str, Any], *figures: str | None) -> LearnerSpec:
    """Find a learner; raise ``FewtextError``, before any encoder is loaded, where it or a figure is not possible."""
    learner_spec = find_learner(learner, options)
    learner_spec.check()
    for figure in filter(None, figures):
        check_figure(Path(figure))
    return learner_spec


def task_report(
    session: Session,
    learner_spec: LearnerSpec,
    encoder: Encoder,
    features: Features,
    drawn: EpisodeList,
    where: str,
    task: str,
    *,
    figure: str | None = None,
    curves: str | None = None,
    sequence: bool = False,
    in_full: bool = False,
    seed: int | None = None,
    data: str | None = None,
) -> Report:
    """Answer the tasks and report on them; ``figure`` and ``curves`` are as in ``evaluate_corpus``."""
    learner = learner_spec.build(encoder.shape).to(encoder.device)
    jointly = answers_jointly(learner)
    track = f"episodic, {'transductive' if jointly else 'inductive'}" + ", keeps state" * learner.keeps_state
    title, others = f"{learner.name} on {where}", None
    before: list[float] | None = None
    if sequence and isinstance(learner, SequentialLearner | BanditLearner):
        measured = evaluate_sequences(learner, features, drawn, session.progress)
        track = "sequences, labels one step late"
        if isinstance(learner, BanditLearner):
            track, others = "sequences, told right or wrong one step late", beside(learner, features, drawn)
        if figure and measured.regret:
            draw_regret({learner.name: measured.regret, **regrets(others)}, Path(figure), title)
    else:
        if figure:
            draw_episodes(learner, next(drawn.batches(features, EPISODES)), Path(figure), title)
        measured = evaluate(learner, features, drawn, session.progress)
        before = _before_training(learner_spec, encoder, features, drawn)
    report = Report(
        track=track,
        inductive=not jointly,
        corpus=where,
        task=task,
        accuracy=measured.accuracy,
        interval=measured.interval,
        by_step=measured.by_step,
        area_by_step=area_by_step(measured.by_step) if measured.by_step else None,
        untrained_by_step=before,
        untrained_area_by_step=area_by_step(before) if before and measured.by_step else None,
        seconds_by_step=measured.seconds_by_step,
        area_by_seconds=measured.area_by_seconds,
        by_presentation=None if others else measured.by_presentation,
        regret=measured.regret,
        reward_by_presentation=measured.by_presentation if others else None,
        beside={name: asdict(earned) for name, earned in others.items()} if others else None,
        seconds_to_adapt=measured.seconds_to_adapt,
        seconds_to_predict=measured.seconds_to_predict,
        queries_a_task=measured.answers.target.shape[1],
        episode_list=drawn.fingerprint,
        seed=seed,
        label_names=False,
        metrics=measure(measured.answers.cpu()) if in_full else None,
        right=measured.answers.right.cpu(),
        data=data,
        **described(learner_spec, encoder, ("scikit-learn",) if in_full else ()),
    )
    if curves:
        draw_adaptability(report, 1 / drawn.ways, Path(curves), f"{learner.name} on {where}")
    return report


def _who_follows() -> str:
    offered = discovery.offers("learners")
    able = [offer.spec for offer in offered if issubclass(offer.thing, SequentialLearner | BanditLearner)]
    return "evaluate it on tasks with queries" + f", or take one of {listed(able)}" * bool(able)


def _before_training(
    learner_spec: LearnerSpec, encoder: Encoder, features: Features, drawn: EpisodeList
) -> list[float] | None:
    """Return the accuracy by step from the start of the training; None without one, or where it cannot answer yet."""
    start = learner_spec.untrained(encoder.shape)
    if start is None:
        return None
    try:
        return accuracy_by_step(start.to(encoder.device), features, drawn, TASKS)
    except PluginError:
        return None


def _warn_of_seen_classes(learner_spec: LearnerSpec, corpus: Corpus, classes: list[str]) -> None:
    run = learner_spec.run
    if run is None or run.corpus != corpus.name:
        return
    seen = set(run.train) | set(run.valid)
    if both := [label for label in classes if label in seen]:
        message = (
            f"{len(both)} of {len(classes)} classes were seen in training ({both[0]}, …): the accuracy is too high"
        )
        warnings.warn(message, FewtextWarning, stacklevel=2)
