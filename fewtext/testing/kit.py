"""A kit: the checks of one kind of plugin, in two tiers, for a test runner or for ``fewtext plugin check``.

A check is a function of a case. Its docstring is the rule. The name of one that every plugin must keep begins with
``check_``, that of good advice with ``may_``. It raises ``AssertionError`` where the rule is broken, and ``Excused``
where it does not apply.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import partial
from typing import Any, NamedTuple, TypeVar

from fewtext.errors import FewtextError, first_line
from fewtext.registry.failures import unexplained

C = TypeVar("C")
Checks = tuple[Callable[[C], None], ...]
MUST, MAY = "check_", "may_"


class Excused(Exception):
    """Raised by a check that does not apply, with the reason: what the plugin declares, or what is missing here."""


class Result(NamedTuple):
    """What became of one check: ``outcome`` is ``holds``, ``fails`` or ``excused``, ``message`` says why.

    ``rule`` is the clause in words.
    """

    clause: str
    tier: str
    outcome: str
    message: str = ""
    rule: str = ""


def checks_of(namespace: Mapping[str, Any]) -> Checks[Any]:
    """Return the checks that a module defines, in their order: the most basic first."""
    return tuple(check for name, check in namespace.items() if name.startswith((MUST, MAY)))


def clause_of(check: Callable[..., None]) -> str:
    """Return the name of a check without its tier."""
    return check.__name__.removeprefix(MUST).removeprefix(MAY)


def tier_of(check: Callable[..., None]) -> str:
    """Return ``must`` or ``may``."""
    return "must" if check.__name__.startswith(MUST) else "may"


def run(
    check: Callable[[C], None], cases: Iterable[tuple[str, C]], said: Callable[[BaseException], str] = unexplained
) -> Result:
    """Run a check on named cases, up to the first that fails; whatever the plugin raises is a failure.

    ``said`` puts that into words.
    """
    outcome, message = _outcome(check, cases, said)
    rule = " ".join((check.__doc__ or "").strip().partition("\n\n")[0].split()).replace("``", "")
    return Result(clause_of(check), tier_of(check), outcome, message, rule)


def _outcome(
    check: Callable[[C], None], cases: Iterable[tuple[str, C]], said: Callable[[BaseException], str]
) -> tuple[str, str]:
    excuses, held = [], False
    for name, case in cases:
        where = f" ({name})" if name else ""
        try:
            check(case)
            held = True
        except Excused as excuse:
            excuses.append(str(excuse))
        except KeyboardInterrupt:
            raise
        except AssertionError as error:
            return "fails", (first_line(error) or "an assertion failed") + where
        except FewtextError as error:
            return "fails", str(error) + where
        except BaseException as error:
            return "fails", said(error) + where
    return ("holds", "") if held or not excuses else ("excused", excuses[0])


def parametrized(
    checks: Sequence[Callable[[C], None]], cases: Sequence[tuple[str, C]]
) -> Callable[[Callable[..., None]], Callable[..., None]]:
    """Return the pytest mark that parametrizes a test over every check and case."""
    import pytest

    def skipping(check: Callable[[C], None], case: C) -> None:
        try:
            check(case)
        except Excused as excuse:
            pytest.skip(str(excuse))
        except AssertionError as error:
            if tier_of(check) == "must":
                raise
            pytest.xfail(f"advice: {first_line(error)}")

    params = [
        pytest.param(partial(skipping, check, case), id="-".join(filter(None, [clause_of(check), name])))
        for name, case in cases
        for check in checks
    ]
    return pytest.mark.parametrize("check", params)
