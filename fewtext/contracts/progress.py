"""Progress: within a part of the work, and of a fit, where whoever waits is told without a parameter in between."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar

from fewtext.contracts.encoder import Progress

_Told = Callable[[float], None]
_TOLD: ContextVar[_Told | None] = ContextVar("told", default=None)


def advance(share: float) -> None:
    """Say which share of the present work is done, from 0 to 1; nobody need be waiting."""
    if told := _TOLD.get():
        told(share)


@contextmanager
def watched_work(told: _Told | None) -> Iterator[None]:
    """Tell this function what ``advance`` is called with in the block; None for nobody."""
    token = _TOLD.set(told)
    try:
        yield
    finally:
        _TOLD.reset(token)


@contextmanager
def part_of_work(part: int, count: int) -> Iterator[None]:
    """Count what the block says of its progress as within this one, from 0 on, of so many parts of the work."""
    told = _TOLD.get()
    with watched_work(told and (lambda share: told((part + share) / count))):
        yield
    advance((part + 1) / count)


def within(progress: Progress | None, start: int, size: int, total: int) -> Progress | None:
    """Return a progress that counts in texts over all chunks what the encoder counts in tokens over one."""
    if progress is None:
        return None
    return lambda done, of: progress(start + size * done // max(of, 1), total)
