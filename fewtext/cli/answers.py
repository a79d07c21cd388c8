"""Names of the columns of answers beside those of the texts, and answers as a table for people."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any, Literal

from fewtext.classify.answer_layout import LABEL, NEAREST, PROBABILITY, SCORES, SET, TOP
from fewtext.cli.terminal import visible
from fewtext.files.answer_log import RIGHT
from fewtext.files.feedback import DECISION

NAME = " (its name)"


def without_clashes(carried: Sequence[str], ours: Sequence[str]) -> list[str]:
    """Return names for the query file's columns, each once: ``query_label`` where ``label`` is the answer's.

    Then what was said of that label, ``right`` or ``decision``, is renamed as well: it is not said of the answer.
    """
    taken = [*ours, *((RIGHT, DECISION) if set(carried) & set(ours) else ())]
    names: list[str] = []
    for column in carried:
        while column in taken or column in names:
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
