"""Answers as rows: the columns of ``fewtext classify``'s output, flat for csv, nested for jsonl and for people."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any, Literal

from fewtext.cli.terminal import visible
from fewtext.files.label_columns import BETWEEN

if TYPE_CHECKING:
    from fewtext.classify.prediction import Prediction

LABEL, PROBABILITY, GUESS = "label", "probability", "guess"
SET = "set"
TOP, SCORES, NEAREST = "top", "scores", "nearest"  # columns of a nested layout
NAME = " (its name)"


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


def without_clashes(carried: Sequence[str], ours: Sequence[str]) -> list[str]:
    """Return names for the query file's columns, each once: ``query_label`` where ``label`` is the answer's."""
    names: list[str] = []
    for column in carried:
        while column in ours or column in names:
            column = f"query_{column}"
        names.append(column)
    return names


def print_table(columns: Sequence[str], rows: Iterable[Sequence[Any]], label: str = LABEL) -> None:
    """Print rows of a nested layout as a table for people: probabilities in per cent, an empty answer as a dash.

    ``label`` is the column of answers.
    """
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    table = Table(box=None, header_style="bold", pad_edge=False)
    for column in columns:
        whole = column in (label, PROBABILITY, TOP, SCORES)  # labels do not break within a word
        justify: Literal["left", "right"] = "right" if column == PROBABILITY else "left"
        table.add_column(Text(visible(column)), justify=justify, overflow="fold", no_wrap=whole)
    for row in rows:
        table.add_row(
            *(
                Text(_shown(LABEL if column == label else column, cell))
                for column, cell in zip(columns, row, strict=True)
            )
        )
    Console().print(table)


def _shown(column: str, cell: Any) -> str:
    if cell is None or cell == "" and column == LABEL:
        return "-"
    if column == PROBABILITY:
        return _percent(cell)
    if column == SET:
        return visible(", ".join(cell))
    if column == TOP:
        return "\n".join(f"{_percent(one['probability'])} {visible(one['label'])}" for one in cell)
    if column == SCORES:
        return "\n".join(f"{_percent(probability)} {visible(label)}" for label, probability in cell.items())
    if column == NEAREST:
        lines = (f"{n['similarity']:.2f} {n['label']}: {_short(n['text'])}{NAME if n['is_name'] else ''}" for n in cell)
        return "\n".join(map(visible, lines))
    return visible(_short(str(cell)))


def _percent(probability: float) -> str:
    return ">99.9%" if probability > 0.9995 else f"{probability:.1%}"


def _short(text: str) -> str:
    text = " ".join(text.split())
    return text if len(text) <= 200 else text[:199] + "…"
