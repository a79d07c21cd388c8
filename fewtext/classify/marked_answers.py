"""The marked answers that a classifier has learned from, and what it answers to them now."""

from __future__ import annotations

from fewtext.classify.multi_label import MultiLabelClassifier
from fewtext.classify.single_label import SingleLabelClassifier
from fewtext.files.answer_log import Answer


def answers_of(model: SingleLabelClassifier | MultiLabelClassifier) -> list[Answer]:
    """Return the answers that a classifier has learned from."""
    return list(model.marked_.answers) if model.marked_ else []


def still_given(model: SingleLabelClassifier | MultiLabelClassifier) -> tuple[int, int]:
    """Return how many of the answers marked wrong a classifier gives all the same, and how many it has learned from."""
    if model.marked_ is None:
        return 0, 0
    answers, classes = model.marked_.answers, model.classes_.tolist()
    probabilities = model.probabilities(model.marked_.x)
    if isinstance(model, MultiLabelClassifier):
        given = model.given(probabilities)
    else:
        given = probabilities.argmax(-1, keepdim=True).tolist()
    now = dict(zip(dict.fromkeys(own.text for own in answers), given, strict=True))
    wrong = [own for own in answers if not own.right]
    return sum(classes.index(own.label) in now[own.text] for own in wrong), len(wrong)
