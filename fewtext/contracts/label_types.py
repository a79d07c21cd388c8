"""Label types: labels that a file gives as text, read as the type that a classifier's labels have."""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from typing import Any

from fewtext.contracts.labels import kind_of
from fewtext.errors import FewtextError, listed

_WHOLE = re.compile(r"[+-]?\d+(\.0+)?")
_BOOLEANS = {"true": True, "false": False}


def typed_like(classes: Sequence[Any], labels: Sequence[Any]) -> list[Any]:
    """Return labels as the type of a classifier's: of numbers ``"3"`` as 3, of booleans ``"True"`` as True.

    A label may be a tuple of several, or None for no label. Raises ``FewtextError`` for one that is written otherwise.
    """
    kind = kind_of(classes[0])
    if kind == "strings":
        return list(labels)
    whole = not any(isinstance(label, float) for label in classes)
    wrong: dict[str, None] = {}

    def typed(label: Any) -> Any:
        if isinstance(label, tuple):
            return tuple(typed(own) for own in label)
        if not isinstance(label, str):
            return label
        value = _boolean(label) if kind == "booleans" else _number(label, whole)
        if value is None:
            wrong[label] = None
        return value

    read = [typed(label) for label in labels]
    if wrong:
        what = "True and False" if kind == "booleans" else "whole numbers" if whole else "numbers"
        message = f"the labels of the classifier are {what}, and here is {listed(list(map(repr, wrong)))}"
        raise FewtextError(message, hint="write the labels alike, or fit again with all of them as strings")
    return read


def _boolean(text: str) -> bool | None:
    return _BOOLEANS.get(text.strip().casefold())


def _number(text: str, whole: bool) -> int | float | None:
    if whole:
        return int(text.strip().partition(".")[0]) if _WHOLE.fullmatch(text.strip()) else None
    try:
        value = float(text.replace("_", " "))  # Python would read 1_0 as 10
    except ValueError:
        return None
    return value if math.isfinite(value) else None
