"""Marked answers: a classifier is told which of its answers were right, and learns from the wrong ones as well."""

from __future__ import annotations

import warnings
from collections import Counter, defaultdict
from collections.abc import Sequence
from copy import copy
from dataclasses import replace
from typing import Any, NamedTuple, TypeVar

import torch
from torch import Tensor

from fewtext.classify.additions import label_key
from fewtext.classify.complementary import check_learns_from_marks, weights
from fewtext.classify.held_out import held_out_answers
from fewtext.classify.left_out import check_has_texts
from fewtext.classify.marked_calibration import held_out_marks, temperature_by_marks
from fewtext.classify.multi_label import MultiLabelClassifier
from fewtext.classify.multi_label_calibration import calibrate
from fewtext.classify.saved_model import Marked
from fewtext.classify.single_label import SingleLabelClassifier
from fewtext.contracts.encoder import Progress
from fewtext.contracts.label_types import typed_like
from fewtext.encoders.encode import encode, warn_of_truncation
from fewtext.errors import FewtextError, FewtextWarning, did_you_mean, listed
from fewtext.files.answer_log import Answer
from fewtext.metrics.calibration import fit_temperature

M = TypeVar("M", bound="SingleLabelClassifier | MultiLabelClassifier")
EARLIER = "an earlier update"  # where an answer that the classifier has learned from was marked


class NewAnswers(NamedTuple):
    """All answers that a classifier is to learn from, how many are new, were known already, and are set aside."""

    answers: list[Answer]
    new: list[Answer]
    known: int
    set_aside: int


def new_answers(model: SingleLabelClassifier | MultiLabelClassifier, given: Sequence[Answer]) -> NewAnswers:
    """Return what marked answers add to those that a classifier has learned from.

    Raises ``FewtextError`` for the first that does not fit: its label is not known, or it contradicts another answer or
    an example. Set aside, with a warning, are answers of the out-of-scope label, and texts that no label is left for.
    """
    check_has_texts(model, "an update by marked answers")
    if "text" not in model.encoder_.modalities:
        raise FewtextError("a classifier of images cannot learn from marked answers", hint="fit again, from the folder")
    check_learns_from_marks(model.learner_, model.tuner)
    of_examples, kept = _labels_of_examples(model), list(model.marked_.answers) if model.marked_ else []
    told: dict[str, dict[Any, Answer]] = defaultdict(dict)
    for own in kept:
        told[own.text][own.label] = own
    several = isinstance(model, MultiLabelClassifier)
    new: list[Answer] = []
    outside = [
        own for own in given if model.oos_label is not None and label_key(own.label) == label_key(model.oos_label)
    ]
    left = [own for own in given if own not in outside]
    known = 0
    for own in [_typed(own, model.classes_.tolist()) for own in left]:
        if (examples := of_examples.get(own.text)) is not None:
            if (own.label in examples) != own.right:
                there = ", ".join(map(str, sorted(examples, key=str))) or "no label"
                _contradicts(own, f"the text is an example of {there}", "decide on the example, or remove it first")
            known += 1
            continue
        before = told[own.text]
        if (same := before.get(own.label)) is not None:
            if same.right != own.right:
                _contradicts(own, f"{_mark(same)} in {same.where or EARLIER}")
            known += 1
            continue
        if own.right and not several and (other := next((one for one in before.values() if one.right), None)):
            _contradicts(own, f"{other.label} is right in {other.where or EARLIER}, and a text has one label")
        before[own.label] = own
        new.append(own)
    nowhere = _without_labels([own for texts in told.values() for own in texts.values()], model)
    _warn_of("is the label of out-of-scope texts, which are learned from examples alone", outside)
    _warn_of("no label is left for the text, which may be out of scope", [own for own in new if own.text in nowhere])
    learned = [own for own in new if own.text not in nowhere]
    return NewAnswers(kept + learned, learned, known, len(outside) + len(new) - len(learned))


def taught(model: M, answers: Sequence[Answer], *, progress: Progress | None = None) -> M:
    """Return the classifier that has learned from its examples and from these answers, and from no others.

    The accuracy to expect is of examples alone, since answers that were marked right are those that the classifier
    found easy.
    """
    changed = copy(model)
    changed.marked_, changed.made_ = None, None
    if answers and all(own.right for own in answers) and isinstance(model, SingleLabelClassifier):
        message = "all answers are marked right, which says nothing of how often answers are wrong"
        warnings.warn(f"{message}: probabilities may be too high; mark wrong ones, too", FewtextWarning, stacklevel=3)
    if answers:
        texts = list(dict.fromkeys(own.text for own in answers))
        with warn_of_truncation(model.encoder_):
            x = encode(model.encoder_, texts, progress)
        changed.marked_ = Marked([replace(own, where="") for own in answers], x, _marks(answers, texts, model))
    if isinstance(changed, SingleLabelClassifier):
        _teach(changed)
    else:
        changed._fit_classifier()
        parts = changed.support_, changed.n_examples_, changed.learner_.temperature
        changed.calibration_ = calibrate(changed.held_out_logits_, *parts)
    return changed


