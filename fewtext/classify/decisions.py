"""Decisions in a table in memory: the rows of doubts that came back from whoever looked through them."""

from __future__ import annotations

from typing import Any

from fewtext.classify.columns import cell, column, column_names
from fewtext.classify.multi_label import MultiLabelClassifier
from fewtext.classify.single_label import SingleLabelClassifier
from fewtext.errors import FewtextError, listed
from fewtext.files.feedback import COLUMNS, Correction, correction


def corrections_in(table: Any, model: SingleLabelClassifier | MultiLabelClassifier) -> list[Correction]:
    """Return the corrections in a table with columns ``text``, ``label`` and ``decision``, as a file of them is read.

    Where a text may have several labels they are ``a|b``, or a list. Rows are counted from 0, as a data frame does.
    """
    names = column_names(table)
    if names is None:
        hint = f"give a data frame, an Arrow table or a data set with columns {', '.join(COLUMNS)}"
        raise FewtextError(f"{type(table).__name__} where a table of decisions is expected", hint=hint)
    if missing := [name for name in COLUMNS if name not in map(str, names)]:
        what = f"no column {missing[0]!r} among {listed(list(map(repr, names)))}"
        raise FewtextError(what, hint=f"decisions are in a table with columns {', '.join(COLUMNS)}")
    rows = zip(*(column(table, name, name) for name in COLUMNS), strict=True)
    several = isinstance(model, MultiLabelClassifier)
    labels = frozenset(map(str, model.classes_.tolist()))
    read = (correction(f"row {n}", list(map(cell, row)), several, labels) for n, row in enumerate(rows))
    return [own for own in read if own is not None]
