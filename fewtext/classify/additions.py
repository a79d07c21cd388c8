"""Additions: which examples were there before ``add``, and are kept where ``remove`` of the same ones undoes it."""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Any

from fewtext.contracts.labels import normal_form

Additions = Mapping[str, Sequence[str]]
"""By the digest of all examples that were given to ``add``: the digests of those that were there before.

Digests, so that a text that is removed leaves nothing behind.
"""


def label_key(label: Any) -> Any:
    """Return what two labels, or two sets of them, have in common where they are written alike."""
    if isinstance(label, (tuple, list, set, frozenset)):
        return frozenset(map(label_key, label))
    return normal_form(str(label))


def example_key(text: Any, label: Any) -> tuple[str, Any]:
    """Return what two examples have in common that are the same."""
    return str(text).strip(), label_key(label)


def addition(given: Collection[tuple[str, Any]], there: Iterable[tuple[str, Any]]) -> dict[str, list[str]]:
    """Return what is to be remembered of examples given to ``add``, some of which were ``there``, all by their keys."""
    found = sorted(set(map(_digest, there)))
    return {_digest_of_all(given): found} if found else {}


def there_before(additions: Additions, given: Collection[tuple[str, Any]]) -> set[tuple[str, Any]]:
    """Return which of the examples that are to be removed were there before the same ones were added, by their keys."""
    digests = additions.get(_digest_of_all(given), ()) if additions else ()
    return {key for key in given if _digest(key) in digests}


def of_examples(additions: Additions, keys: Iterable[tuple[str, Any]]) -> dict[str, list[str]]:
    """Return what is remembered of examples that are still there."""
    if not additions:
        return {}
    present = set(map(_digest, keys))
    left = {given: [own for own in there if own in present] for given, there in additions.items()}
    return {given: there for given, there in left.items() if there}


def _digest(key: tuple[str, Any]) -> str:
    text, label = key
    content = repr((text, sorted(label) if isinstance(label, frozenset) else label))
    return hashlib.sha256(content.encode("utf-8", "surrogatepass")).hexdigest()[:32]


def _digest_of_all(keys: Iterable[tuple[str, Any]]) -> str:
    return hashlib.sha256(" ".join(sorted(set(map(_digest, keys)))).encode()).hexdigest()[:32]
