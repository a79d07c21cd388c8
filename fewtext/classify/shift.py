"""Shift: queries in another language, or farther from the examples than texts like them are; what holds for neither."""

from __future__ import annotations

import warnings
from collections import Counter
from collections.abc import Sequence
from typing import Any, NamedTuple

import torch
from torch import Tensor

from fewtext.classify.base import TextClassifier
from fewtext.classify.languages import SupportLanguages, load_ahead, name_of_language
from fewtext.classify.out_of_scope import similarity, similarity_of_examples
from fewtext.errors import FewtextWarning
from fewtext.metrics.intervals import lowest_to_expect

REACHED = 0.99  # of texts like the examples are at least so near to one of the labels
LEAST_LEFT_OUT = 6  # examples left out of their class: fewer do not show how near texts like them are
MANY_FAR, MANY_FOREIGN = 0.1, 0.01  # of all texts, from which on a warning comes: languages are seldom mistaken
LEAST = 3  # texts
SHOWN = 4  # languages that are counted one by one


def outside(model: TextClassifier, texts: Sequence[Any], features: Tensor, by_similarity: bool = True) -> Tensor:
    """Return which texts the examples of a classifier do not speak for: ``[n]``; warn where they are many."""
    shift = Shift(model, by_similarity)
    found = shift.outside(texts, features)
    shift.warn()
    return found


class Tally(NamedTuple):
    """Counts of texts: all, those far from every label, and by language all and the foreign ones."""

    texts: int
    far: int
    languages: Counter[str]
    foreign: Counter[str]

    def since(self, before: Tally) -> Tally:
        """Return what was counted after an earlier tally."""
        languages, foreign = self.languages - before.languages, self.foreign - before.foreign
        return Tally(self.texts - before.texts, self.far - before.far, languages, foreign)


class Shift:
    """Tells which queries the examples of a classifier do not speak for, and counts them over a stream.

    A text is outside where its similarity to the nearest label is below what 99 % of texts like the examples reach,
    estimated on examples left out of their class, or where its language or script is certainly none of the examples'.
    Language alone counts only where the encoder was trained on one language, or on others than the text's: one that may
    know both shows by similarity whether it does. Without ``by_similarity`` only language counts. Images are never
    outside. A ``silent`` one counts, and leaves warnings to whoever adds up the tallies of several.
    """

    def __init__(self, model: TextClassifier, by_similarity: bool = True, silent: bool = False) -> None:
        self._model, self._silent, n = model, silent, model.n_examples_
        if "text" in model.encoder_.modalities:
            load_ahead()  # while the first texts are encoded
        left_out = similarity_of_examples(model.support_, n)
        enough = by_similarity and len(left_out) >= LEAST_LEFT_OUT
        self.least_similarity = lowest_to_expect(left_out.tolist(), REACHED) if enough else -1.0
        self._known = {name_of_language(code) for code in model.encoder_.languages}
        self._support: SupportLanguages | None = None
        self.texts = self.far = 0
        self.languages: Counter[str] = Counter()
        self.foreign: Counter[str] = Counter()

    def outside(self, texts: Sequence[Any], features: Tensor) -> Tensor:
        """Return which texts, whose features are ``[n, *shape]``, are outside: ``[n]``; they are counted."""
        result = torch.zeros(len(texts), dtype=torch.bool)
        if not all(isinstance(text, str) for text in texts):
            return result
        far = (similarity(features, self._model.support_) < self.least_similarity).tolist()
        for i, text in enumerate(texts):
            name, foreign = self.support.of(text)
            self.languages[name] += 1
            if foreign and (far[i] or len(self._known) == 1 or self._known and name not in self._known):
                self.foreign[name] += 1
                result[i] = True
            elif far[i]:
                self.far += 1
                result[i] = True
        self.texts += len(texts)
        return result

    def tally(self) -> Tally:
        """Return the counts so far."""
        return Tally(self.texts, self.far, self.languages.copy(), self.foreign.copy())

    def add(self, tally: Tally) -> None:
        """Add the counts of another part of the texts."""
        self.texts, self.far = self.texts + tally.texts, self.far + tally.far
        self.languages.update(tally.languages)
        self.foreign.update(tally.foreign)

    @property
    def support(self) -> SupportLanguages:
        """The languages of the examples, or of the labels' names where there are none."""
        if self._support is None:
            texts, n, left_out = self._model.support_texts_, self._model.n_examples_, self._model.left_out_
            self._support = (
                SupportLanguages.of_codes(left_out.languages, left_out.scripts)
                if left_out
                else SupportLanguages(texts[:n] or texts)
            )
        return self._support

    def warn(self, so_far: str = "") -> None:
        """Warn of what was counted, where it is many, and of examples in a language that the encoder does not know.

        ``so_far`` stands before the count of a warning that a last one will follow, which alone speaks of the examples.
        """
        if self._silent:
            return
        own = self.support.names[:1] if self.texts and not so_far else ()
        if self._known and not self._known.issuperset(own):
            message = (
                f"the examples are in {own[0]}, and the encoder was trained on {', '.join(sorted(self._known))} alone: "
                "expect more errors; set parameter 'encoder'=multilingual"
            )
            warnings.warn(message, FewtextWarning, stacklevel=3)
        found, cures, count, foreign = [], [], 0, self.foreign.total()
        if foreign and foreign >= max(MANY_FOREIGN * self.texts, min(LEAST, self.texts)):
            count += foreign
            found.append(f"{foreign:,} in another language ({self._counted()})")
            cures.append("set parameter 'encoder'=multilingual for other languages")
        if self.far >= max(MANY_FAR * self.texts, LEAST):
            count += self.far
            found.append(f"{self.far:,} farther from every label than {REACHED:.0%} of texts like the examples")
            cures.append("set parameter 'ood_keep' to leave other kinds of texts unanswered")
        if found:
            cures.append("or label some of them: fewtext suggest chooses which")
            message = (
                f"{so_far}{count:,} of {_texts(self.texts)} unlike the examples: {' and '.join(found)}; "
                f"probabilities and the expected precision do not hold for them; {', '.join(cures)}"
            )
            warnings.warn(message, FewtextWarning, stacklevel=3)

    def refused(self) -> str:
        """Return a sentence on the texts without an answer; empty where there are none."""
        count = self.far + self.foreign.total()
        if not count:
            return ""
        return f"{_texts(count)} unlike the examples and left without an answer: the expected precision is of the rest"

    def _counted(self) -> str:
        """Return how many texts are in each language: ``412 English, 37 German``; the rare ones may be mistaken."""
        counts = self.languages.copy()
        unclear = counts.pop("", 0)
        least = min(LEAST, self.texts)
        shown = [(name, count) for name, count in counts.most_common(SHOWN) if count >= least] or counts.most_common(1)
        parts = [f"{count:,} {name}" for name, count in shown]
        if rest := counts.total() - sum(count for _, count in shown):
            parts.append(f"{rest:,} other")
        return ", ".join([*parts, f"{unclear:,} too short to tell"] if unclear else parts)


def _texts(count: int) -> str:
    return "1 text is" if count == 1 else f"{count:,} texts are"
