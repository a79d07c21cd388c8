"""Decisions and marked answers in a table in memory: rows that came back from whoever looked through them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from fewtext.classify.columns import cell, column, column_names
from fewtext.classify.multi_label import MultiLabelClassifier
from fewtext.classify.single_label import SingleLabelClassifier
from fewtext.errors import FewtextError, listed
from fewtext.files.answer_log import COLUMNS as MARKED_COLUMNS
from fewtext.files.answer_log import RIGHT, Answer, marked_in
from fewtext.files.feedback import COLUMNS, DECISION, Correction, correction


def corrections_in(table: Any, model: SingleLabelClassifier | MultiLabelClassifier) -> list[Correction]:
    """Return the corrections in a table with columns ``text``, ``label`` and ``decision``, as a file of them is read.

    Where a text may have several labels they are ``a|b``, or a list. Rows are counted from 0, as a data frame does.
    """
    rows = _rows(table, COLUMNS, "decisions")
    several = isinstance(model, MultiLabelClassifier)
    labels = frozenset(map(str, model.classes_.tolist()))
    read = (correction(place, cells, several, labels) for place, cells in rows)
    return [own for own in read if own is not None]


def answers_in(table: Any, model: SingleLabelClassifier | MultiLabelClassifier) -> list[Answer]:
    """Return the marked answers in a table with columns ``text``, ``label`` and ``right``, as a file is read."""
    if DECISION in map(str, column_names(table) or ()):
        message = f"the table has a column {RIGHT!r} of marked answers and a column {DECISION!r} of the right labels"
        raise FewtextError(message, hint="leave out one of them")
    several = isinstance(model, MultiLabelClassifier)
    rows = _rows(table, MARKED_COLUMNS, "marked answers")
    return [own for place, cells in rows for own in marked_in(place, cells, several)]


def _rows(table: Any, wanted: Sequence[str], what: str) -> list[tuple[str, list[Any]]]:
    """Return the place of each row and its cells in the wanted columns."""
    names = column_names(table)
    if names is None:
        hint = f"give a data frame, an Arrow table or a data set with columns {', '.join(wanted)}"
        raise FewtextError(f"{type(table).__name__} where a table of {what} is expected", hint=hint)
    if missing := [name for name in wanted if name not in map(str, names)]:
        message = f"no column {missing[0]!r} among {listed(list(map(repr, names)))}"
        raise FewtextError(message, hint=f"{what} are in a table with columns {', '.join(wanted)}")
    rows = zip(*(column(table, name, name) for name in wanted), strict=True)
    return [(f"row {n}", list(map(cell, row))) for n, row in enumerate(rows)]
