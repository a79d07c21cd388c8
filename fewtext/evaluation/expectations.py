"""What was expected of a threshold beside what was measured: its precision, and the texts out of scope."""

from __future__ import annotations

from dataclasses import dataclass

from torch import Tensor

from fewtext.classify.selective import Threshold
from fewtext.metrics.intervals import wilson


@dataclass(frozen=True)
class Share:
    """A fraction, ``count`` of ``total``, with its 95 % interval (Wilson); of nothing there is no fraction."""

    count: int
    total: int
    fraction: float | None
    interval: tuple[float, float] | None

    @classmethod
    def of(cls, count: int, total: int) -> Share:
        """Return the fraction of a count."""
        return cls(count, total, count / total, wilson(count, total)) if total else cls(0, 0, None, None)


@dataclass(frozen=True)
class PrecisionCheck:
    """A threshold set for a precision: what was expected of it, and what was measured on labelled texts."""

    asked: float
    threshold: float
    expected: float
    expected_interval: tuple[float, float]
    expected_coverage: float | None
    measured: Share
    coverage: Share | None
    statement: str
    """What ``classify`` says of the threshold before it answers."""


@dataclass(frozen=True)
class OutOfScopeCheck:
    """How many in-scope texts were kept, of which ``asked`` is the share wanted, and how many others were set apart."""

    asked: float | None
    kept: Share
    set_apart: Share


def precision_check(asked: float, limit: Threshold, confidence: Tensor, right: Tensor, apart: Tensor) -> PrecisionCheck:
    """Compare a threshold with answers of this ``confidence`` ``[n]``, which are ``right`` ``[n]`` or not.

    Texts set ``apart`` ``[n]`` as out of scope get no answer.
    """
    given = (confidence >= limit.probability) & ~apart
    count = int(given.sum())
    return PrecisionCheck(
        asked,
        limit.probability,
        limit.precision,
        limit.precision_interval,
        limit.coverage,
        Share.of(int((right & given).sum()), count),
        Share.of(count, len(confidence)),
        str(limit),
    )


def out_of_scope_check(asked: float | None, apart: Tensor, is_outside: Tensor) -> OutOfScopeCheck:
    """Compare the texts set ``apart`` ``[n]`` with those that are out of scope ``[n]``."""
    inside = ~is_outside
    return OutOfScopeCheck(
        asked,
        Share.of(int((inside & ~apart).sum()), int(inside.sum())),
        Share.of(int((is_outside & apart).sum()), int(is_outside.sum())),
    )
