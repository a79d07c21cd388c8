"""Failures of plugins: whatever one raises becomes an error or a warning that names the plugin."""

from __future__ import annotations

import os
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from typing import Any

from fewtext.errors import FewtextError, FewtextWarning, PluginError, first_line
from fewtext.registry.guard import Guard
from fewtext.registry.mistakes import explained
from fewtext.registry.plugin_lines import definition_of, line_of
from fewtext.registry.unchanged import attributes_of, changed_attribute

OF_TENSORS = "learner", "backbone"  # of whose mistakes the rules and cures are known


def strict() -> bool:
    """Whether ``FEWTEXT_STRICT`` asks for the plugins' own errors."""
    return os.environ.get("FEWTEXT_STRICT", "0") not in ("", "0")


@contextmanager
def plugin_errors(noun: str, name: str, thing: Any = None) -> Iterator[None]:
    """Turn what the block raises into a ``PluginError`` of the ``noun`` with this ``name``; not in strict mode.

    A learner that is given as the ``thing`` has to stay as it is.
    """
    before = None if thing is None else attributes_of(thing)
    with Guard(f"{noun} {name}") as guard:
        yield
        if before is not None and (changed := changed_attribute(before, attributes_of(thing))):
            raise TypeError(f"fit changed self.{changed}")
    if guard.changes:
        warn_once(f"{noun} {name} {' and '.join(guard.changes)}, which was undone")
    if guard.error is None:
        return
    if strict() or isinstance(guard.error, FewtextError):
        raise guard.error
    known = explained(guard.error, definition_of(thing)) if noun in OF_TENSORS else ""
    raise PluginError(
        f"{noun} {name} failed: {known or unexplained(guard.error)}",
        hint="set FEWTEXT_STRICT=1 for the traceback, or run fewtext plugin check",
    ) from guard.error


def unexplained(error: BaseException) -> str:
    """Return the class of an error, the first line of its message and the plugin's line."""
    place = line_of(error)
    return reason(error) + (f" ({place})" if place else "")


def reason(error: BaseException) -> str:
    """Return the class of an error and the first line of its message."""
    kind, line = type(error).__name__, first_line(error)
    return f"{kind}: {line}" if line else kind


@cache
def warn_once(message: str) -> None:
    """Warn, the first time in this process."""
    warnings.warn(message, FewtextWarning, stacklevel=3)
