"""Strict JSON: no NaN or infinity, no lone surrogates, no repeated keys in an object."""

from __future__ import annotations

import json
import math
from collections import Counter
from typing import Any


def to_json(value: Any, **layout: Any) -> str:
    """Return JSON; NaN and infinity become null, and objects that JSON does not have become strings."""
    try:
        return json.dumps(value, ensure_ascii=False, default=str, allow_nan=False, **layout)
    except ValueError:
        return json.dumps(_finite(value), ensure_ascii=False, default=str, allow_nan=False, **layout)


def from_json(text: str) -> Any:
    """Parse JSON; raise ``ValueError`` where it is invalid, or an object repeats a key."""
    value = json.loads(text, object_pairs_hook=_object)
    return without_lone_surrogates(value) if "\\u" in text else value


def without_lone_surrogates(value: Any) -> Any:
    """Replace lone surrogates, which JSON can escape and UTF-8 cannot encode."""
    text = json.dumps(value, ensure_ascii=False)
    return json.loads(text.encode("utf-16", "surrogatepass").decode("utf-16", "replace"))


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    value = dict(pairs)
    if len(value) < len(pairs):
        ((repeated, _),) = Counter(name for name, _ in pairs).most_common(1)
        raise ValueError(f"key {repeated!r} is repeated")
    return value


def _finite(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _finite(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [_finite(item) for item in value]
    return None if isinstance(value, float) and not math.isfinite(value) else value
