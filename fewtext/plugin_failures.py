"""Failures of plugins: whatever one raises becomes an error that names it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from fewtext import discovery
from fewtext.errors import FewtextError, PluginError


@contextmanager
def naming(noun: str, name: str) -> Iterator[None]:
    """Turn what the plugin's ``noun`` of this ``name`` raises into a ``PluginError``; strict mode shows it as it is."""
    try:
        yield
    except Exception as error:
        if discovery.strict() or isinstance(error, FewtextError):
            raise
        reason = (str(error).strip().splitlines() or [""])[0]
        raise PluginError(
            f"{noun} {name} failed: {type(error).__name__}: {reason:.200}",
            cure="FEWTEXT_STRICT=1 shows where; learner_checks of fewtext.testing would tell why",
        ) from error
