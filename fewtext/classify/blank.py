"""Blank texts: no example, and no query with an answer, as in a file."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from fewtext.classify.input_validation import checked_labels, checked_pairs, checked_texts
from fewtext.errors import FewtextError, FewtextWarning, listed

if TYPE_CHECKING:
    from numpy.typing import NDArray


def filled_pairs(
    texts: Any, labels: Any, checked: Callable[[Any], list[Any]] = checked_labels
) -> tuple[list[Any], list[Any]]:
    """Return the checked texts that are not blank, with their labels; a warning names the others."""
    texts, labels = checked_pairs(texts, labels, checked)
    rows = _filled(texts)
    if len(rows) < len(texts):
        _warn(texts, rows, "skipped")
        if not rows:
            raise FewtextError("every text is blank", hint="give texts with words")
    return [texts[i] for i in rows], [labels[i] for i in rows]


class Filled:
    """The texts among some that are not blank, and answers to them put back into the order of all."""

    def __init__(self, texts: Any) -> None:
        every = checked_texts(texts)
        self.rows, self.count = _filled(every), len(every)
        self.texts = [every[i] for i in self.rows]
        if len(self.rows) < self.count:
            _warn(every, self.rows, "left without an answer")

    def labels(self, answers: NDArray[Any], classes: Sequence[Any]) -> NDArray[Any]:
        """Return ``[count]`` labels; of a blank text an empty one, or None among numbers."""
        if len(self.rows) == self.count:
            return answers
        strings = isinstance(classes[0], str)
        spread = np.full(self.count, "" if strings else None, dtype=object)
        spread[self.rows] = answers.tolist()
        return np.array(spread.tolist()) if strings else spread

    def label_sets(self, answers: Sequence[tuple[Any, ...]]) -> list[tuple[Any, ...]]:
        """Return the labels of each text; a blank one has none."""
        at = dict(zip(self.rows, answers, strict=True))
        return [at.get(row, ()) for row in range(self.count)]

    def probabilities(self, answers: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return ``[count, classes]``; the row of a blank text is NaN."""
        if len(self.rows) == self.count:
            return answers
        spread = np.full((self.count, answers.shape[1]), np.nan)
        spread[self.rows] = answers
        return spread


def _filled(texts: Sequence[Any]) -> list[int]:
    return [place for place, text in enumerate(texts) if str(text).strip()]


def _warn(texts: Sequence[Any], rows: Sequence[int], outcome: str) -> None:
    blank = sorted(set(range(len(texts))) - set(rows))
    which = f"item {listed(blank)}"
    warnings.warn(f"{len(blank)} of {len(texts)} texts are blank and {outcome}: {which}", FewtextWarning, stacklevel=5)
