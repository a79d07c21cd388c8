"""Update a fitted classifier by examples: its support is all it was learned from, so an update is a new fit."""

from __future__ import annotations

import warnings
from collections.abc import Collection, Sequence
from typing import Any, TypeVar

from fewtext.classify.blank import filled_pairs
from fewtext.classify.indicators import column_places
from fewtext.classify.input_validation import checked_label_sets, checked_labels, checked_pairs, checked_texts
from fewtext.classify.label_names import words
from fewtext.classify.multi_label import MultiLabelClassifier
from fewtext.classify.single_label import SingleLabelClassifier
from fewtext.contracts.encoder import Progress
from fewtext.contracts.labels import normal_form
from fewtext.encoders.weighted_parts import unweighted
from fewtext.errors import FewtextError, FewtextWarning, listed
from fewtext.files.label_columns import BETWEEN

M = TypeVar("M", bound="SingleLabelClassifier | MultiLabelClassifier")


def add(model: M, texts: Sequence[Any], labels: Sequence[Any], *, progress: Progress | None = None) -> M:
    """Return the classifier that a fit to its examples and then these would have given.

    All are encoded anew: the batch that a text is encoded in shows in the last bits of its features.
    """
    old_texts, old_labels = examples_of(model)
    texts, labels = checked_pairs(texts, labels, _checked(model))
    return refitted(model, old_texts + texts, old_labels + labels, old_labels, progress)


def remove(model: M, places: Collection[int], *, progress: Progress | None = None) -> M:
    """Return the classifier that a fit without the examples at these places would have given.

    A label goes with its last example, unless it has a description other than its own name.
    """
    texts, labels = examples_of(model)
    kept = [i for i in range(len(texts)) if i not in places]
    return refitted(model, [texts[i] for i in kept], [labels[i] for i in kept], labels, progress)


def examples_of(model: SingleLabelClassifier | MultiLabelClassifier) -> tuple[list[Any], list[Any]]:
    """Return the texts that a classifier was fitted to, and the label of each, or the tuple of its labels.

    Out-of-scope examples come last.
    """
    n = model.n_examples_
    labels = model.support_labels()[:n]
    if isinstance(model, MultiLabelClassifier):
        return model.support_texts_[:n], labels
    outside = list(model.out_of_scope_texts_)
    return [*model.support_texts_[:n], *outside], labels + [model.oos_label] * len(outside)


def new_examples(
    model: SingleLabelClassifier | MultiLabelClassifier, texts: Sequence[Any], labels: Sequence[Any]
) -> tuple[list[Any], list[Any]]:
    """Return the texts and labels that are no examples of the classifier yet; a warning counts the others.

    Raises ``FewtextError`` where none are left.
    """
    texts, labels = filled_pairs(texts, labels, _checked(model))
    known = {(text, label_key(label)) for text, label in zip(*examples_of(model), strict=True)}
    pairs = [(text, label) for text, label in zip(texts, labels, strict=True) if (text, label_key(label)) not in known]
    if left_out := len(texts) - len(pairs):
        message = f"{left_out} example{'s are' if left_out > 1 else ' is'} in the classifier already, and skipped"
        warnings.warn(message, FewtextWarning, stacklevel=3)
    if not pairs:
        raise FewtextError("no new example to add")
    return [text for text, _ in pairs], [label for _, label in pairs]


def examples_to_remove(
    model: SingleLabelClassifier | MultiLabelClassifier, texts: Sequence[Any], labels: Sequence[Any] | None = None
) -> set[int]:
    """Return the places of the classifier's examples with these texts, under any label or under the given ones.

    White space around texts is ignored, and labels are compared as they are written, ``1`` with ``"1"``; None among
    them is any label. A warning names those that are no example. Raises ``FewtextError`` where all examples would go,
    or none.
    """
    texts = [str(text).strip() for text in checked_texts(texts)]
    wanted = [None] * len(texts) if labels is None else [None if own is None else label_key(own) for own in labels]
    if len(texts) != len(wanted):
        raise FewtextError(f"{len(texts)} texts but {len(wanted)} labels")
    examples = [(text.strip(), label_key(label)) for text, label in zip(*examples_of(model), strict=True)]
    matching: set[int] = set()
    missing = []
    for text, key in zip(texts, wanted, strict=True):
        places = {place for place, (known, own) in enumerate(examples) if text and known == text and key in (None, own)}
        if text and not places:
            shown = BETWEEN.join(sorted(key)) if isinstance(key, frozenset) else key
            missing.append(f"{text!r}" + (f" of label {shown}" if shown else ""))
        matching |= places
    if not matching:
        what = f"no example {listed(missing, 2)}: " if missing else ""
        hint = "check texts and labels, or leave it if they were removed before"
        raise FewtextError(f"{what}none of these texts is an example of the classifier", hint=hint)
    if missing:
        warnings.warn(f"no example {listed(missing, separator='; ')}", FewtextWarning, stacklevel=3)
    if len(matching) == len(examples):
        raise FewtextError("no example would be left", hint="keep some, or delete the classifier's folder")
    return matching


def label_key(label: Any) -> Any:
    """Return what two labels, or two sets of them, have in common where they are written alike."""
    if isinstance(label, (tuple, list, set, frozenset)):
        return frozenset(map(label_key, label))
    return normal_form(str(label))


def _checked(model: SingleLabelClassifier | MultiLabelClassifier) -> Any:
    return checked_label_sets if isinstance(model, MultiLabelClassifier) else checked_labels


def refitted(model: M, texts: list[Any], labels: list[Any], before: list[Any], progress: Progress | None) -> M:
    """Return the classifier that a fit to these examples would have given; ``before`` are the labels until now."""
    encoder, n = unweighted(model.encoder_), model.n_examples_
    if "text" not in encoder.modalities:
        raise FewtextError("a classifier of images cannot be updated", hint="fit again, from the folder of images")
    if encoder.weights and not model.tuner:
        raise FewtextError("how its encoder was fine-tuned was not saved with it", hint="fit again")
    gone = _all(before) - _all(labels)
    names: dict[Any, list[str]] = {}
    for text, own in zip(model.support_texts_[n:], model.support_labels()[n:], strict=True):
        (label,) = _all([own])
        if label not in gone or text != words(label):
            names.setdefault(label, []).append(text)
    changed = type(model)(
        **{
            **model.get_params(deep=False),
            "label_names": model.label_names is not False and (names or True),
            "oos_label": model.oos_label if model.oos_label in labels else None,
            "encoder": model.encoder if model.tuner else encoder,  # fine-tuned anew, from where it began
        }
    )
    changed.fit(texts, labels, progress=progress)
    changed.encoder = model.encoder
    if model.matrix_columns_ is not None:
        column_places(changed.classes_.tolist(), model.matrix_columns_)
        changed.matrix_columns_ = model.matrix_columns_
    return changed


def _all(labels: Sequence[Any]) -> set[Any]:
    return {label for own in labels for label in (own if isinstance(own, tuple) else (own,))}
