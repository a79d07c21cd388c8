"""Revision: examples that join a fitted classifier or leave it. The support is the model: what follows is a new fit."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Any

from fewtext.classifier import FewShotClassifier
from fewtext.encoding import Encoder, Progress
from fewtext.errors import FewtextError
from fewtext.features import Remembering
from fewtext.label_names import words
from fewtext.support import checked_labels, checked_texts


def add(
    model: FewShotClassifier, texts: Sequence[str], labels: Sequence[Any], *, progress: Progress | None = None
) -> FewShotClassifier:
    """Return the classifier that a fit with these examples after its own would have given; only they are encoded."""
    old, owners = examples_of(model)
    return _refitted(model, old + checked_texts(texts), owners + checked_labels(labels), owners, progress)


def remove(model: FewShotClassifier, places: Collection[int], *, progress: Progress | None = None) -> FewShotClassifier:
    """Return the classifier that a fit without the examples at these places would have given.

    A label goes with its last example, unless it has a description beyond its own words.
    """
    old, owners = examples_of(model)
    kept = [i for i in range(len(old)) if i not in places]
    return _refitted(model, [old[i] for i in kept], [owners[i] for i in kept], owners, progress)


def examples_of(model: FewShotClassifier) -> tuple[list[Any], list[Any]]:
    """Return the texts that a classifier was fitted on and their labels, those of none at the end."""
    n, strange = model.n_examples_, list(model.stranger_texts_)
    labels = [model.classes_.tolist()[y] for y in model.support_.y[:n].tolist()]
    return [*model.support_texts_[:n], *strange], labels + [model.none_label] * len(strange)


def _refitted(
    model: FewShotClassifier, texts: list[Any], labels: list[Any], before: list[Any], progress: Progress | None
) -> FewShotClassifier:
    encoder, support, n = model.encoder_, model.support_, model.n_examples_
    if "text" not in encoder.modalities:
        raise FewtextError("a classifier of pictures cannot be revised", cure="fit again from the folder of pictures")
    if encoder.weights:
        raise FewtextError("a classifier with a tuned encoder cannot be revised", cure="fit and tune again")
    left = set(before) - set(labels)
    names: dict[Any, list[str]] = {}
    for text, y in zip(model.support_texts_[n:], support.y[n:].tolist(), strict=True):
        label = model.classes_.tolist()[y]
        if label not in left or text != words(label):
            names.setdefault(label, []).append(text)
    none_label = model.none_label if model.none_label in labels else None
    said = {"label_names": names or False, "none_label": none_label}
    changed = FewShotClassifier(**{**model.get_params(), **said})
    known: Encoder = encoder
    if not encoder.made_from_support:
        kept = dict(zip(model.support_texts_, support.x, strict=True))
        if model.strangers_:
            kept |= zip(model.stranger_texts_, model.strangers_.x, strict=True)
        known = Remembering(encoder, kept)
    changed.encoder = known
    changed.fit(texts, labels, progress=progress)
    changed.encoder, changed.encoder_ = model.encoder, encoder if known is not encoder else changed.encoder_
    return changed
