"""How a file of rows that a person looks through again, wrong answers or doubts, names rows and columns."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from fewtext.cli.answers import without_clashes

if TYPE_CHECKING:
    from fewtext.files.examples import Examples

ROW = "row"


def row_columns(examples: Examples, others: Sequence[str]) -> list[str]:
    """Return the names of the first columns: the row, and its id where rows have one, before the ``others``."""
    return [ROW, *without_clashes([examples.id_column] if examples.id_column else [], [ROW, *others])]


def row_cells(examples: Examples, place: int) -> list[Any]:
    """Return the number of an example's row as a spreadsheet shows it, and its id where rows have one."""
    number = examples.numbers[place] if examples.numbers else place + 1
    return [number, *([examples.ids[place]] if examples.id_column else [])]
