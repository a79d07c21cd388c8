"""Flags for parameters: messages of the core name a parameter of Python, and here it becomes the option."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import typer
from typer.main import get_command

_OPTIONS = {"tuner": "tune", "options": "option"}
"""Parameters that the command line calls otherwise."""
_PARAMETER = re.compile(r"\bparameter '(\w+)'")


def with_flags(message: str, app: typer.Typer) -> str:
    """Return a message in which ``parameter 'oos_label'`` is ``--oos-label``; one that no command has stays."""
    if not _PARAMETER.search(message):
        return message
    flags = {
        parameter.name: max(parameter.opts, key=len)
        for command in _commands(get_command(app))
        for parameter in command.params
        if parameter.param_type_name == "option"
    }
    return _PARAMETER.sub(lambda match: flags.get(_OPTIONS.get(match[1], match[1]), match[0]), message)


def _commands(group: Any) -> Iterator[Any]:
    yield group
    for command in getattr(group, "commands", {}).values():
        yield from _commands(command)
