"""Label spelling: which spellings of a label are the same one, and which may be meant to be."""

from __future__ import annotations

import re
import unicodedata
import warnings
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from fewtext.errors import FewtextError, FewtextWarning

NAMED = 5  # in a warning, before it says how many more there are
LONGEST = 64  # characters of a label that is searched for typing errors
LEAST_LETTERS = 5  # of a word that one letter more or less leaves recognizable
# Zero-width space and joiner, soft hyphen, byte-order mark, marks of direction: nobody sees them. The two joiners that
# emoji and some scripts need (U+200C, U+200D) are not among them.
_UNSEEN = re.compile("[\u00ad\u061c\u180e\u200b\u200e\u200f\u202a-\u202e\u2060\u2066-\u2069\ufeff]")
_BETWEEN_WORDS = re.compile(r"(?<=\w)[\s/.:-]+(?=\w)|_+")


def normal_form(label: Any) -> Any:
    """Return what all spellings of a label that look the same have in common: composed (NFC), with single spaces."""
    if not isinstance(label, str):
        return label
    return " ".join(_UNSEEN.sub("", unicodedata.normalize("NFC", label)).split())


def joined_spellings(labels: Sequence[str], where: str) -> list[str]:
    """Return labels in their normal form, the same in every file; warn of those that were spelled in several ways."""
    forms = {label: normal_form(label) for label in dict.fromkeys(labels)}
    counts = Counter(forms.values())
    if several := [form for form, spellings in counts.items() if spellings > 1]:
        message = f"{where}: labels spelled in several ways that look the same are one: {_listed(several)}"
        warnings.warn(message, FewtextWarning, stacklevel=3)
    return [forms[label] for label in labels]


def one_spelling_each(counts: Mapping[Any, int]) -> dict[Any, Any]:
    """Return for each label, given with its number of examples, the most frequent of the spellings that look like it.

    Where there are several, and where labels look as if they were meant to be one, a warning says so.
    """
    groups: dict[Any, list[Any]] = defaultdict(list)
    for label in counts:
        groups[normal_form(label)].append(label)
    chosen = {form: max(own, key=lambda one: (counts[one], one == form, one)) for form, own in groups.items()}
    if several := [form for form, own in groups.items() if len(own) > 1]:
        message = [f"{chosen[f]} ({', '.join(f'{ascii(one)} {counts[one]}' for one in groups[f])})" for f in several]
        warnings.warn(f"labels that look the same are one: {_listed(message)}", FewtextWarning, stacklevel=4)
    totals = {chosen[form]: sum(counts[one] for one in own) for form, own in groups.items()}
    if alike := [" and ".join(f"{one} ({totals[one]})" for one in pair) for pair in _likely_the_same(totals)]:
        told_alike = f"labels that are almost the same stay apart, with their examples: {_listed(alike)}"
        warnings.warn(f"{told_alike}; spell them alike where they are one", FewtextWarning, stacklevel=4)
    return {label: chosen[normal_form(label)] for label in counts}


def spelled_as(classes: Sequence[Any], labels: Sequence[Any]) -> dict[Any, Any]:
    """Return how the classes spell each label; one that is none of them stays as it is.

    Raises ``FewtextError`` where labels and classes are of different types, as strings and numbers are.
    """
    kinds, known = {kind_of(label) for label in labels}, kind_of(classes[0])
    if kinds - {known}:
        message = f"labels that are {', '.join(sorted(kinds))}, where those of the classifier are {known}"
        raise FewtextError(message, hint="make them the same type")
    spelling = {normal_form(label): label for label in classes}
    return {label: spelling.get(normal_form(label), label) for label in dict.fromkeys(labels)}


def kind_of(label: Any) -> str:
    """Return what a label is: labels of two kinds are never the same, though ``True`` equals 1 in Python."""
    return "strings" if isinstance(label, str) else "booleans" if isinstance(label, bool) else "numbers"


def check_one_kind(labels: Sequence[Any]) -> None:
    """Raise ``FewtextError`` where some labels are strings and others are numbers."""
    if len({kind_of(label) for label in labels}) > 1:
        raise FewtextError("labels of mixed types", hint="make them all strings or all numbers")


def _likely_the_same(counts: Mapping[Any, int]) -> Iterator[tuple[str, ...]]:
    """Yield labels that differ in case or separators alone, and rare ones with those that they are one letter off."""
    groups: dict[str, list[str]] = defaultdict(list)
    for label in sorted((label for label in counts if isinstance(label, str)), key=lambda one: (-counts[one], one)):
        groups[_without_case(label)].append(label)
    yield from (tuple(reversed(own)) for own in groups.values() if len(own) > 1)
    # Two words that are one letter apart have one in common among themselves and what is left of each without a
    # letter, so that a look-up takes the place of comparing all pairs.
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
    """Tell words with a letter too many, too few, mistaken or swapped with the next; digits and short words differ."""
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


def _listed(message: Sequence[str]) -> str:
    return "; ".join(message[:NAMED]) + (f"; and {len(message) - NAMED} more" if len(message) > NAMED else "")
