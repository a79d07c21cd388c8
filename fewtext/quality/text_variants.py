"""Texts that look like one another: the same but for case, spaces, punctuation and other signs, or one number."""

from __future__ import annotations

import re
import unicodedata
from collections import Counter, defaultdict
from collections.abc import Hashable, Sequence
from dataclasses import dataclass

_WORDS = re.compile(r"\w+")
_NUMBER = re.compile(r"\d+")


@dataclass(frozen=True)
class TextVariants:
    """Examples of one label whose texts are nearly the same, by their places: ``others`` may be merged into ``keep``.

    ``keep`` is the first of the most frequent text. ``numbers`` says whether the texts differ in a number, not only in
    case, spaces, punctuation or other signs.
    """

    keep: int
    others: list[int]
    numbers: bool

    @property
    def examples(self) -> int:
        """How many examples they are in all."""
        return 1 + len(self.others)


def text_variants(texts: Sequence[str], labels: Sequence[Hashable]) -> list[TextVariants]:
    """Return the groups of examples with nearly the same text and the same label, largest first.

    Texts are of one group where a chain leads from one to the other in which each differs from the next in one number
    at most. A group whose texts are all the same, but for case and spaces, is left to the duplicates.
    """
    words = [tuple(_WORDS.findall(unicodedata.normalize("NFKC", text).casefold())) for text in texts]
    groups = _Groups(len(texts))
    first: dict[Hashable, int] = {}
    for place, (own, label) in enumerate(zip(words, labels, strict=True)):
        if own:
            for form in (own, *_without_one_number(own)):
                groups.join(place, first.setdefault((form, label), place))
    members: dict[int, list[int]] = defaultdict(list)
    for place in range(len(texts)):
        members[groups.of(place)].append(place)
    found = []
    for places in members.values():
        if len({simplified(texts[place]) for place in places}) < 2:
            continue
        counts = Counter(texts[place] for place in places)
        keep = max(places, key=lambda place: (counts[texts[place]], -place))
        others = [place for place in places if place != keep]
        found.append(TextVariants(keep, others, len({words[place] for place in places}) > 1))
    return sorted(found, key=lambda one: (-one.examples, one.keep))


def simplified(text: str) -> str:
    """Return a text without case and repeated spaces."""
    return " ".join(text.casefold().split())


def _without_one_number(words: tuple[str, ...]) -> list[tuple[str, ...]]:
    """Return the words with each number in turn left open; none where nothing but numbers would be left."""
    if not any(not _NUMBER.fullmatch(word) for word in words):
        return []
    return [(*words[:at], "", *words[at + 1 :]) for at, word in enumerate(words) if _NUMBER.fullmatch(word)]


class _Groups:
    """Disjoint sets of the numbers below a count."""

    def __init__(self, count: int) -> None:
        self._parent = list(range(count))

    def of(self, one: int) -> int:
        """Return the number that stands for the set of this one: its least."""
        while (parent := self._parent[one]) != one:
            self._parent[one] = one = self._parent[parent]
        return one

    def join(self, one: int, other: int) -> None:
        """Make one set of two."""
        low, high = sorted((self.of(one), self.of(other)))
        self._parent[high] = low
