"""Indicator matrices, scikit-learn's form of several labels a text: a row a text, a column a label, of 0 and 1."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from fewtext.classify.input_validation import plain
from fewtext.contracts.labels import normal_form
from fewtext.errors import FewtextError, listed

if TYPE_CHECKING:
    from numpy.typing import NDArray


def indicator_matrix(labels: Any) -> NDArray[np.bool_] | None:
    """Return labels as ``[n, labels]`` where they are an indicator matrix: an array, a data frame, or a sparse matrix.

    Lists of lists are none, since labels may be called 0 and 1.
    """
    shape: Any = getattr(labels, "shape", ())
    if len(shape) != 2 or shape[1] < 2:
        return None
    dense = np.asarray(labels.toarray() if hasattr(labels, "toarray") else labels)
    if dense.dtype == object and {type(value) for value in dense.flat} <= {bool, int, float}:  # pandas' nullable types
        dense = dense.astype(float)
    if dense.dtype.kind not in "biuf" or not np.isin(dense, (0, 1)).all():
        return None
    return dense.astype(bool)


def indicator_columns(labels: Any) -> list[Any]:
    """Return the labels that the columns of an indicator matrix are of: a data frame's names, else 0, 1, 2, …."""
    names = getattr(labels, "column_names", getattr(labels, "columns", range(labels.shape[1])))
    columns = [plain(name) for name in names]
    forms = [normal_form(column) for column in columns]
    if repeated := [column for column, form in zip(columns, forms, strict=True) if forms.count(form) > 1]:
        raise FewtextError(f"several columns of one label: {listed(repeated)}", hint="join them")
    return columns


def sets_from_indicators(matrix: NDArray[np.bool_], columns: Sequence[Any]) -> list[tuple[Any, ...]]:
    """Return the labels of each row; raise ``FewtextError`` where there are not as many columns as labels."""
    if matrix.shape[1] != len(columns):
        raise FewtextError(f"an indicator matrix of {matrix.shape[1]} columns for {len(columns)} labels")
    return [tuple(columns[k] for k in row.nonzero()[0]) for row in matrix]


def column_places(labels: Sequence[Any], columns: Sequence[Any]) -> list[int]:
    """Return the column of each label; raise ``FewtextError`` for one that has none."""
    places = {normal_form(column): k for k, column in enumerate(columns)}
    if missing := [label for label in labels if normal_form(label) not in places]:
        raise FewtextError(f"labels without a column in the indicator matrix: {listed(missing)}", hint="add columns")
    return [places[normal_form(label)] for label in labels]


def indicators_from_sets(
    label_sets: Sequence[Sequence[Any]], labels: Sequence[Any], columns: Sequence[Any]
) -> NDArray[np.int64]:
    """Return sets of ``labels`` as an indicator matrix of these columns."""
    places = dict(zip(labels, column_places(labels, columns), strict=True))
    matrix = np.zeros((len(label_sets), len(columns)), dtype=np.int64)
    for row, own in zip(matrix, label_sets, strict=True):
        row[[places[label] for label in own]] = 1
    return matrix
