"""Which statement a classifier can make about its precision: with the measured prior, or by its examples alone."""

from __future__ import annotations

import math

from torch import Tensor

from fewtext.classify.base import TextClassifier
from fewtext.classify.label_names import NAME_WEIGHT
from fewtext.classify.precision_prior import TaskFacts, shipped_prior
from fewtext.classify.selective import Promise, check_stated, promise
from fewtext.encoders.weighted_parts import unweighted
from fewtext.registry.options import default_options


def promised(
    model: TextClassifier, confidence: Tensor, right: Tensor, precision: float, stated: float, temperature: float | None
) -> Promise:
    """Return the threshold for a precision, from held-out answers ``[n]`` of this ``confidence``, ``right`` or not.

    Without the ``temperature`` that divided their logits, or with another encoder or learner than the prior was
    measured with, they stand alone.
    """
    check_stated(stated)
    if temperature is None or not len(confidence) or not measured_with(model):
        return promise(confidence, right, precision, stated=stated)
    n, counts = model.n_examples_, model.support_.y[: model.n_examples_].bincount(minlength=model.support_.ways)
    facts = TaskFacts(
        shots=math.exp(float(counts.clamp(min=1).double().log().mean())),
        ways=model.support_.ways,
        names=bool((model.support_.weight[n:] > 0).any()),
        temperature=temperature,
        mean_confidence=float(confidence.double().mean()),
    )
    return promise(confidence, right, precision, stated=stated, prior=shipped_prior(facts.ways), facts=facts)


def measured_with(model: TextClassifier) -> bool:
    """Return whether the prior was measured with this encoder, learner and weight of names."""
    prior, learner = shipped_prior(model.support_.ways), model.learner_
    usual = default_options(type(learner))
    return (
        not model.encoder_.weights
        and unweighted(model.encoder_).fingerprint == prior.encoder
        and learner.name == prior.learner
        and {**usual, **(model.options or {})} == usual
        and model.name_weight == NAME_WEIGHT
    )
