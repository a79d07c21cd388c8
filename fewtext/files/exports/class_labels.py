"""Hugging Face ``ClassLabel`` columns: numbers in the file, and their names in the metadata of its schema."""

from __future__ import annotations

import warnings
from collections.abc import Mapping, Sequence
from typing import Any

from fewtext.errors import FewtextWarning, listed
from fewtext.files.exports.record import broken
from fewtext.files.json_text import from_json

_KEY = b"huggingface"
_NONE = -1


def class_names(metadata: Mapping[bytes, bytes] | None) -> dict[str, list[str]]:
    """Return the names of classes by column; none where the metadata has none that can be read."""
    try:
        features = from_json((metadata or {})[_KEY].decode("utf-8"))["info"]["features"]
        found = {column: _names(feature) for column, feature in features.items()}
    except (KeyError, ValueError, TypeError, AttributeError):
        return {}
    return {column: names for column, names in found.items() if names}


def _names(feature: Any) -> list[str]:
    if isinstance(feature, list):  # an older way to write a sequence
        feature = feature[0]
    if isinstance(feature, dict) and isinstance(feature.get("feature"), dict):
        feature = feature["feature"]
    names = feature.get("names") if isinstance(feature, dict) and feature.get("_type") == "ClassLabel" else None
    return names if isinstance(names, list) and all(isinstance(name, str) for name in names) else []


def with_class_names(
    path: str, names: Sequence[str], columns: Sequence[list[Any]], metadata: Mapping[bytes, bytes] | None
) -> list[list[Any]]:
    """Return columns with the names of classes in place of their numbers, and say so; -1 is no label."""
    known = class_names(metadata)
    if used := [name for name in names if name in known]:
        message = (
            f"{path}: column {listed([repr(name) for name in used])} has the names of its ClassLabel; -1 is no label"
        )
        warnings.warn(message, FewtextWarning, stacklevel=5)
    return [
        _named(path, name, cells, known[name]) if name in known else cells
        for name, cells in zip(names, columns, strict=True)
    ]


def _named(path: str, column: str, cells: list[Any], names: list[str]) -> list[Any]:
    lists = [cell for cell in cells if isinstance(cell, list)]
    # In a list of numbers of classes none is there twice: three and more of 0 and 1 alone are indicators.
    hot = len(names) > 2 and bool(lists) and all(len(own) == len(names) and set(own) <= {0, 1} for own in lists)
    named: list[Any] = []
    for line, cell in enumerate(cells, 1):
        if isinstance(cell, list):
            numbers = [number for number, flag in enumerate(cell) if flag] if hot else cell
            named.append([own for n in numbers if (own := _name(path, line, column, n, names)) is not None])
        else:
            named.append(_name(path, line, column, cell, names))
    return named


def _name(path: str, line: int, column: str, number: Any, names: list[str]) -> str | None:
    if number is None or number == _NONE:
        return None
    if isinstance(number, bool) or not isinstance(number, int) or not 0 <= number < len(names):
        raise broken(path, line, f"{str(number)[:40]} in column {column!r}, whose ClassLabel has {len(names)} names")
    return names[number]
