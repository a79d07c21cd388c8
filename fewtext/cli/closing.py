"""The line at the end of a command: what was read, what became of it, how long it took, where it was written."""

from __future__ import annotations

import time
from collections.abc import Mapping

from fewtext.cli.caching import from_cache
from fewtext.cli.terminal import say

SHOWN = 6  # labels, before the line says how many more there are


class Closing:
    """Begun with the command, it knows the time that has passed."""

    def __init__(self) -> None:
        self._start = time.monotonic()

    def say(self, *parts: str, written: str | None = None) -> None:
        """Say the line; empty parts are left out."""
        where = f"written to {written}" if written else ""
        say("; ".join(filter(None, [*parts, from_cache(), duration(time.monotonic() - self._start), where])))


def counted(n: int, what: str) -> str:
    """Return a number of things: ``1 row``, ``1,000 rows``."""
    return f"{n:,} {what}{'s' * (n != 1)}"


def by_count(counts: Mapping[str, int]) -> str:
    """Return labels with their counts, the most frequent first: ``network 500, vacation 430, and 3 more labels``."""
    ranked = sorted(counts.items(), key=lambda own: (-own[1], own[0]))
    shown = [f"{label} {count:,}" for label, count in ranked[:SHOWN]]
    more = len(ranked) - SHOWN
    return ", ".join([*shown, *[f"and {counted(more, 'more label')}"] * (more > 0)])


def duration(seconds: float) -> str:
    """Return a time for people: ``0.8 s``, ``75 s``, ``12 min``."""
    if seconds < 10:
        return f"{seconds:.1f} s"
    return f"{seconds:.0f} s" if seconds < 120 else f"{seconds / 60:.0f} min"
