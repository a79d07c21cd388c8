"""Plans: a training run before its start: the learner, its recipe, the features of the fold, the run's settings."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields, replace
from typing import Any

from fewtext.contracts.learner import Learner
from fewtext.contracts.recipe import Range, Recipe
from fewtext.datasets.features import Features
from fewtext.datasets.folds import class_fold
from fewtext.datasets.session import Session
from fewtext.encoders.load import spec_of
from fewtext.errors import FewtextError
from fewtext.learners.spec import LearnerSpec, RunSettings, named_learner, settings_of
from fewtext.training.loop import Checkpoint, Listener, meta_train
from fewtext.training.runs import Run
from fewtext.training.start import start_from, trained_start

CHANGEABLE = ("backbone", "ways", "shots", "queries", "unequal", "tasks", "steps", "rate", "average", "jitter",
              "distort", "mirror", "validation_episodes", "validate_every", "patience",
              "start")  # fmt: skip
"""The fields of a recipe that may be overridden; ways and shots as text, ``1-5``."""
MOST = {"jitter": 0.5, "distort": 0.5, "average": 0.99999}
"""The largest value of the fields that may also be 0."""


@dataclass(frozen=True)
class Plan:
    """A learner, and how to train it on the classes of a fold."""

    learner: Learner
    recipe: Recipe
    settings: RunSettings
    train: Features
    valid: Features

    @property
    def where(self) -> str:
        """The corpus and the fold, as ``office/fold_01``."""
        return f"{self.settings.corpus}/{self.settings.fold}"

    def carry_out(self, run: Run, listener: Listener) -> Checkpoint:
        """Train, from the run's checkpoint where there is one."""
        return meta_train(
            self.learner, self.train, self.valid, self.recipe, seed=self.settings.seed, resume=run.checkpoint,
            listener=listener,
        )  # fmt: skip


def plan_training(
    session: Session,
    corpus: str,
    learner: str,
    options: Mapping[str, Any],
    changes: Mapping[str, Any],
    *,
    fold: str | None = None,
    encoder: str | None = None,
    seed: int = 0,
) -> Plan:
    """Prepare a training run by the learner's own recipe, with ``changes``; by default on the corpus's first fold."""
    learner_class, options = named_learner(learner, options)
    start, changes = trained_start(changes)
    collection = session.corpus(corpus)
    items = session.items(collection, None)
    classes = class_fold(collection, fold, items.labels)
    encoded = session.encoded(collection, None, LearnerSpec(learner_class, {}), encoder)
    loaded = encoded.encoder
    recipe = changed(learner_class.recipe_for(loaded.feature_modality), changes)
    learner_spec = LearnerSpec(learner_class, {**recipe.options, **options}, recipe.backbone)
    if start is not None:
        start.check_encoder(loaded)
    built = learner_spec.build(loaded.shape, seed)
    start_from(start, built)
    built = built.to(loaded.device)
    settings = settings_of(
        learner_spec,
        loaded,
        spec_of(encoded.spec),
        corpus=collection.name,
        data=items.fingerprint,
        fold=classes.name,
        train=list(classes.train),
        valid=list(classes.valid),
        recipe=asdict(recipe),
        seed=seed,
    )
    train, valid = (encoded.features.of(part) for part in (classes.train, classes.valid))
    return Plan(built, recipe, settings, train, valid)


def changed(recipe: Recipe, changes: Mapping[str, Any]) -> Recipe:
    """Return the recipe with these changes; raise ``FewtextError`` where one is unknown or impossible."""
    kinds = {field.name: str(field.type) for field in fields(Recipe) if field.name in CHANGEABLE}
    parsed: dict[str, Any] = {}
    for name, value in changes.items():
        if name not in kinds:
            raise FewtextError(f"a recipe has no field {name!r} to change", hint=f"it has: {', '.join(CHANGEABLE)}")
        if kinds[name] == "Range":
            parsed[name] = Range.parse(str(value), least=2 if name == "ways" else 1)
            continue
        kind = kinds[name].removesuffix(" | None")
        if type(value).__name__ not in (kind, "int" if kind == "float" else kind):
            raise FewtextError(f"{name} cannot be {value!r}", hint=f"give a value of type {kind}")
        if kind in ("int", "float") and not (0 <= value <= MOST[name] if name in MOST else 0 < value < math.inf):
            limits = f"give 0 to {MOST[name]}" if name in MOST else "give a number above 0"
            raise FewtextError(f"{name} cannot be {value}", hint=limits)
        parsed[name] = value
    return replace(recipe, **parsed)
