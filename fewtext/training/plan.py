"""Plans: a training before it begins: the learner, its recipe, the fold's features, and the settings of the run."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields, replace
from typing import Any

from fewtext.contracts.learner import Learner
from fewtext.contracts.recipe import Range, Recipe
from fewtext.datasets.features import Features
from fewtext.datasets.folds import class_fold, fold_names
from fewtext.datasets.session import Session
from fewtext.encoders.load import spec_of
from fewtext.errors import FewtextError
from fewtext.learners.spec import LearnerSpec, RunSettings, settings_of
from fewtext.registry import discovery
from fewtext.training.loop import Checkpoint, Listener, meta_train
from fewtext.training.runs import Run

CHANGEABLE = ("backbone", "ways", "shots", "queries", "unequal", "tasks", "steps", "rate", "jitter", "validate_every",
              "patience")  # fmt: skip
"""What may be said otherwise than a recipe says it; ways and shots as text, ``1-5``."""
MOST_JITTER = 0.5


@dataclass(frozen=True)
class Plan:
    """A learner to be trained on classes of a fold, and how."""

    learner: Learner
    recipe: Recipe
    settings: RunSettings
    train: Features
    valid: Features

    @property
    def where(self) -> str:
        """The corpus and the fold."""
        return f"{self.settings.corpus}/{self.settings.fold}"

    def carry_out(self, run: Run, listener: Listener) -> Checkpoint:
        """Train, from where the run stands."""
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
    """Prepare a training by the learner's own recipe, but for ``changes``; by default on the corpus's first fold."""
    learner_class = discovery.learner(learner)
    collection = session.corpus(corpus)
    items = session.items(collection, None)
    classes = class_fold(collection, fold or (*fold_names(collection), "random_0")[0], sorted(set(items.labels)))
    learner_spec = LearnerSpec(learner_class, {})
    encoder = session.spec_for(collection, learner_spec, encoder, items)
    loaded = session.encoder(learner_spec, encoder)
    recipe = changed(learner_class.recipe_for(loaded.feature_modality), changes)
    learner_spec = LearnerSpec(learner_class, {**recipe.options, **options}, recipe.backbone)
    built = learner_spec.build(loaded.shape, seed).to(loaded.device)
    settings = settings_of(
        learner_spec,
        (spec_of(encoder), loaded.fingerprint, loaded.max_length, str(getattr(loaded, "dtype", ""))),
        loaded.shape,
        corpus=collection.name,
        data=items.fingerprint,
        fold=classes.name,
        train=list(classes.train),
        valid=list(classes.valid),
        recipe=asdict(recipe),
        seed=seed,
    )
    features = session.features(loaded, collection, None)
    return Plan(built, recipe, settings, features.of(classes.train), features.of(classes.valid))


def changed(recipe: Recipe, changes: Mapping[str, Any]) -> Recipe:
    """Return the recipe with these changes; raise ``FewtextError`` where one is unknown or impossible."""
    kinds = {field.name: str(field.type) for field in fields(Recipe) if field.name in CHANGEABLE}
    made: dict[str, Any] = {}
    for name, value in changes.items():
        if name not in kinds:
            raise FewtextError(f"a recipe has no {name!r} to change", hint=f"there are: {', '.join(CHANGEABLE)}")
        if kinds[name] == "Range":
            made[name] = Range.parse(str(value), least=2 if name == "ways" else 1)
            continue
        kind = kinds[name]
        if type(value).__name__ not in (kind, "int" if kind == "float" else kind):
            raise FewtextError(f"{name} cannot be {value!r}", hint=f"it is of type {kind}")
        if kind in ("int", "float") and not (0 <= value <= MOST_JITTER if name == "jitter" else value > 0):
            raise FewtextError(f"{name} {value} is not possible", hint="above 0")
        made[name] = value
    return replace(recipe, **made)
