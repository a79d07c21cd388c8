"""Learner specs: a learner before it is built, by its name or from the folder of a training run.

``learner.json`` holds the run's settings, ``learner.safetensors`` the best weights. Nothing in a folder is executed:
learner, backbone and encoder are names of installed plugins.
"""

from __future__ import annotations

import math
import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from torch import Tensor

from fewtext.contracts.encoder import Encoder
from fewtext.contracts.learner import Learner
from fewtext.errors import FewtextError, InputError, PluginError, damaged
from fewtext.files.json_files import TRAIN_AGAIN, read_settings_file
from fewtext.files.tensors import read_tensors
from fewtext.registry import discovery
from fewtext.registry.options import build_learner, default_options, parse_spec

SCHEMA = 2
SETTINGS, WEIGHTS = "learner.json", "learner.safetensors"


@dataclass(frozen=True)
class RunSettings:
    """The settings that a run was started with, and all that rebuilding its learner takes."""

    learner: str
    options: dict[str, Any]
    backbone: str
    shape: list[int]
    encoder: str
    fingerprint: str
    max_length: int | None
    dtype: str
    corpus: str
    data: str
    fold: str
    train: list[str]
    valid: list[str]
    recipe: dict[str, Any]
    seed: int


@dataclass(frozen=True)
class LearnerSpec:
    """A learner before it is built: untrained, or with the settings and weights of a run."""

    learner: type[Learner]
    options: dict[str, Any]
    backbone: str = "identity"
    run: RunSettings | None = None
    weights: Mapping[str, Tensor] | None = None
    temperature: float | None = None

    def build(self, shape: Sequence[int], seed: int = 0) -> Learner:
        """Build the learner for features of this shape; raise ``FewtextError`` where it was trained on others."""
        if self.run is not None and list(shape) != self.run.shape:
            raise FewtextError(
                f"learner {self.learner.name} was trained on features of shape {self.run.shape}, not {list(shape)}",
                hint=f"use its encoder: {self.run.encoder}",
            )
        learner = build_learner(self.learner, self.options, tuple(shape), self.backbone, seed)
        if self.weights is not None:
            try:
                learner.load_state_dict(dict(self.weights))
            except RuntimeError as error:
                message = "the trained weights do not fit a learner with these options"
                hint = "leave the options as they were in training"
                raise FewtextError(f"{self.learner.name}: {message}", hint=hint) from error
        if self.temperature is not None:
            learner.temperature = self.temperature
        return learner.eval()

    def untrained(self, shape: Sequence[int]) -> Learner | None:
        """Build a trained learner with the weights that its training began with.

        None for one that is not trained, or whose training began with another learner's backbone.
        """
        if self.run is None or self.run.recipe.get("start"):
            return None
        return replace(self, weights=None, temperature=None).build(shape, self.run.seed)

    def check(self) -> None:
        """Raise ``FewtextError``, before any encoder is loaded, where options or weights do not fit.

        Also where the learner has to be trained first and is not.
        """
        built = self.build(self.run.shape if self.run else (16,))
        if built.needs_training and self.weights is None:
            raise FewtextError(
                f"learner {built.name} has to be trained first",
                hint="train it, and give the folder of the training run as the learner",
            )

    def check_encoder(self, encoder: Encoder) -> None:
        """Raise ``FewtextError`` where this learner was trained on the features of another encoder."""
        if self.run is not None and encoder.fingerprint != self.run.fingerprint:
            raise FewtextError(
                f"learner {self.learner.name} was trained on the features of another encoder "
                f"({self.run.encoder}, {self.run.fingerprint}; here {encoder.fingerprint})",
                hint="use the encoder that it was trained on, or train again with this one",
            )


def find_learner(spec: str, options: Mapping[str, Any] | None = None) -> LearnerSpec:
    """Return the learner of a name, or of a name and options, or the trained one in a folder.

    ``logistic:C=1`` is ``logistic`` with ``options={"C": 1}``; ``./name`` is always a folder.
    """
    options = dict(options or {})
    if not ("/" in spec or os.sep in spec):
        try:
            return LearnerSpec(*named_learner(spec, options))
        except PluginError:
            if not Path(spec).is_dir():
                raise
    settings = read_settings(Path(spec))
    learner = discovery.learner(settings.learner)
    path = Path(spec, WEIGHTS)
    if not path.is_file():
        raise InputError("training was stopped before its first validation", where=spec, hint="resume it")
    weights, facts = read_tensors(path)
    temperature = facts.get("temperature")
    if not isinstance(temperature, float) or not 0 < temperature < math.inf:
        raise damaged(path, f"it has a temperature of {temperature}", TRAIN_AGAIN)
    if not all(value.isfinite().all() for value in weights.values()):
        raise damaged(path, "some weights are NaN or infinite", TRAIN_AGAIN)
    return LearnerSpec(learner, {**settings.options, **options}, settings.backbone, settings, weights, temperature)


def named_learner(spec: str, options: Mapping[str, Any]) -> tuple[type[Learner], dict[str, Any]]:
    """Return the learner of ``name:key=value,…`` and its options, with the ``options`` that are given beside it."""
    learner, own = parse_spec(spec, discovery.learner)
    if twice := sorted(own.keys() & options.keys()):
        message = f"option {twice[0]} of {learner.name} is given twice: in {spec} and beside it"
        raise FewtextError(message, hint="leave one of them out")
    return learner, {**own, **options}


def read_settings(folder: Path) -> RunSettings:
    """Read what a run was started with; raise ``InputError`` where the folder holds no run or a damaged one."""
    path = folder / SETTINGS
    if not path.is_file():
        raise InputError(f"no trained learner: no {SETTINGS} there", where=str(folder), hint="check the path")
    return read_settings_file(path, SCHEMA, RunSettings)


def settings_of(learner_spec: LearnerSpec, encoder: Encoder, encoder_spec: str, **others: Any) -> RunSettings:
    """Return the settings of a run to be started; options include those at their defaults."""
    return RunSettings(
        learner=discovery.spec_of("learners", learner_spec.learner),
        options={**default_options(learner_spec.learner), **learner_spec.options},
        backbone=learner_spec.backbone,
        shape=list(encoder.shape),
        encoder=encoder_spec,
        fingerprint=encoder.fingerprint,
        max_length=encoder.max_length,
        dtype=str(getattr(encoder, "dtype", "")),
        **others,
    )
