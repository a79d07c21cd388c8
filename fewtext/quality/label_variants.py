"""Labels that look like another spelling of a more frequent one: ``refund`` and ``Refund``, ``Shiping``."""

from __future__ import annotations

from collections import Counter
from collections.abc import Hashable, Sequence
from dataclasses import dataclass

from fewtext.contracts.labels import likely_the_same


@dataclass(frozen=True)
class LabelVariant:
    """A label that may be another spelling of ``merge_into``, and how many examples each of them has."""

    label: str
    examples: int
    merge_into: str
    merge_into_examples: int


def label_variants(labels: Sequence[Hashable]) -> list[LabelVariant]:
    """Return the rarer spellings among the labels of examples, or the tuples of their labels."""
    counts = Counter(label for own in labels for label in (own if isinstance(own, tuple) else (own,)))
    return [
        LabelVariant(label, counts[label], frequent, counts[frequent])
        for *rarer, frequent in likely_the_same(counts)
        for label in rarer
    ]
