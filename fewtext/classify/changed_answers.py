"""How many answers to examples change where features are rougher, and the refusal where those are too many."""

from __future__ import annotations

import math
import warnings
from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor

from fewtext.classify.multi_label_calibration import folds_of
from fewtext.contracts.learner import LabelledSupport
from fewtext.encoders.encode import encode
from fewtext.encoders.weighted_parts import WeightedParts, reweighted, unweighted
from fewtext.errors import FewtextError, FewtextWarning
from fewtext.metrics.calibration import held_out_folds, within_memory

MOST_CHANGED = 0.005  # of the held-out answers, rounded up: at least one may change


def too_many(changed: int, examples: int) -> bool:
    """Return whether more than 0.5 % of the answers changed, and more than one."""
    return changed > math.ceil(MOST_CHANGED * examples)


def check_rough_features(model: Any) -> None:
    """Raise ``FewtextError`` where a classifier's encoder is in 8 bits, which change too many held-out answers."""
    own, beneath = model.encoder_, unweighted(model.encoder_)
    if getattr(beneath, "dtype", None) != torch.int8:
        return
    from fewtext.encoders.int8_encoder import Int8Encoder

    if not isinstance(beneath, Int8Encoder):
        return
    if model.left_out_ is not None:
        message = "it cannot be checked whether 8 bits change answers: the texts of the examples were left out"
        warnings.warn(message, FewtextWarning, stacklevel=3)
        return
    texts = model.support_texts_
    rough, exact = encode(beneath, texts), encode(beneath.bert, texts)
    if isinstance(own, WeightedParts):
        rough, exact = (reweighted(x, beneath.shares, own.shares) for x in (rough, exact))
    changed, examples = changed_answers(model, exact, rough)
    if too_many(changed, examples):
        message = f"8 bits change {changed} of {examples} answers to held-out examples, more than {MOST_CHANGED:.1%}"
        raise FewtextError(message, hint="set parameter 'dtype' to auto")


def changed_answers(
    model: Any, exact: Tensor, rough: Tensor, given: Callable[[Tensor], Tensor] | None = None
) -> tuple[int, int]:
    """Return how many answers to examples, held out where they can be, differ by their features, and of how many.

    ``given`` tells from logits which labels are given, ``[n, labels]``; by default those that are as likely as not.
    """
    support, n = model.support_, model.n_examples_
    several = isinstance(support, LabelledSupport)
    folds = folds_of(support.label_matrix, n) if several else held_out_folds(support, torch.arange(len(exact)) < n)
    answered = (given or _likely) if several else _best
    with torch.no_grad():
        if not len(folds):
            classifiers, rows = [model.classifier_], [torch.arange(len(exact))]
        else:
            folds, rows = within_memory(folds, len(model.classes_))
            fit = model.learner_.fit_labels if several else model.learner_.fit_without
            classifiers = fit(support, folds)
        changed = 0
        for classify, own in zip(classifiers, rows, strict=True):
            answers = [answered(classify(x[own])) for x in (exact, rough)]
            changed += int((answers[0] != answers[1]).any(1).sum())
    return changed, sum(map(len, rows))


def _likely(logits: Tensor) -> Tensor:
    return logits >= 0


def _best(logits: Tensor) -> Tensor:
    return logits.argmax(-1, keepdim=True)
