"""Targets: labels as they are given, one a text, several a text, or an indicator matrix."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, NamedTuple

from fewtext.classify.indicators import indicator_columns, indicator_matrix, sets_from_indicators
from fewtext.classify.input_validation import check_aligned, plain
from fewtext.errors import FewtextError


class Targets(NamedTuple):
    """Labels, whether a text may have ``several``, and the labels of the columns of an indicator matrix."""

    labels: Any
    several: bool
    columns: list[Any] | None = None


def read_targets(texts: Any, labels: Any, several: bool | None = None, columns: Sequence[Any] | None = None) -> Targets:
    """Return what labels are: ``several`` as said, or decided by them.

    ``columns`` are the labels of an indicator matrix that does not name its own.
    """
    if several not in (None, True, False):
        raise FewtextError(f"parameter 'multi_label' is {several!r}", hint="give True, False or None")
    check_aligned(texts, labels)
    matrix = None if several is False else indicator_matrix(labels)
    if matrix is not None:
        own = list(columns) if columns is not None and not _names_columns(labels) else indicator_columns(labels)
        return Targets(sets_from_indicators(matrix, own), True, own)
    if several is None:
        if not hasattr(labels, "__len__") and isinstance(labels, Iterable):
            labels = list(labels)  # a generator can be read once
        several = _has_collections(labels)
    return Targets(labels, several)


def _names_columns(labels: Any) -> bool:
    return hasattr(labels, "columns") or hasattr(labels, "column_names")


def _has_collections(labels: Any) -> bool:
    if isinstance(labels, (str, bytes, Mapping)) or not isinstance(labels, Iterable) or _dimensions(labels) > 1:
        return False
    return any(isinstance(plain(item), (list, tuple, set, frozenset)) or _dimensions(item) == 1 for item in labels)


def _dimensions(value: Any) -> int:
    return len(getattr(value, "shape", ()))
