"""Fitted heads: a saved model keeps one, and uses it while a fit would still give it."""

from __future__ import annotations

import hashlib
import inspect
import sys
import warnings

import torch

from fewtext.classify.saved_model import SavedHead, SavedModel
from fewtext.contracts.learner import Classifier, FittedHead, Learner
from fewtext.errors import FewtextWarning, first_line

OF_OTHERS = "torch", "builtins", "abc", "typing"  # packages that a class derives from, whatever it does
OF_CONTRACTS = "fewtext.contracts."  # abstract classes, which do not say what a head's tensors mean


def settled(classifier: Classifier) -> Classifier:
    """Return a classifier whose tensors, where it is a head, lie in memory as they do once they are loaded.

    Products round by how a matrix lies: so the last bits are the same before saving and after loading.
    """
    if not isinstance(classifier, FittedHead):
        return classifier
    tensors = {name: tensor.detach().contiguous() for name, tensor in classifier.tensors.items()}
    return FittedHead(classifier.learner, tensors)


def saved_head(classifier: Classifier) -> SavedHead | None:
    """Return what a saved model keeps of a classifier: nothing where it is no head, or its code cannot be told."""
    if not isinstance(classifier, FittedHead) or not (code := code_of(classifier.learner)):
        return None
    return SavedHead(dict(classifier.tensors), code)


def loaded_head(saved: SavedModel, learner: Learner) -> FittedHead | None:
    """Return the head that was kept; None, with a warning where there is one, where a fit has to make it anew."""
    if saved.head is None:
        return None
    head = FittedHead(learner, saved.head.tensors)
    fault = saved.head.fault
    if not fault and saved.head.code != code_of(learner):
        fault = f"the kept head is of another version of learner {learner.name}"
    if not fault and (reason := _failure(head, saved)):
        fault = f"the kept head does not fit the model: {reason}"
    if not fault:
        return head
    warnings.warn(f"{fault}; the learner is fitted again, until the model is saved again", FewtextWarning, stacklevel=3)
    return None


def _failure(head: FittedHead, saved: SavedModel) -> str:
    """Return why a head cannot answer the first example; empty where it can."""
    try:
        with torch.no_grad():
            logits = head(saved.x[:1])
    except Exception as error:  # of a plugin, on tensors that anybody may have written
        return first_line(error) or type(error).__name__
    fits = logits.shape == (1, len(saved.settings.labels)) and bool(logits.isfinite().all())
    return "" if fits else f"logits of shape {tuple(logits.shape)}, or not all finite"


def code_of(learner: Learner) -> str:
    """Return a digest of the source of a learner, its backbone and what they derive from; empty where there is none."""
    kinds = {kind for part in learner.modules() for kind in type(part).__mro__}
    digest = hashlib.sha256()
    for name in sorted({kind.__module__ for kind in kinds}):
        if name.split(".")[0] in OF_OTHERS or name.startswith(OF_CONTRACTS):
            continue
        try:
            digest.update(inspect.getsource(sys.modules[name]).encode())
        except (OSError, TypeError, KeyError):  # a class of a notebook, or a module without its source
            return ""
    return digest.hexdigest()
