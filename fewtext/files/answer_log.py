"""A log of answers that were marked: the text, the label that a classifier gave, and whether it is right."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

from fewtext.errors import InputError
from fewtext.files.columns import as_label, as_text, header_of, position
from fewtext.files.feedback import ABOUT, DECISION, TEXT, Correction, corrections_of, own_names, rows_of
from fewtext.files.label_columns import BETWEEN, LABEL
from fewtext.files.source import AnyPath
from fewtext.files.tables import read_table

RIGHT = "right"
COLUMNS = TEXT, LABEL, RIGHT
_YES, _NO = ("true", "1", "yes", "right"), ("false", "0", "no", "wrong")


@dataclass(frozen=True)
class Answer:
    """A text, a label, and whether the text has it. ``where`` is the place in the file, for messages."""

    where: str
    text: str
    label: Any
    right: bool


class Feedback(NamedTuple):
    """What is in a file: decisions on examples, or marked answers, or neither, and how many rows it has."""

    corrections: list[Correction]
    answers: list[Answer]
    rows: int
    marks: bool


def read_feedback(
    path: AnyPath,
    several: bool,
    labels: frozenset[str] = frozenset(),
    text_column: str | None = None,
    label_column: str | None = None,
) -> Feedback:
    """Return what is in a file with a column ``decision``, as ``read_corrections`` does, or in one with ``right``.

    Raises ``InputError`` for a file with both, and for a row that cannot be read.
    """
    table = read_table(path, own_names(text_column, label_column, (*ABOUT, RIGHT))[0])
    header = header_of(table)
    if position(header, RIGHT) is None:
        if position(header, DECISION) is None and position(header, TEXT) is not None:
            message = f"has neither a column {DECISION!r} nor a column {RIGHT!r}"
            hint = f"write the right labels in {DECISION}, or true and false in {RIGHT}"
            raise InputError(message, where=table.path, hint=hint)
        corrections, rows = corrections_of(table, several, labels, text_column, label_column)
        return Feedback(corrections, [], rows, marks=False)
    if position(header, DECISION) is not None:
        message = f"has a column {RIGHT!r} of marked answers and a column {DECISION!r} of the right labels"
        raise InputError(message, where=table.path, hint="leave out one of them")
    found = list(rows_of(table, RIGHT, text_column, own_names(text_column, label_column, (RIGHT,))))
    answers = [own for place, cells in found for own in marked_in(place, cells, several)]
    return Feedback([], answers, len(found), marks=True)


def marked_in(where: str, cells: Sequence[Any], several: bool) -> list[Answer]:
    """Return the marked answer in the cells of ``COLUMNS``, or that of each label where a text may have ``several``.

    There is none where nothing is marked. Raises ``InputError`` for a row that does not say what is right or wrong.
    """
    text, label, cell = as_text(cells[0]), cells[1], as_label(cells[2]).casefold()
    if not cell:
        return []
    if cell not in (*_YES, *_NO):
        raise InputError(f"{cell!r} in the column {RIGHT!r}", where=where, hint="write true or false")
    given = label if isinstance(label, (list, tuple)) else as_label(label).split(BETWEEN) if several else [label]
    labels = list(dict.fromkeys(filter(None, map(as_label, given))))
    if not text or not labels:
        what = "label" if text else "text"
        raise InputError(f"no {what}, and marked as {cell}", where=where, hint="leave the mark empty")
    right = cell in _YES
    if len(labels) > 1 and not right:
        message = f"which of the labels {BETWEEN.join(labels)} is wrong is not said"
        raise InputError(message, where=where, hint="give a row for each label")
    return [Answer(where, text, own, right) for own in labels]
