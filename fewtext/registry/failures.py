"""Failures of plugins: whatever one raises becomes an error or a warning that names the plugin."""

from __future__ import annotations

import os
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache

from fewtext.errors import FewtextError, FewtextWarning, PluginError, first_line
from fewtext.registry.guard import Guard


def strict() -> bool:
    """Whether ``FEWTEXT_STRICT`` asks for the plugins' own errors."""
    return os.environ.get("FEWTEXT_STRICT", "0") not in ("", "0")


@contextmanager
def plugin_errors(noun: str, name: str) -> Iterator[None]:
    """Turn what the block raises into a ``PluginError`` of the ``noun`` with this ``name``; not in strict mode."""
    with Guard(f"{noun} {name}") as guard:
        yield
    if guard.changes:
        warn_once(f"{noun} {name} {' and '.join(guard.changes)}, which was undone")
    if guard.error is None:
        return
    if strict() or isinstance(guard.error, FewtextError):
        raise guard.error
    raise PluginError(
        f"{noun} {name} failed: {reason(guard.error)}",
        hint="set FEWTEXT_STRICT=1 for the traceback, or run the checks of fewtext.testing",
    ) from guard.error


def reason(error: BaseException) -> str:
    """Return the class of an error and the first line of its message."""
    kind, line = type(error).__name__, first_line(error)
    return f"{kind}: {line}" if line else kind


@cache
def warn_once(message: str) -> None:
    """Warn, the first time in this process."""
    warnings.warn(message, FewtextWarning, stacklevel=3)
