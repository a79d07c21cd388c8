"""The learner that a classifier's parameters ask for: named, described, and built for an encoder."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from fewtext.classify.defaults import AUTO, CANDIDATES
from fewtext.contracts.encoder import Encoder
from fewtext.contracts.learner import Learner
from fewtext.errors import FewtextError
from fewtext.learners.spec import LearnerSpec, find_learner


def wanted_learner(learner: str | LearnerSpec, options: Any, tuner: str | None) -> LearnerSpec:
    """Return what learner to build; raise ``FewtextError`` where that is not possible, or takes training first."""
    if not isinstance(options, Mapping | None):
        raise FewtextError(f"parameter 'options' is {options!r}", hint="give a mapping, as {'C': 1.0}")
    if isinstance(learner, str) and learner.partition(":")[0] == AUTO:
        if learner != AUTO or options or tuner:
            message = f"the learner {AUTO} takes neither options nor a fine-tuned encoder"
            raise FewtextError(message, hint=f"name the learner: {', '.join(CANDIDATES)}")
        learner = CANDIDATES[0]
    if isinstance(learner, LearnerSpec):
        return learner
    learner_spec = find_learner(learner, options)
    learner_spec.check()
    return learner_spec


def built_learner(learner_spec: LearnerSpec, encoder: Encoder) -> Learner:
    """Return the learner for an encoder's features; raise ``FewtextError`` where queries would change its answers."""
    learner = learner_spec.build(encoder.shape)
    if learner.backbone.transductive:
        message = f"with the backbone {learner_spec.backbone} an answer would depend on the other queries"
        raise FewtextError(message, hint="train one without norm=batch")
    return learner
