"""Update a fitted classifier by examples: its support is all it was learned from, so an update is a new fit."""

from __future__ import annotations

import warnings
from collections.abc import Collection, Sequence
from typing import Any, NamedTuple, TypeVar

from fewtext.classify.additions import Additions, addition, example_key, label_key, of_examples, there_before
from fewtext.classify.blank import filled_pairs
from fewtext.classify.indicators import column_places
from fewtext.classify.input_validation import checked_label_sets, checked_labels, checked_pairs, checked_texts
from fewtext.classify.label_names import words
from fewtext.classify.left_out import check_has_texts
from fewtext.classify.marked_answers import answers_of
from fewtext.classify.marking import answers_about, taught
from fewtext.classify.multi_label import MultiLabelClassifier
from fewtext.classify.single_label import SingleLabelClassifier
from fewtext.contracts.encoder import Progress
from fewtext.encoders.weighted_parts import unweighted
from fewtext.errors import FewtextError, FewtextWarning, listed
from fewtext.files.answer_log import Answer
from fewtext.files.label_columns import BETWEEN

M = TypeVar("M", bound="SingleLabelClassifier | MultiLabelClassifier")


class NewExamples(NamedTuple):
    """Those of the given examples that are new, and what to remember of the others."""

    texts: list[Any]
    labels: list[Any]
    addition: Additions


def add(
    model: M,
    texts: Sequence[Any],
    labels: Sequence[Any],
    addition: Additions | None = None,
    *,
    progress: Progress | None = None,
) -> M:
    """Return the classifier that a fit to its examples and then these would have given.

    All are encoded anew: the batch that a text is encoded in shows in the last bits of its features. The ``addition``
    is remembered, so that ``remove`` can undo it.
    """
    old_texts, old_labels = examples_of(model)
    texts, labels = checked_pairs(texts, labels, _checked(model))
    changed = refitted(model, old_texts + texts, old_labels + labels, old_labels, progress)
    changed.additions_ = {**(addition or {}), **changed.additions_}
    return changed


def remove(model: M, places: Collection[int], *, progress: Progress | None = None) -> M:
    """Return the classifier that a fit without the examples, and marked answers, at these places would have given.

    A label goes with its last example, unless it has a description other than its own name.
    """
    texts, labels = examples_of(model)
    kept, n = [i for i in range(len(texts)) if i not in places], len(texts)
    answers = [own for place, own in enumerate(answers_of(model), n) if place not in places]
    return refitted(model, [texts[i] for i in kept], [labels[i] for i in kept], labels, progress, answers)


def examples_of(model: SingleLabelClassifier | MultiLabelClassifier) -> tuple[list[Any], list[Any]]:
    """Return the texts that a classifier was fitted to, and the label of each, or the tuple of its labels.

    Out-of-scope examples come last.
    """
    check_has_texts(model, "a change of the examples")
    n = model.n_examples_
    labels = model.support_labels()[:n]
    if isinstance(model, MultiLabelClassifier):
        return model.support_texts_[:n], labels
    outside = list(model.out_of_scope_texts_)
    return [*model.support_texts_[:n], *outside], labels + [model.oos_label] * len(outside)


def new_examples(
    model: SingleLabelClassifier | MultiLabelClassifier, texts: Sequence[Any], labels: Sequence[Any]
) -> NewExamples:
    """Return the texts and labels that are no examples of the classifier yet; a warning counts the others.

    Raises ``FewtextError`` where none are left.
    """
    texts, labels = filled_pairs(texts, labels, _checked(model))
    known = set(map(example_key, *examples_of(model)))
    pairs = [pair for pair in zip(texts, labels, strict=True) if example_key(*pair) not in known]
    if left_out := len(texts) - len(pairs):
        message = f"{left_out} example{'s are' if left_out > 1 else ' is'} in the classifier already, and skipped"
        warnings.warn(message, FewtextWarning, stacklevel=3)
    if not pairs:
        raise FewtextError("no new example to add")
    given = list(map(example_key, texts, labels))
    there = addition(given, [key for key in given if key in known])
    return NewExamples([text for text, _ in pairs], [label for _, label in pairs], there)


