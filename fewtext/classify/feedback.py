"""Corrections of a fitted classifier: the decided label takes the place of the given one, or the example goes."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any, TypeVar

from fewtext.classify.additions import label_key
from fewtext.classify.multi_label import MultiLabelClassifier
from fewtext.classify.single_label import SingleLabelClassifier
from fewtext.classify.update import examples_of, refitted
from fewtext.contracts.encoder import Progress
from fewtext.contracts.label_types import typed_like
from fewtext.errors import FewtextError, did_you_mean
from fewtext.files.feedback import Correction
from fewtext.files.label_columns import BETWEEN

M = TypeVar("M", bound="SingleLabelClassifier | MultiLabelClassifier")


_Key = tuple[str, Any]


@dataclass(frozen=True)
class _Step:
    """A correction with its decision as the classifier spells it; what its example is ``before`` and ``after``.

    An example that an earlier run of the same corrections has made is not corrected again.
    """

    correction: Correction
    decision: Any

    @property
    def before(self) -> _Key:
        return self.correction.text.strip(), label_key(self.correction.label)

    @property
    def after(self) -> _Key:
        return self.correction.text.strip(), None if self.decision is None else label_key(self.decision)


@dataclass(frozen=True)
class Changes:
    """What corrections come to: the new label of examples, by place, examples to remove, and how many are done."""

    labels: dict[int, Any]
    removed: set[int]
    done: int

    def __bool__(self) -> bool:
        return bool(self.labels or self.removed)


def changes(
    model: SingleLabelClassifier | MultiLabelClassifier, corrections: Sequence[Correction], *, new_labels: bool = False
) -> Changes:
    """Return what corrections of a classifier's examples come to; a label that is decided already counts as done.

    Raises ``FewtextError`` for the first that does not fit: its text is no example of the given label, its example has
    another decision too, or its label is not known, unless ``new_labels`` are welcome.
    """
    known, examples = _known(model), list(zip(*examples_of(model), strict=True))
    places: dict[_Key, list[int]] = defaultdict(list)
    for place, (text, label) in enumerate(examples):
        places[text.strip(), label_key(label)].append(place)
    typed = [replace(own, label=_typed(own, own.label, known)) for own in corrections]
    steps = [_Step(own, None if own.decision is None else _as_known(own, known, new_labels)) for own in typed]
    earlier = {step.after for step in steps if step.before not in places and step.decision is not None}
    decisions: dict[int, _Step] = {}
    done = 0
    for step in steps:
        own = step.correction
        if step.before not in places and step.after not in places:
            shown = BETWEEN.join(map(str, own.label)) if isinstance(own.label, tuple) else own.label
            hint = "leave out what is corrected already, and keep texts and labels as check wrote them"
            raise FewtextError(f"no example {own.text!r} of label {shown}", where=own.where, hint=hint)
        if step.before not in places or step.before in earlier:
            done += 1
            continue
        for place in places[step.before]:
            if decisions.setdefault(place, step).after != step.after:
                raise FewtextError(f"two decisions for {own.text!r}", where=own.where, hint="leave one of them")
    removed = {place for place, step in decisions.items() if step.decision is None}
    if len(removed) == len(examples):
        raise FewtextError("no example would be left", hint="keep some, or delete the classifier's folder")
    labels = {
        place: step.decision
        for place, step in decisions.items()
        if step.decision is not None and step.after != step.before
    }
    return Changes(labels, removed, done)


def corrected(model: M, found: Changes, *, progress: Progress | None = None) -> M:
    """Return the classifier that a fit to the corrected examples, in their order, would have given."""
    texts, labels = examples_of(model)
    kept = [place for place in range(len(texts)) if place not in found.removed]
    decided = [found.labels.get(place, labels[place]) for place in kept]
    return refitted(model, [texts[place] for place in kept], decided, labels, progress)


def _known(model: SingleLabelClassifier | MultiLabelClassifier) -> dict[Any, Any]:
    """Return the labels that an example may have, by what their spellings have in common."""
    every = [*model.classes_.tolist(), *([] if model.oos_label is None else [model.oos_label])]
    return {label_key(label): label for label in every}


def _as_known(correction: Correction, known: dict[Any, Any], new_labels: bool) -> Any:
    """Return the decided label, or tuple of labels, as the classifier spells it."""
    decision = _typed(correction, correction.decision, known)
    own = decision if isinstance(decision, tuple) else (decision,)
    for label in own:
        if label_key(label) not in known and not new_labels:
            meant = did_you_mean(str(label), list(map(str, known.values())))
            raise FewtextError(
                f"{label} is not a label of the classifier",
                where=correction.where,
                hint=f"{meant} parameter 'new_labels' lets corrections bring new ones".strip(),
            )
    spelled = tuple(dict.fromkeys(known.get(label_key(label), label) for label in own))
    return spelled if isinstance(decision, tuple) else spelled[0]


def _typed(correction: Correction, given: Any, known: dict[Any, Any]) -> Any:
    """Return a label, or each of a tuple, as the type that the classifier's labels have."""
    if isinstance(given, tuple):
        return tuple(_typed(correction, own, known) for own in given)
    if label_key(given) in known:
        return given
    try:
        return typed_like(list(known.values()), [given])[0]
    except FewtextError as error:
        raise FewtextError(error.what, where=correction.where, hint=error.hint) from error
