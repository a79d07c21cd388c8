"""Answers as rows: the columns of ``fewtext classify``'s output, flat for csv, nested for JSON and for people."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from fewtext.files.label_columns import BETWEEN

if TYPE_CHECKING:
    from fewtext.classify.prediction import Prediction

LABEL, PROBABILITY, GUESS = "label", "probability", "guess"
SET = "set"
TOP, SCORES, NEAREST = "top", "scores", "nearest"  # columns of a nested layout


class Layout:
    """Which columns an answer has: ``label``, probability, then what was asked for beyond them.

    Where the classifier may abstain (``guesses``), the most probable label has a column of its own.
    """

    def __init__(
        self,
        labels: Sequence[str],
        top: int,
        scores: bool,
        explain: int,
        nested: bool,
        guesses: bool = False,
        sets: bool = False,
        label: str = LABEL,
    ) -> None:
        self.labels, self.nested, self.label = labels, nested, label
        self.top, self.scores, self.explain = top, scores, explain
        self.guesses, self.sets = guesses, sets

    @property
    def columns(self) -> list[str]:
        """The names of the columns."""
        named = [self.label, PROBABILITY, *[GUESS] * self.guesses, *[SET] * self.sets]
        if self.nested:
            asked = ((TOP, self.top > 1), (SCORES, self.scores), (NEAREST, self.explain > 0))
            return named + [name for name, wanted in asked if wanted]
        for i in range(2, self.top + 1):
            named += [f"label_{i}", f"probability_{i}"]
        named += [f"p({label})" for label in self.labels if self.scores]
        for i in range(1, self.explain + 1):
            named += [f"nearest_{i}", f"nearest_{i}_label", f"nearest_{i}_similarity"]
        return named

    def row(self, answer: Prediction) -> list[Any]:
        """Return the cells of one answer."""
        cells: list[Any] = [answer.label, answer.probability]
        if self.guesses:
            cells.append(answer.guess)
        if self.sets:
            within = answer.label_set or []
            cells.append(within if self.nested else BETWEEN.join(within))
        if self.nested:
            top = [{"label": label, "probability": probability} for label, probability in answer.ranked[: self.top]]
            scores = dict(answer.ranked)
            nearest = [vars(neighbour) for neighbour in answer.nearest[: self.explain]]
            asked = ((top, self.top > 1), (scores, self.scores), (nearest, self.explain > 0))
            return cells + [value for value, wanted in asked if wanted]
        for label, probability in _padded(answer.ranked[1 : self.top], self.top - 1, ("", None)):
            cells += [label, probability]
        if self.scores:
            probabilities = dict(answer.ranked)
            cells += [probabilities.get(label) for label in self.labels]
        flat = [(neighbour.text, neighbour.label, neighbour.similarity) for neighbour in answer.nearest[: self.explain]]
        for neighbour in _padded(flat, self.explain, ("", "", None)):
            cells += neighbour
        return cells


def _padded(items: Sequence[tuple[Any, ...]], length: int, filler: tuple[Any, ...]) -> list[tuple[Any, ...]]:
    return [*items, *[filler] * (length - len(items))]
