"""Label spelling: which spellings are one label, and which look like a typing error for another."""

from __future__ import annotations

import re
import unicodedata
import warnings
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from fewtext.errors import FewtextError, FewtextWarning, listed

LONGEST = 64  # characters of a label that is compared for typing errors
LEAST_LETTERS = 5  # of a word: in shorter ones a different letter often makes another word
# Invisible characters: zero-width space, soft hyphen, byte-order mark, direction marks. Not among them are U+200C and
# U+200D, which emoji and some scripts need.
_INVISIBLE = re.compile("[\u00ad\u061c\u180e\u200b\u200e\u200f\u202a-\u202e\u2060\u2066-\u2069\ufeff]")
_BETWEEN_WORDS = re.compile(r"(?<=\w)[\s/.:-]+(?=\w)|_+")


def normal_form(label: Any) -> Any:
    """Return the one form of all spellings that look the same: NFC, without invisible characters, single spaces."""
    if not isinstance(label, str):
        return label
    return " ".join(_INVISIBLE.sub("", unicodedata.normalize("NFC", label)).split())


def joined_spellings(labels: Sequence[str], where: str) -> list[str]:
    """Return labels in their normal form; warn of those that have several spellings."""
    forms = {label: normal_form(label) for label in dict.fromkeys(labels)}
    counts = Counter(forms.values())
    if several := [form for form, spellings in counts.items() if spellings > 1]:
        message = f"{where}: spellings that look the same are read as one label: {listed(several, separator='; ')}"
        warnings.warn(message, FewtextWarning, stacklevel=3)
    return [forms[label] for label in labels]


def one_spelling_each(counts: Mapping[Any, int]) -> dict[Any, Any]:
    """Return for each label, given with its number of examples, the most frequent spelling that looks the same.

    Warns where a label has several spellings, and where two labels look as if one were a typing error.
    """
    groups: dict[Any, list[Any]] = defaultdict(list)
    for label in counts:
        groups[normal_form(label)].append(label)
    chosen = {form: max(own, key=lambda one: (counts[one], one == form, one)) for form, own in groups.items()}
    if several := [form for form, own in groups.items() if len(own) > 1]:
        spellings = [f"{chosen[f]} ({', '.join(f'{ascii(one)} {counts[one]}' for one in groups[f])})" for f in several]
        message = f"labels that look the same are read as one: {listed(spellings, separator='; ')}"
        warnings.warn(message, FewtextWarning, stacklevel=4)
    totals = {chosen[form]: sum(counts[one] for one in own) for form, own in groups.items()}
    if alike := [" and ".join(f"{one} ({totals[one]})" for one in pair) for pair in likely_the_same(totals)]:
        message = f"labels that differ little are kept apart, here with their examples: {listed(alike, separator='; ')}"
        warnings.warn(f"{message}; spell them alike if they are one label", FewtextWarning, stacklevel=4)
    return {label: chosen[normal_form(label)] for label in counts}


def spelled_as(classes: Sequence[Any], labels: Sequence[Any]) -> dict[Any, Any]:
    """Return each label as the classes spell it; a label that is not among them is returned as it is.

    Raises ``FewtextError`` where labels and classes are of different types, as strings and numbers are.
    """
    kinds, kind = {kind_of(label) for label in labels}, kind_of(classes[0])
    if kinds - {kind}:
        message = f"these labels are {', '.join(sorted(kinds))}, and those of the classifier are {kind}"
        raise FewtextError(message, hint="make them the same type")
    spelling = {normal_form(label): label for label in classes}
    return {label: spelling.get(normal_form(label), label) for label in dict.fromkeys(labels)}


def kind_of(label: Any) -> str:
    """Return the type of a label, in words: ``True`` and 1 are two labels, though they are equal in Python."""
    return "strings" if isinstance(label, str) else "booleans" if isinstance(label, bool) else "numbers"


def check_one_kind(labels: Sequence[Any]) -> None:
    """Raise ``FewtextError`` where some labels are strings and others are numbers."""
    if len({kind_of(label) for label in labels}) > 1:
        raise FewtextError("labels of mixed types", hint="make them all strings or all numbers")


def likely_the_same(counts: Mapping[Any, int]) -> Iterator[tuple[str, ...]]:
    """Yield labels that differ only in case or separators, and rare labels one letter off a frequent one.

    The most frequent of each group comes last.
    """
    groups: dict[str, list[str]] = defaultdict(list)
    for label in sorted((label for label in counts if isinstance(label, str)), key=lambda one: (-counts[one], one)):
        groups[_without_case(label)].append(label)
    yield from (tuple(reversed(own)) for own in groups.values() if len(own) > 1)
    # Two words at an edit distance of one share a string among themselves and their deletions of one letter: look-ups
    # take the place of comparing all pairs.
    seen: dict[str, str] = {}
    for form, (label, *_) in groups.items():
        if len(form) > LONGEST:
            continue
        remainders = {form, *(form[:at] + form[at + 1 :] for at in range(len(form)))}
        near = {seen[left] for left in remainders if left in seen}
        for other in sorted(near, key=lambda one: (-counts[one], one))[:1]:
            frequent = counts[other]
            if counts[label] <= max(1, frequent // 10) < frequent and _one_letter_off(form, _without_case(other)):
                yield label, other
        for left in remainders:
            seen.setdefault(left, label)


def _without_case(label: str) -> str:
    return _BETWEEN_WORDS.sub(" ", unicodedata.normalize("NFKC", normal_form(label)).casefold())


def _one_letter_off(one: str, other: str) -> bool:
    """Whether words differ by one letter inserted, deleted, replaced or swapped; never for digits and short words."""
    start = next((at for at, (a, b) in enumerate(zip(one, other, strict=False)) if a != b), min(len(one), len(other)))
    rest, others = one[start:], other[start:]
    while rest and others and rest[-1] == others[-1]:
        rest, others = rest[:-1], others[:-1]
    swapped = len(rest) == 2 and rest == others[::-1]
    if not (rest + others).isalpha() or max(len(rest), len(others)) > 1 and not swapped:
        return False
    longer = max(one, other, key=len)
    letters = re.compile(r"[^\W\d_]*")
    word = [letters.match(part) for part in (longer[:start][::-1], longer[start:])]
    return sum(len(part[0]) for part in word if part) >= LEAST_LETTERS
