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
from fewtext.classify.marked_answers import answers_of
from fewtext.classify.marked_calibration import held_out_marks, temperature_by_marks
from fewtext.classify.multi_label import MultiLabelClassifier
from fewtext.classify.multi_label_calibration import calibrate
from fewtext.classify.saved_model import Marked
from fewtext.classify.single_label import SingleLabelClassifier
from fewtext.contracts.encoder import Progress
from fewtext.contracts.label_types import typed_like
from fewtext.encoders.encode import encode, encoded_rows, warn_of_truncation
from fewtext.errors import FewtextError, FewtextWarning, did_you_mean, listed
from fewtext.files.answer_log import Answer
from fewtext.metrics.calibration import fit_temperature

M = TypeVar("M", bound="SingleLabelClassifier | MultiLabelClassifier")
EARLIER = "an earlier update"  # where an answer that the classifier has learned from was marked


class NewAnswers(NamedTuple):
    """All answers that a classifier is to learn from, and what that changes.

    Of those given some are new, ``known`` already, or ``set_aside``; of those learned before some are ``forgotten``.
    """

    answers: list[Answer]
    new: list[Answer]
    known: int
    set_aside: int
    forgotten: int

    @property
    def changes(self) -> bool:
        """Whether a classifier that learns from the answers is another than before."""
        return bool(self.new or self.forgotten)

    def learned_by(self, model: SingleLabelClassifier | MultiLabelClassifier) -> list[Answer]:
        """Return those of the new answers that a classifier has learned from: an encoder may not read some texts."""
        learned = set(answers_of(model))
        return [own for own in self.new if replace(own, where="") in learned]


def new_answers(model: SingleLabelClassifier | MultiLabelClassifier, given: Sequence[Answer]) -> NewAnswers:
    """Return what marked answers add to those that a classifier has learned from.

    Raises ``FewtextError`` for the first that does not fit: its label is not known, or it contradicts another answer or
    an example. Set aside, with a warning, are answers of the out-of-scope label, and texts that no label is left for,
    whether their labels are denied at once or one after the other. Another warning is of right answers alone.
    """
    check_has_texts(model, "an update by marked answers")
    if "text" not in model.encoder_.modalities:
        raise FewtextError("a classifier of images cannot learn from marked answers", hint="fit again, from the folder")
    check_learns_from_marks(model.learner_, model.tuner)
    of_examples, kept = _labels_of_examples(model), answers_of(model)
    marked: dict[str, dict[Any, Answer]] = defaultdict(dict)
    for own in kept:
        marked[own.text][own.label] = own
    several = isinstance(model, MultiLabelClassifier)
    inside, outside = _by_scope(model, given)
    new: list[Answer] = []
    known = 0
    for own in inside:
        if (examples := of_examples.get(own.text)) is not None:
            if (own.label in examples) != own.right:
                there = ", ".join(map(str, sorted(examples, key=str))) or "no label"
                _contradicts(own, f"the text is an example of {there}")
            known += 1
            continue
        before = marked[own.text]
        if (same := before.get(own.label)) is not None:
            if same.right != own.right:
                _contradicts(own, f"{_mark(same)} in {same.where or EARLIER}", same)
            known += 1
            continue
        if own.right and not several and (other := next((one for one in before.values() if one.right), None)):
            reason = f"{other.label} is right in {other.where or EARLIER}, and a text has one label"
            _contradicts(own, reason, other)
        before[own.label] = own
        new.append(own)
    nowhere = _without_labels([*kept, *new], model)
    no_label = [own for own in [*kept, *new] if own.text in nowhere]
    _warn_of("is the label of out-of-scope texts, which are learned from examples alone", outside)
    _warn_of("no label is left for the text, which may be out of scope", no_label)
    left, learned = ([own for own in answers if own.text not in nowhere] for answers in (kept, new))
    answers = left + learned
    if learned and all(own.right for own in answers) and not several:
        message = "all answers are marked right, which says nothing of how often answers are wrong"
        warnings.warn(f"{message}: probabilities may be too high; mark wrong ones, too", FewtextWarning, stacklevel=3)
    return NewAnswers(answers, learned, known, len(outside) + len(new) - len(learned), len(kept) - len(left))


