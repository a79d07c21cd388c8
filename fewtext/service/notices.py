"""Notices: which texts were cut, or have nothing that the encoder knows, told to the request that they came with."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from fewtext.contracts.encoder import Encoder
from fewtext.encoders.cached import CUT, UNKNOWN
from fewtext.encoders.weighted_parts import unweighted


@dataclass(frozen=True)
class Marked:
    """Marks of texts answered together; None where only their counts are known."""

    longest: str
    cut: int
    unknown: int
    marks: Sequence[int] | None = ()

    def part(self, start: int, end: int) -> Marked:
        """Return what is marked of the texts from ``start`` to ``end``."""
        if not self.marks:
            return self
        own = self.marks[start:end]
        return Marked(self.longest, sum(m & CUT > 0 for m in own), sum(m & UNKNOWN > 0 for m in own), own)

    def sentences(self, alone: bool) -> list[str]:
        """Return what is to be said to a request, which was answered alone or together with others."""
        found = []
        whose = "" if alone or self.marks is not None else " of those answered together with these"
        if self.cut:
            found.append(f"{_texts(self.cut, whose)} longer than {self.longest} and cut there")
        if self.unknown:
            sentence = f"{_texts(self.unknown, whose)} without any word that the encoder knows"
            found.append(f"{sentence}: answers for them are arbitrary")
        return found


class Notices:
    """Begun before texts are encoded, it knows by how much the encoder's counts have grown since."""

    def __init__(self, encoder: Encoder) -> None:
        self._encoder = encoder
        self._before = encoder.truncated, encoder.unknown

    def of(self, texts: Sequence[str]) -> Marked:
        """Return what is marked of the texts that were encoded."""
        cut, unknown = self._encoder.truncated - self._before[0], self._encoder.unknown - self._before[1]
        if not cut and not unknown:
            return Marked("", 0, 0)
        known = unweighted(self._encoder).marks
        # A blank text is not encoded, and has no answer: nothing is to be said of it.
        marks = (
            None if known is None else [m if text.strip() else 0 for m, text in zip(known(texts), texts, strict=True)]
        )
        return Marked(self._encoder.longest, cut, unknown, marks)


def _texts(count: int, whose: str) -> str:
    return f"1 text{whose} was" if count == 1 else f"{count:,} texts{whose} were"
