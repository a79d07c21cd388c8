"""Label names as examples: `card_arrival` describes its texts, `LABEL_3` does not."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from fewtext.contracts.labels import normal_form

NAME_WEIGHT = 2.0  # an example has 1; chosen on training data of five corpora, at 1 to 10 examples a label
_SEPARATORS = re.compile(r"[_/\\.:|+-]+")
_CAMEL = re.compile(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])")
_PLACEHOLDERS = {"label", "labels", "class", "cls", "category", "cat", "group", "type", "id", "nr", "number"}


def words(label: object) -> str:
    """Return a label as words: underscores, slashes and camelCase undone; empty where it carries none (`0`, `C12`)."""
    text = normal_form(str(label))
    if not re.search(r"\s", text):
        text = _SEPARATORS.sub(" ", text)
        text = " ".join(
            part if part.isupper() or part == token else part.lower()
            for token in text.split()
            for part in _CAMEL.split(token)
        )
    return text if any(_says_something(word) for word in text.split()) else ""


def _says_something(word: str) -> bool:
    letters = re.sub(r"[\W\d_]", "", word)
    one_latin_letter = len(letters) == 1 and letters.isascii()
    return bool(letters) and not one_latin_letter and letters.casefold() not in _PLACEHOLDERS


@dataclass(frozen=True)
class NameExamples:
    """Texts that represent labels, each with its label, and the ``silent`` labels, whose names carry no words."""

    texts: list[str]
    labels: list[object]
    silent: list[object]


def name_examples(labels: Iterable[object], descriptions: Mapping[object, Sequence[str]]) -> NameExamples:
    """Return for each label its descriptions, else the words of its name."""
    texts, represented, silent = [], [], []
    for label in labels:
        names = [text for text in descriptions.get(label, ()) if text.strip()] or [words(label)]
        if names == [""]:
            silent.append(label)
            continue
        texts += names
        represented += [label] * len(names)
    return NameExamples(texts, represented, silent)
