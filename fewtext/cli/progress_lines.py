"""Progress where no terminal shows a bar: a line every half minute, so that a log shows that work goes on."""

from __future__ import annotations

import time
from collections.abc import Callable

from fewtext.cli.closing import duration
from fewtext.cli.terminal import say

EVERY = 30.0  # seconds


class ProgressLines:
    """Called with how much is done and how much there is; says so when half a minute has passed since it last did."""

    def __init__(self, title: str, clock: Callable[[], float] = time.monotonic) -> None:
        self._title, self._clock = title, clock
        self._start = self._said = clock()
        self._first: tuple[float, float] | None = None
        """When the first report came, and how much was done: what came before is no measure of the rest."""

    def __call__(self, done: float, total: float | None) -> None:
        """Take note of the progress, and say it now and then."""
        now = self._clock()
        began, before = self._first = self._first or (now, done)
        if now - self._said < EVERY:
            return
        self._said, passed = now, now - self._start
        if not total:
            say(f"{self._title}: {duration(passed)} so far")
            return
        rest = (now - began) * (total - done) / (done - before) if done > before else 0.0
        left = f", about {duration(rest)} left" if rest else ""
        say(f"{self._title}: {done / total:.0%} after {duration(passed)}{left}")
