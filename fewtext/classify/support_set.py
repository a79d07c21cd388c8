"""The support set before it is encoded: texts, their classes, and label names that count as examples."""

from __future__ import annotations

import warnings
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from numbers import Real
from typing import Any

from fewtext.classify.input_validation import checked_texts, plain
from fewtext.classify.label_names import name_examples
from fewtext.contracts.image import Picture
from fewtext.contracts.labels import check_one_kind, one_spelling_each
from fewtext.errors import FewtextError, FewtextWarning, listed

MOST_WEIGHT = 1000.0
LabelNames = bool | Mapping[Any, str | Sequence[str]]
"""True: the words of a label's name are one more example of it; False: they are not; a mapping: descriptions."""


@dataclass(frozen=True)
class SupportTexts:
    """Texts or images, each with its classes: first the ``examples`` labelled ones, then label names."""

    classes: list[Any]
    texts: list[Any]
    label_sets: list[tuple[int, ...]]
    weight: list[float]
    examples: int

    @property
    def y(self) -> list[int]:
        """The class of each, where each has one."""
        return [number for (number,) in self.label_sets]

    @property
    def shown(self) -> list[str]:
        """The texts, or the images' names."""
        return [str(text) for text in self.texts]

    def only(self, kept: Sequence[int]) -> SupportTexts:
        """Return the texts at these places alone; raise ``FewtextError`` where a class is left without any."""
        label_sets = [self.label_sets[i] for i in kept]
        left = {number for numbers in label_sets for number in numbers}
        if empty := [label for i, label in enumerate(self.classes) if i not in left]:
            raise FewtextError(f"no example left of label {listed(empty)}", hint="give images that can be read")
        texts, weight = [self.texts[i] for i in kept], [self.weight[i] for i in kept]
        return SupportTexts(self.classes, texts, label_sets, weight, sum(i < self.examples for i in kept))


def gather_support(texts: list[Any], labels: list[Any], label_names: LabelNames, name_weight: float) -> SupportTexts:
    """Add a text per label name to checked texts and labels; raise ``FewtextError`` where nothing can be learned.

    Classes are sorted. A label that only has a description is a class too; one whose name carries no words (`0`) is
    represented by its examples alone, and a warning says so. A text's label may be a tuple of several, or of none.
    """
    several = any(isinstance(label, tuple) for label in labels)
    label_sets = [label if isinstance(label, tuple) else (label,) for label in labels]
    if not isinstance(name_weight, Real) or not 0 < name_weight <= MOST_WEIGHT:
        hint = f"give a number above 0 and up to {MOST_WEIGHT}"
        raise FewtextError(f"parameter 'name_weight' is {name_weight!r}", hint=hint)
    descriptions = _descriptions(label_names)
    given = [label for own in label_sets for label in own]
    check_one_kind([*given, *descriptions])
    spelling = one_spelling_each({**dict.fromkeys(descriptions, 0), **Counter(given)})
    label_sets = [tuple(dict.fromkeys(spelling[label] for label in own)) for own in label_sets]
    descriptions = _joined(descriptions, spelling)
    seen = {spelling[label] for label in given}
    classes = _sorted_classes(seen | set(descriptions), 1 if several else 2)
    of_images = any(isinstance(item, Picture) for item in texts)  # features of a text would be far from theirs
    if of_images and descriptions:
        message = "descriptions of labels are not used with images: they are texts"
        warnings.warn(message, FewtextWarning, stacklevel=4)
    names = name_examples(classes if label_names is not False and not of_images else [], descriptions)
    if empty := [label for label in names.silent if label not in seen]:
        message = f"neither an example nor a name with words: label {listed(empty)}"
        raise FewtextError(message, hint="give examples or descriptions")
    if names.silent:
        message = f"label names that carry no words are not used as examples: {listed(names.silent)}"
        warnings.warn(message, FewtextWarning, stacklevel=4)
    index = {label: i for i, label in enumerate(classes)}
    return SupportTexts(
        classes,
        texts + names.texts,
        [tuple(index[label] for label in own) for own in [*label_sets, *((label,) for label in names.labels)]],
        [1.0] * len(texts) + [float(name_weight)] * len(names.texts),
        len(texts),
    )


def _descriptions(label_names: LabelNames) -> dict[Any, list[str]]:
    if isinstance(label_names, bool):
        return {}
    if not isinstance(label_names, Mapping):
        message = f"parameter 'label_names' is a {type(label_names).__name__}"
        raise FewtextError(message, hint="give True, False, or descriptions as {label: text}")
    found = {plain(label): [own] if isinstance(own, str) else own for label, own in label_names.items()}
    for label, own in found.items():
        if not isinstance(own, Iterable):
            message = f"parameter 'label_names' has {own!r} as the description of {label}"
            raise FewtextError(message, hint="give a text, or a list of texts")
    return {label: checked_texts(own) for label, own in found.items()}


def _joined(descriptions: Mapping[Any, list[str]], spelling: Mapping[Any, Any]) -> dict[Any, list[str]]:
    joined: dict[Any, list[str]] = {}
    for label, texts in descriptions.items():
        joined.setdefault(spelling[label], []).extend(texts)
    return joined


def _sorted_classes(labels: set[Any], least: int) -> list[Any]:
    if not labels:
        raise FewtextError("no labelled text", hint="give a few texts per label, or descriptions of the labels")
    if len(labels) < least:
        raise FewtextError(f"one label only: {listed(list(labels))}", hint="give examples of at least two labels")
    return sorted(labels)
