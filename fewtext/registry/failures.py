"""Failures of plugins: whatever one raises becomes an error or a warning that names it."""

from __future__ import annotations

import os
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache

from fewtext.errors import FewtextError, FewtextWarning, PluginError
from fewtext.registry.guard import Guard


def strict() -> bool:
    """Whether ``FEWTEXT_STRICT`` asks for the plugins' own errors."""
    return os.environ.get("FEWTEXT_STRICT", "0") not in ("", "0")


@contextmanager
def naming(noun: str, name: str) -> Iterator[None]:
    """Turn what the plugin's ``noun`` of this ``name`` raises into a ``PluginError``; strict mode shows it as it is."""
    with Guard(f"{noun} {name}") as guard:
        yield
    if guard.changes:
        warn_once(f"{noun} {name} {' and '.join(guard.changes)}, which is undone")
    if guard.error is None:
        return
    if strict() or isinstance(guard.error, FewtextError):
        raise guard.error
    raise PluginError(
        f"{noun} {name} failed: {reason(guard.error)}",
        hint="FEWTEXT_STRICT=1 shows where; learner_checks of fewtext.testing would tell why",
    ) from guard.error


def reason(error: BaseException) -> str:
    """Return the type of an error and the first line of what it says, whatever its own ``__str__`` does."""
    kind = type(error).__name__
    try:
        said = str(error).strip().splitlines()
    except BaseException:
        said = []
    return f"{kind}: {said[0]:.200}" if said else kind


@cache
def warn_once(sentence: str) -> None:
    """Warn, the first time in this process."""
    warnings.warn(sentence, FewtextWarning, stacklevel=3)
