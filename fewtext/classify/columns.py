"""Tables in memory: columns of data frames, Arrow tables and data sets by name, without importing their libraries."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from fewtext.classify.input_validation import is_missing, plain
from fewtext.errors import FewtextError, listed
from fewtext.files.label_columns import label_columns
from fewtext.files.text_columns import TextColumn, joined_text, text_columns

LabelColumn = str | Sequence[str] | None
"""The name of a column of labels, or those of several columns of 0 and 1."""
NO_LABEL = -1  # in a column whose labels are numbered, as data sets on the Hub have it


def column_names(values: Any) -> list[Any] | None:
    """Return the names of a table's columns; None for what is no table.

    Raises ``FewtextError`` for several tables in one, and for one that is yet to be computed.
    """
    names = getattr(values, "column_names", None)  # before ``columns``, which are the columns themselves in Arrow
    if isinstance(names, dict):
        splits = listed(list(map(repr, names)))
        raise FewtextError(f"a {type(values).__name__} of {splits} is several tables", hint="give one, as it['train']")
    if callable(getattr(values, "collect_schema", None)) and callable(getattr(values, "collect", None)):
        raise FewtextError(f"a {type(values).__name__} is yet to be computed", hint="call its collect() first")
    if isinstance(names, list):
        return names
    two_dimensional = len(getattr(values, "shape", ())) == 2
    return list(values.columns) if two_dimensional and hasattr(values, "columns") else None


def column(table: Any, name: str, parameter: str) -> Any:
    """Return a column by its name; raise ``FewtextError`` where the table has none of this name, or several."""
    names = column_names(table) or []
    own = [one for one in names if str(one) == str(name)]
    if not own:
        message = f"parameter '{parameter}' is {name!r}, and the columns are {listed(list(map(repr, names)))}"
        raise FewtextError(message, hint="name one of them")
    if len(own) > 1:
        raise FewtextError(f"{len(own)} columns are called {name!r}", hint="rename one of them")
    return table[own[0]]


def texts_in(values: Any, text_column: TextColumn) -> Any:
    """Return the column of texts, where the values are a table and it is named; anything else as it is.

    Several columns are joined as the command line joins them. A column whose own name has a comma is one column.
    """
    if text_column is None or (header := column_names(values)) is None:
        return values
    names = text_columns(text_column)
    if isinstance(text_column, str) and (len(names) < 2 or text_column in map(str, header)):
        names = [text_column]
    columns = [column(values, name, "text_column") for name in names]
    if len(columns) == 1:
        return columns[0]
    texts = (joined_text(map(cell, cells)) for cells in zip(*columns, strict=True))
    if not hasattr(values, "__len__"):
        return texts  # of a stream
    index = getattr(columns[0], "index", None)  # of pandas, by which texts and labels belong together
    return type(columns[0])(list(texts), index=index, dtype=object) if hasattr(index, "equals") else list(texts)


def cell(value: Any) -> Any:
    """Return a cell as a file has it: a plain value or list, None where it is missing."""
    value = plain(value)
    if getattr(value, "shape", ()):
        return list(value)
    return None if is_missing(value) else value


def has_labels(values: Any, label_column: LabelColumn) -> bool:
    """Whether the values are a table with the named columns of labels."""
    header = list(map(str, column_names(values) or ()))
    return label_column is not None and set(header) >= set(names_in(header, label_column))


def labels_in(values: Any, labels: Any, label_column: LabelColumn) -> tuple[Any, list[str] | None]:
    """Return labels: those given, or else the named column of a table.

    Several columns give a matrix of 0 and 1, and beside it their names.
    """
    given = labels is not None and not (isinstance(labels, (tuple, list)) and not labels)
    table = labels if given else values
    if label_column is None or column_names(table) is None or given and not has_labels(labels, label_column):
        if not given and column_names(values) is not None:
            message = "a table without labels, which are given beside it, or in it where their column is named"
            raise FewtextError(message, hint="name the column by parameter 'label_column'")
        return labels_by_name(labels), None
    names = names_in(list(map(str, column_names(table) or ())), label_column)
    if len(names) == 1:
        return labels_by_name(column(table, names[0], "label_column")), None
    columns = [[plain(value) for value in column(table, name, "label_column")] for name in names]
    matrix = np.array(columns, dtype=object).T
    if not all(value in (0, 1) for value in matrix.flat):
        message = f"the columns {listed(names)} hold other values than 0 and 1"
        raise FewtextError(message, hint="name one column by parameter 'label_column'")
    return matrix.astype(int), names


def names_in(header: Sequence[str], label_column: str | Sequence[str]) -> list[str]:
    """Return the names of the columns of labels; a string may join several, as on the command line."""
    return label_columns(header, label_column) if isinstance(label_column, str) else list(label_column)


def labels_by_name(labels: Any) -> Any:
    """Return the names of labels that a data set holds by their numbers (``ClassLabel``); others as they are."""
    feature = getattr(labels, "features", None)
    feature = getattr(feature, "feature", feature)  # of a list of labels
    names = getattr(feature, "names", None)
    if not isinstance(names, list):
        return labels

    def named(value: Any) -> Any:
        if isinstance(value, (list, tuple)):
            return [named(own) for own in value]
        return None if value in (None, NO_LABEL) else names[value]

    return [named(value) for value in labels]