def taught(model: M, answers: Sequence[Answer], *, progress: Progress | None = None) -> M:
    """Return the classifier that has learned from its examples and from these answers, and from no others.

    Left out, with a warning, are answers whose texts the encoder cannot read.

    The accuracy to expect is of examples alone, since answers that were marked right are those that the classifier
    found easy.
    """
    changed = copy(model)
    changed.marked_, changed.made_ = None, None
    if answers:
        texts = list(dict.fromkeys(own.text for own in answers))
        with warn_of_truncation(model.encoder_):
            x = encode(model.encoder_, texts, progress)
        usable = encoded_rows(x, texts, "set aside")
        x, texts = x[usable], [texts[i] for i in usable.nonzero()[:, 0].tolist()]
        read = set(texts)
        if answers := [replace(own, where="") for own in answers if own.text in read]:
            changed.marked_ = Marked(answers, x, _marks(answers, texts, model))
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
    _warn_of("the label is no longer known", [own for own in answers if own.label not in classes])
    _warn_of("no label is left for the text", [own for own in left if own.text in nowhere])
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
        if (marks > 0).any() and (marks < 0).any():  # one kind alone says nothing of how often answers are right
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


def _by_scope(
    model: SingleLabelClassifier | MultiLabelClassifier, answers: Sequence[Answer]
) -> tuple[list[Answer], list[Answer]]:
    """Return the answers of the classifier's labels, spelt as it spells them, and those of its out-of-scope label."""
    known = {label_key(label): label for label in model.classes_.tolist()}
    out_of_scope = None if model.oos_label is None else label_key(model.oos_label)
    inside, outside = [], []
    for own in answers:
        if (key := label_key(own.label)) == out_of_scope:
            outside.append(own)
        else:
            inside.append(replace(own, text=own.text.strip(), label=known[key] if key in known else _typed(own, known)))
    return inside, outside


def _typed(own: Answer, known: dict[Any, Any]) -> Any:
    """Return the label of an answer that is not written as the classifier spells it: one of the ``known`` by key."""
    classes = list(known.values())
    try:
        label = typed_like(classes, [own.label])[0]
    except FewtextError as error:
        raise FewtextError(error.what, where=own.where, hint=error.hint) from error
    if label_key(label) not in known:
        hint = did_you_mean(str(label), list(map(str, classes))) or "add examples of it first"
        raise FewtextError(f"{label} is not a label of the classifier", where=own.where, hint=hint)
    return known[label_key(label)]


def _without_labels(answers: Sequence[Answer], model: SingleLabelClassifier | MultiLabelClassifier) -> set[str]:
    """Return the texts that have one label, and are marked as having none of those that there are."""
    if isinstance(model, MultiLabelClassifier):
        return set()
    denied = Counter(own.text for own in answers if not own.right)
    return {text for text, count in denied.items() if count == len(model.classes_)}


def _mark(own: Answer) -> str:
    return "right" if own.right else "wrong"


def _contradicts(own: Answer, reason: str, other: Answer | None = None) -> None:
    hint = "leave out one of them" if other and other.where else "leave it out, or remove the text first"
    raise FewtextError(f"{own.label} is {_mark(own)} for {own.text!r}, but {reason}", where=own.where, hint=hint)


def _warn_of(reason: str, answers: Sequence[Answer]) -> None:
    if answers:
        count = f"{len(answers)} answers are" if len(answers) > 1 else "1 answer is"
        warnings.warn(f"{count} set aside: {reason}: {listed(_shown(answers))}", FewtextWarning, stacklevel=4)


def _shown(answers: Sequence[Answer]) -> list[str]:
    return [f"{own.where + ' ' if own.where else ''}{own.text!r}" for own in answers]
