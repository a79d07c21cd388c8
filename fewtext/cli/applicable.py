"""Options that do not apply: what a command would ignore in the way that it is used is an error."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

import typer

from fewtext.errors import FewtextError

HINT = "leave out what does not apply"


def refuse(context: typer.Context, names: Collection[str], beside: str, hint: str = HINT) -> None:
    """Raise ``FewtextError`` where the command line, not the environment, gives any of these parameters."""
    given = [
        _spelled(parameter, context.params[parameter.name])
        for parameter in context.command.params
        if parameter.name in names and _is_given(context, parameter.name)
    ]
    if given:
        verb = "has" if len(given) == 1 else "have"
        raise FewtextError(f"{', '.join(given)} {verb} no effect with {beside}", hint=hint)


def refuse_all_but(context: typer.Context, names: Collection[str], beside: str) -> None:
    """Raise ``FewtextError`` where the command line gives any other parameter than these."""
    refuse(context, {parameter.name for parameter in context.command.params} - set(names), beside)


def _is_given(context: typer.Context, name: str) -> bool:
    source: Any = context.get_parameter_source(name)
    return source is not None and source.name == "COMMANDLINE"


def _spelled(parameter: Any, value: Any) -> str:
    """Return an option as it was written: ``--no-label-names``, say."""
    names = parameter.secondary_opts if value is False and parameter.secondary_opts else parameter.opts
    return str(max(names, key=len))
