"""The wording of texts without their numbers and names: two orders of one form differ in nothing else."""

from __future__ import annotations

import re
from collections.abc import Sequence
from itertools import groupby

_WORD = re.compile(r"\w+(?:[@.:/'’-]\w+)*")
_SENTENCE_END = re.compile(r"[.!?:\n]\W*$")
MOST_NAMES = 0.2  # share of words with a capital, within sentences, above which capitals do not mark names


def wordings(texts: Sequence[str]) -> list[str]:
    """Return each text in lower case, with one sign for what has a digit or an @, and one for names.

    A name is one or more words with a capital within a sentence. Where such words are frequent in these texts, as in
    German or in headlines, capitals mark no names.
    """
    words = [[(match[0], _within_sentence(text, match.start())) for match in _WORD.finditer(text)] for text in texts]
    inner = [_kind(word, True) for own in words for word, within in own if within]
    capitals_are_names = inner.count("@") <= MOST_NAMES * len(inner)
    return [
        " ".join(
            kind if kind in ("#", "@") else " ".join(word for _, word in same)
            for kind, same in groupby(
                [(_kind(word, within and capitals_are_names), word.casefold()) for word, within in own],
                key=lambda pair: pair[0],
            )
        )
        for own in words
    ]


def _kind(word: str, may_be_name: bool) -> str:
    if _is_number(word):
        return "#"
    return "@" if may_be_name and word[0].isupper() and word != "I" and not word.startswith(("I'", "I’")) else ""


def _is_number(word: str) -> bool:
    return "@" in word or any(character.isdigit() for character in word)


def _within_sentence(text: str, start: int) -> bool:
    before = text[:start]
    return bool(before.strip()) and not _SENTENCE_END.search(before)
