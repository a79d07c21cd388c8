"""Labels beside queries: those that a file of texts to remove, or to compare with, has in its other columns."""

from __future__ import annotations

from typing import Any

from fewtext.errors import InputError
from fewtext.files.columns import as_label, has_columns, position
from fewtext.files.label_columns import LABEL, label_columns, read_labels
from fewtext.files.queries import Queries


def read_labels_beside(
    queries: Queries, path: str, label_column: str | None, several: bool, lenient: bool = False
) -> list[Any]:
    """Return the label of each query, or a tuple of its labels; None where it has none, or the file has no labels.

    With ``lenient`` the usual column is tried where there is none of the given name.
    """
    if lenient and label_column and not has_columns(queries.columns, label_column):
        label_column = None
    names = label_columns(queries.columns, label_column) if several else [label_column or LABEL]
    places = [at for name in names if (at := position(queries.columns, name)) is not None]
    if len(places) < len(names):
        if label_column:
            what = f"no column {label_column!r} among {', '.join(map(repr, queries.columns))}"
            raise InputError(what, where=path, hint="leave out parameter 'label_column' to use the texts alone")
        return [None] * len(queries.texts)
    rows = [(f"{path}, text {n}", [cells[at] for at in places]) for n, cells in enumerate(queries.carried, 1)]
    return read_labels(rows, [queries.columns[at] for at in places], as_label, several)
