"""The progress of what follows the encoding, where that takes long enough to be waited for."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager

from fewtext.contracts.encoder import Progress
from fewtext.contracts.progress import watched_work

SOON = 2.0  # seconds, after which progress is told
STEPS = 1000


@contextmanager
def fit_progress(progress: Progress | None) -> Iterator[None]:
    """Tell how much of the block's work is done, once it has taken some seconds; the encoder counted on its own."""
    start, furthest = time.monotonic(), 0

    def told(share: float) -> None:
        nonlocal furthest
        furthest = max(furthest, round(share * STEPS))
        if progress is not None and time.monotonic() - start > SOON:
            progress(furthest, STEPS)

    with watched_work(told if progress else None):
        yield
