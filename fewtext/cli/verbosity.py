"""How much a command says beside its results: ``--quiet`` and ``--verbose``, levels of the logger ``fewtext``."""

from __future__ import annotations

import logging
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from typer.core import TyperOption

from fewtext.cli.help import OUTPUT, Command
from fewtext.cli.terminal import LOGGER


class _StandardError(logging.Handler):
    """Writes the message alone to standard error, whatever that is by then."""

    def emit(self, record: logging.LogRecord) -> None:
        print(record.getMessage(), file=sys.stderr)


@contextmanager
def logged_to_standard_error() -> Iterator[None]:
    """Show the logger's messages on standard error, from level INFO on unless an option sets another."""
    handler, before = _StandardError(), (LOGGER.level, LOGGER.propagate)
    LOGGER.addHandler(handler)
    LOGGER.setLevel(logging.INFO)
    LOGGER.propagate = False  # a handler that a plugin gives to the root logger would show each line twice
    try:
        yield
    finally:
        LOGGER.removeHandler(handler)
        LOGGER.level, LOGGER.propagate = before


class TalkingCommand(Command):
    """A command that says at its end what it did, and has the options for how much it says."""

    def __init__(self, *arguments: Any, **settings: Any) -> None:
        super().__init__(*arguments, **settings)
        self.params += [
            _level_option("-q", "--quiet", logging.WARNING, "Say nothing but warnings and errors beside the results."),
            _level_option("-v", "--verbose", logging.DEBUG, "Say how long each step takes, too."),
        ]


def _level_option(short: str, long: str, level: int, help: str) -> TyperOption:
    def set_level(context: Any, parameter: Any, asked: bool) -> None:
        if asked:
            LOGGER.setLevel(level)

    return TyperOption(
        param_decls=[short, long], type_descriptor=bool, is_flag=True, default=False, expose_value=False, callback=set_level, help=help,
        rich_help_panel=OUTPUT,
    )  # fmt: skip