def examples_to_remove(
    model: SingleLabelClassifier | MultiLabelClassifier, texts: Sequence[Any], labels: Sequence[Any] | None = None
) -> set[int]:
    """Return the places of the classifier's examples with these texts, under any label or under the given ones.

    Places after the last example are those of marked answers, which are removed alike.

    White space around texts is ignored, and labels are compared as they are written, ``1`` with ``"1"``; None among
    them is any label. Where the same examples were added before, those that had been there already stay, and a warning
    counts them. Another names texts that are no example. Raises ``FewtextError`` where all examples would go, or none.
    """
    texts = [str(text).strip() for text in checked_texts(texts)]
    wanted = [None] * len(texts) if labels is None else [None if own is None else label_key(own) for own in labels]
    if len(texts) != len(wanted):
        raise FewtextError(f"{len(texts)} texts but {len(wanted)} labels")
    examples, several = list(map(example_key, *examples_of(model))), isinstance(model, MultiLabelClassifier)
    n = len(examples)
    examples += [example_key(own.text, (own.label,) if several else own.label) for own in answers_of(model)]
    pairs = list(zip(texts, wanted, strict=True))
    labelled = [(text, key) for text, key in pairs if text and key is not None]
    if stay := there_before(model.additions_, labelled):  # an undo of what was added: rows without a label were not
        pairs = [pair for pair in labelled if pair not in stay]
    matching: set[int] = set()
    missing = []
    for text, key in pairs:
        places = {place for place, (known, own) in enumerate(examples) if text and known == text and key in (None, own)}
        if text and not places:
            shown = BETWEEN.join(sorted(key)) if isinstance(key, frozenset) else key
            missing.append(f"{text!r}" + (f" of label {shown}" if shown else ""))
        matching |= places
    if stay:
        hint = "to remove them too, give their texts without labels"
        kept = f"{len(stay)} examples were" if len(stay) > 1 else "1 example was"
        if not matching:
            raise FewtextError(f"nothing to remove: {kept} there before the same ones were added", hint=hint)
        warnings.warn(f"{kept} there before the same ones were added, and kept; {hint}", FewtextWarning, stacklevel=3)
    if not matching:
        what = f"no example {listed(missing, 2)}: " if missing else ""
        hint = "check texts and labels, or leave it if they were removed before"
        raise FewtextError(f"{what}none of these texts is an example of the classifier", hint=hint)
    if missing:
        warnings.warn(f"no example {listed(missing, separator='; ')}", FewtextWarning, stacklevel=3)
    if n and matching >= set(range(n)):  # descriptions alone are enough where there was none before
        raise FewtextError("no example would be left", hint="keep some, or delete the classifier's folder")
    return matching


def _checked(model: SingleLabelClassifier | MultiLabelClassifier) -> Any:
    return checked_label_sets if isinstance(model, MultiLabelClassifier) else checked_labels


def refitted(
    model: M, texts: list[Any], labels: list[Any], before: list[Any], progress: Progress | None,
    answers: Sequence[Answer] | None = None,
) -> M:  # fmt: skip
    """Return the classifier that a fit to these examples would have given; ``before`` are the labels until now.

    It learns from the same marked ``answers`` as before, unless others are given.
    """
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
    if answers := answers_about(changed, answers_of(model) if answers is None else answers):
        changed = taught(changed, answers, progress=progress)
    changed.encoder = model.encoder
    changed.additions_ = of_examples(model.additions_, map(example_key, texts, labels))
    if model.matrix_columns_ is not None:
        column_places(changed.classes_.tolist(), model.matrix_columns_)
        changed.matrix_columns_ = model.matrix_columns_
    return changed


def _all(labels: Sequence[Any]) -> set[Any]:
    return {label for own in labels for label in (own if isinstance(own, tuple) else (own,))}