def answers_about(model: SingleLabelClassifier | MultiLabelClassifier, answers: Sequence[Answer]) -> list[Answer]:
    """Return those of the answers that tell a classifier something: of its labels, and of texts that are no examples.

    A warning counts those that the labels of examples contradict.
    """
    of_examples, classes = _labels_of_examples(model), set(model.classes_.tolist())
    overruled = [
        own for own in answers if own.text in of_examples and (own.label in of_examples[own.text]) != own.right
    ]
    if overruled:
        count = f"{len(overruled)} marked answers are" if len(overruled) > 1 else "1 marked answer is"
        message = f"{count} forgotten, as the text is now an example with another label: {listed(_shown(overruled))}"
        warnings.warn(message, FewtextWarning, stacklevel=4)
    left = [own for own in answers if own.text not in of_examples and own.label in classes]
    nowhere = _without_labels(left, model)  # where a label that was left for them is gone
    return [own for own in left if own.text not in nowhere]


def _teach(model: SingleLabelClassifier) -> None:
    support, n, learner = model.support_, model.n_examples_, model.learner_
    logits, rows = held_out_answers(learner, support, n)
    target, model._held_out = support.y[rows], (logits, rows)
    model.temperature_ = fit_temperature(logits, target, learner.temperature)
    if (marked := model.marked_) is not None:
        x, marks = marked.x, marked.weight
        weight = weights(learner, support, x, marks, model.temperature_)
        model.marked_ = replace(marked, weight=weight)
        logits, rows = model._held_out = held_out_answers(learner, model._taught, n)
        model.temperature_ = fit_temperature(logits, target, learner.temperature)
        if {-1.0, 1.0} <= set(marks.flatten().tolist()):  # one kind alone says nothing of how often answers are right
            asked, texts = held_out_marks(learner, support, x, weight)
            model.temperature_ = temperature_by_marks(logits, target, asked, marks[texts], learner.temperature)
    model._fit_classifier()


def _marks(answers: Sequence[Answer], texts: list[str], model: SingleLabelClassifier | MultiLabelClassifier) -> Tensor:
    """Return 1 for each label that a text has, -1 for one that it does not have, else 0: ``[texts, labels]``."""
    rows, columns = ({own: number for number, own in enumerate(listed)} for listed in (texts, model.classes_.tolist()))
    marks = torch.zeros(len(texts), len(columns))
    for own in answers:
        marks[rows[own.text], columns[own.label]] = 1.0 if own.right else -1.0
    return marks


def _labels_of_examples(model: SingleLabelClassifier | MultiLabelClassifier) -> dict[str, set[Any]]:
    """Return the labels of each text that is an example, out-of-scope ones included."""
    found: dict[str, set[Any]] = defaultdict(set)
    n = model.n_examples_
    for text, label in zip(model.support_texts_[:n], model.support_labels()[:n], strict=True):
        found[text.strip()].update(label if isinstance(label, tuple) else [label])
    if isinstance(model, SingleLabelClassifier):
        for text in model.out_of_scope_texts_:
            found[str(text).strip()].add(model.oos_label)
    return dict(found)


def _typed(own: Answer, classes: list[Any]) -> Answer:
    """Return an answer with its label as the classifier spells it."""
    known = {label_key(label): label for label in classes}
    try:
        label = known.get(label_key(own.label), typed_like(classes, [own.label])[0])
    except FewtextError as error:
        raise FewtextError(error.what, where=own.where, hint=error.hint) from error
    if label_key(label) not in known:
        hint = did_you_mean(str(label), list(map(str, classes))) or "add examples of it first"
        raise FewtextError(f"{label} is not a label of the classifier", where=own.where, hint=hint)
    return replace(own, text=own.text.strip(), label=known[label_key(label)])


def _without_labels(answers: Sequence[Answer], model: SingleLabelClassifier | MultiLabelClassifier) -> set[str]:
    """Return the texts that have one label, and are told to have none of those that there are."""
    if isinstance(model, MultiLabelClassifier):
        return set()
    denied = Counter(own.text for own in answers if not own.right)
    return {text for text, count in denied.items() if count == len(model.classes_)}


def _mark(own: Answer) -> str:
    return "right" if own.right else "wrong"


def _contradicts(own: Answer, reason: str, hint: str = "leave out one of them") -> None:
    raise FewtextError(f"{own.label} is {_mark(own)} for {own.text!r}, but {reason}", where=own.where, hint=hint)


def _warn_of(reason: str, answers: Sequence[Answer]) -> None:
    if answers:
        count = f"{len(answers)} answers are" if len(answers) > 1 else "1 answer is"
        warnings.warn(f"{count} set aside: {reason}: {listed(_shown(answers))}", FewtextWarning, stacklevel=4)


def _shown(answers: Sequence[Answer]) -> list[str]:
    return [f"{own.where + ' ' if own.where else ''}{own.text!r}" for own in answers]
