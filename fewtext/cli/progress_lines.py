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
        self._first, self._done = (0.0, 0.0), 0.0
        self._total: float | None = None

    def __call__(self, done: float, total: float | None) -> None:
        """Take note of the progress, and say it now and then."""
        now = self._clock()
        if total != self._total or done < self._done:  # another phase, of another pace
            self._first, self._total = (now, done), total
        self._done = done
        if now - self._said < EVERY:
            return
        self._said, passed = now, now - self._start
        if not total:
            say(f"{self._title}: {duration(passed)} so far")
            return
        began, before = self._first
        goes_on = before < done < total
        left = f", about {duration((now - began) * (total - done) / (done - before))} left" if goes_on else ""
        say(f"{self._title}: {done / total:.0%} after {duration(passed)}{left}")
