"""How much a command says beside its results: ``--quiet`` and ``--verbose``, levels of the logger ``fewtext``."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import wraps
from inspect import Parameter, signature
from typing import Annotated, Any

import typer

from fewtext.cli.help import OUTPUT
from fewtext.cli.terminal import LOGGER, StandardError
from fewtext.errors import FewtextError

LEVELS = {
    "quiet": Annotated[
        bool,
        typer.Option(
            "-q", "--quiet", rich_help_panel=OUTPUT, help="Say nothing but warnings and errors beside the results."
        ),
    ],
    "verbose": Annotated[
        bool, typer.Option("-v", "--verbose", rich_help_panel=OUTPUT, help="Say how long each step takes, too.")
    ],
}


@contextmanager
def logged_to_standard_error() -> Iterator[None]:
    """Show the logger's messages on standard error, from level INFO on unless an option sets another."""
    handler, before = StandardError(), (LOGGER.level, LOGGER.propagate)
    LOGGER.addHandler(handler)
    LOGGER.setLevel(logging.INFO)
    LOGGER.propagate = False  # a handler that a plugin gives to the root logger would show each line twice
    try:
        yield
    finally:
        LOGGER.removeHandler(handler)
        LOGGER.level, LOGGER.propagate = before


def talking(command: Callable[..., None]) -> Callable[..., None]:
    """Return a command that has the options for how much it says, too."""

    @wraps(command)
    def with_level(*arguments: Any, quiet: bool, verbose: bool, **named: Any) -> None:
        if quiet and verbose:
            raise FewtextError("--quiet and --verbose contradict each other", hint="leave one of them out")
        if quiet or verbose:
            LOGGER.setLevel(logging.WARNING if quiet else logging.DEBUG)
        command(*arguments, **named)

    own = signature(command, eval_str=True)
    levels = [Parameter(name, Parameter.KEYWORD_ONLY, default=False, annotation=kind) for name, kind in LEVELS.items()]
    parameters = [*own.parameters.values(), *levels]
    described: Any = with_level
    described.__signature__ = own.replace(parameters=parameters)
    described.__annotations__ = {each.name: each.annotation for each in parameters} | {"return": None}
    return with_level
