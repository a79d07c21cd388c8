"""Revision: examples that join a fitted classifier or leave it. The support is the model: what follows is a new fit."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Any, TypeVar

from fewtext.classify.input_validation import checked_label_sets, checked_labels, checked_pairs
from fewtext.classify.label_names import words
from fewtext.classify.multi_label import MultiLabelClassifier
from fewtext.classify.single_label import FewShotClassifier
from fewtext.contracts.encoder import Progress
from fewtext.errors import FewtextError

M = TypeVar("M", bound="FewShotClassifier | MultiLabelClassifier")


def add(model: M, texts: Sequence[str], labels: Sequence[Any], *, progress: Progress | None = None) -> M:
    """Return the classifier that a fit with these examples after its own would have given.

    All are encoded anew, since in what company a text is encoded shows in the last bits of its features.
    """
    old, owners = examples_of(model)
    checked = checked_label_sets if isinstance(model, MultiLabelClassifier) else checked_labels
    texts, labels = checked_pairs(texts, labels, checked)
    return _refitted(model, old + texts, owners + labels, owners, progress)


def remove(model: M, places: Collection[int], *, progress: Progress | None = None) -> M:
    """Return the classifier that a fit without the examples at these places would have given.

    A label goes with its last example, unless it has a description beyond its own words.
    """
    old, owners = examples_of(model)
    kept = [i for i in range(len(old)) if i not in places]
    return _refitted(model, [old[i] for i in kept], [owners[i] for i in kept], owners, progress)


def examples_of(model: FewShotClassifier | MultiLabelClassifier) -> tuple[list[Any], list[Any]]:
    """Return the texts that a classifier was fitted on and the label of each, or the tuple of its labels.

    Those of none are at the end.
    """
    n = model.n_examples_
    labels = model.owners_of_support()[:n]
    if isinstance(model, MultiLabelClassifier):
        return model.support_texts_[:n], labels
    strange = list(model.out_of_scope_texts_)
    return [*model.support_texts_[:n], *strange], labels + [model.oos_label] * len(strange)


def _refitted(model: M, texts: list[Any], labels: list[Any], before: list[Any], progress: Progress | None) -> M:
    encoder, n = model.encoder_, model.n_examples_
    if "text" not in encoder.modalities:
        raise FewtextError("a classifier of images cannot be revised", hint="fit again from the folder of images")
    if encoder.weights and not model.tuner:
        raise FewtextError("how its encoder was tuned was not saved with it", hint="fit and tune again")
    left = _all(before) - _all(labels)
    names: dict[Any, list[str]] = {}
    for text, owner in zip(model.support_texts_[n:], model.owners_of_support()[n:], strict=True):
        (label,) = _all([owner])
        if label not in left or text != words(label):
            names.setdefault(label, []).append(text)
    oos_label = model.oos_label if model.oos_label in labels else None
    before_tuning = model.encoder if model.tuner else encoder
    named = model.label_names is not False and (names or True)
    said = {"label_names": named, "oos_label": oos_label, "encoder": before_tuning}
    changed = type(model)(**{**model.get_params(), **said})
    changed.fit(texts, labels, progress=progress)
    changed.encoder = model.encoder
    return changed


def _all(owners: Sequence[Any]) -> set[Any]:
    return {label for own in owners for label in (own if isinstance(own, tuple) else (own,))}
