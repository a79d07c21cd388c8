"""JSON as its standard has it: no NaN or infinity, no half of a surrogate pair, no key of an object twice."""

from __future__ import annotations

import json
import math
from typing import Any


def to_json(value: Any, **layout: Any) -> str:
    """Return JSON; a number that is NaN or infinite becomes null, and what JSON has no form for its string."""
    try:
        return json.dumps(value, ensure_ascii=False, default=str, allow_nan=False, **layout)
    except ValueError:
        return json.dumps(_finite(value), ensure_ascii=False, default=str, allow_nan=False, **layout)


def from_json(text: str) -> Any:
    """Read JSON; raise ``ValueError`` where it is none, or an object has a key twice."""
    value = json.loads(text, object_pairs_hook=_object)
    return without_halves(value) if "\\u" in text else value


def without_halves(value: Any) -> Any:
    """Replace halves of surrogate pairs, which JSON can spell and nothing can write."""
    text = json.dumps(value, ensure_ascii=False)
    return json.loads(text.encode("utf-16", "surrogatepass").decode("utf-16", "replace"))


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        names = [name for name, _ in pairs]
        raise ValueError(f"key {next(name for name in names if names.count(name) > 1)!r} twice")
    return found


def _finite(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _finite(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [_finite(item) for item in value]
    return None if isinstance(value, float) and not math.isfinite(value) else value
