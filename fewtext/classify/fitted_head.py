"""Fitted heads: a saved model keeps one, and uses it while a fit would still give it."""

from __future__ import annotations

import hashlib
import inspect
import sys
import warnings

import torch

from fewtext.classify.saved_model import SavedHead, SavedModel
from fewtext.contracts.learner import Classifier, Learner
from fewtext.contracts.linear_head import LinearHead
from fewtext.errors import FewtextWarning
from fewtext.registry.failures import reason
from fewtext.version import __version__

OF_OTHERS = "torch", "builtins", "abc", "typing"  # packages that a class derives from, whatever it does
OF_CONTRACTS = "fewtext.contracts."  # abstract classes, which do not say what a head's tensors mean


def settled(classifier: Classifier) -> Classifier:
    """Return a classifier whose tensors, where it is a head, lie in memory as they do once they are loaded.

    Products round by how a matrix lies: so the last bits are the same before saving and after loading.
    """
    if not isinstance(classifier, LinearHead):
        return classifier
    tensors = {name: tensor.detach().contiguous() for name, tensor in classifier.tensors.items()}
    return LinearHead.of(classifier.backbone, tensors)


def saved_head(classifier: Classifier, learner: Learner) -> SavedHead | None:
    """Return what a saved model keeps of a classifier: nothing where it is no head, or its code cannot be told."""
    if not isinstance(classifier, LinearHead) or not (code := code_of(learner)):
        return None
    return SavedHead(classifier.tensors, code)


def loaded_head(saved: SavedModel, learner: Learner) -> LinearHead | None:
    """Return the head that was kept; None, with a warning where there is one, where a fit has to make it anew."""
    if saved.head is None:
        return None
    fault = saved.head.fault
    if not fault and saved.head.code != code_of(learner):
        fault = f"the kept head is of another version of learner {learner.name}"
    if not fault:
        try:
            return _checked(LinearHead.of(learner.backbone, saved.head.tensors), saved)
        except Exception as error:  # of a plugin's backbone, on tensors that anybody may have written
            fault = f"the kept head does not fit the model: {reason(error)}"
    warnings.warn(f"{fault}; the learner is fitted again, until the model is saved again", FewtextWarning, stacklevel=3)
    return None


def _checked(head: LinearHead, saved: SavedModel) -> LinearHead:
    """Return a head; raise ``ValueError`` where it cannot answer the first example."""
    with torch.no_grad():
        logits = head(saved.x[:1])
    if logits.shape != (1, len(saved.settings.labels)) or not logits.isfinite().all():
        raise ValueError(f"logits of shape {tuple(logits.shape)}, or not all finite")
    return head


def code_of(learner: Learner) -> str:
    """Return a digest of the source of a learner, its backbone and what they derive from; empty where there is none."""
    kinds = {kind for part in learner.modules() for kind in type(part).__mro__}
    digest = hashlib.sha256(__version__.encode())  # what a learner calls of fewtext is part of its code
    for name in sorted({kind.__module__ for kind in kinds}):
        if name.split(".")[0] in OF_OTHERS or name.startswith(OF_CONTRACTS):
            continue
        try:
            digest.update(inspect.getsource(sys.modules[name]).encode())
        except (OSError, TypeError, KeyError):  # a class of a notebook, or a module without its source
            return ""
    return digest.hexdigest()
