"""Fractions on the command line of ``classify``: which may be given together, and between which bounds."""

from __future__ import annotations

from fewtext.errors import FewtextError


def check_fractions(
    precision: float | None,
    coverage: float | None,
    confidence: float | None,
    set_coverage: float | None,
    ood_keep: float | None,
) -> None:
    """Raise ``FewtextError`` where they contradict each other, or are 0 or 1 where that means nothing."""
    if precision is not None and coverage is not None:
        raise FewtextError("--precision and --coverage contradict each other", hint="leave one of them out")
    if 0 in (precision, coverage):
        raise FewtextError("--precision and --coverage are fractions", hint="above 0, at most 1")
    if confidence is not None and precision is None:
        raise FewtextError("--confidence is that of --precision", hint="add --precision, or leave it out")
    if set_coverage in (0, 1):
        raise FewtextError("--set is a fraction of the texts", hint="above 0 and below 1, such as 0.9")
    if ood_keep in (0, 1):
        raise FewtextError("--ood-keep is a fraction of the examples", hint="above 0 and below 1, such as 0.95")
