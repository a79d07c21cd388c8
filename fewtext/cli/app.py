"""The ``fewtext`` command: its subcommands, and how errors and warnings leave it."""

from __future__ import annotations

import logging
import os
import signal
import sys
import warnings
from collections.abc import Callable
from functools import partial
from io import TextIOWrapper
from types import ModuleType
from typing import Annotated, Any

import typer

from fewtext.cli import adapter, benchmark, cache, plugin
from fewtext.cli.caching import caching
from fewtext.cli.check import check
from fewtext.cli.classify import classify
from fewtext.cli.convert import convert
from fewtext.cli.encode import encode
from fewtext.cli.encoders import encoders
from fewtext.cli.evaluate import evaluate
from fewtext.cli.export import export
from fewtext.cli.feedback import update
from fewtext.cli.flags import with_flags
from fewtext.cli.help import Command, Group
from fewtext.cli.info import info
from fewtext.cli.listing import backbones, corpora, learners, plugins, tuners
from fewtext.cli.plugin_commands import add_plugin_commands
from fewtext.cli.push import push
from fewtext.cli.score import score
from fewtext.cli.serve import serve
from fewtext.cli.suggest import suggest
from fewtext.cli.terminal import say
from fewtext.cli.train import train
from fewtext.cli.update import add, remove
from fewtext.cli.verbosity import logged_to_standard_error, talking
from fewtext.errors import FewtextError, FewtextWarning
from fewtext.registry.guard import own_process
from fewtext.registry.standard_streams import close_standard_output
from fewtext.version import __version__


def _version(asked: bool) -> None:
    if asked:
        print(f"fewtext {__version__}")
        raise typer.Exit


def _root(
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Print the version.")
    ] = False,
) -> None:
    """Few-shot text classification: a handful of labelled texts in, labels with probabilities out."""


ENCODING: tuple[Callable[..., None], ...] = (classify, check, score, suggest, add, serve)
CLASSIFY, LEARN, PLUGINS = "Classify", "Learn and measure", "Plugins"
_WITH_HELP = {"help_option_names": ["-h", "--help"], "max_content_width": 100}


def make_app() -> typer.Typer:
    """Assemble the command with the subcommands of installed plugins."""
    app = _own_commands()
    add_plugin_commands(app)
    return app


def _own_commands() -> typer.Typer:
    app = _app()
    app.callback()(_root)
    commands: dict[str, list[Callable[..., None]]] = {
        CLASSIFY: [*map(caching, ENCODING), remove, update, info, push, export, convert, encode],
        LEARN: [train, evaluate],
        PLUGINS: [plugins, learners, encoders, backbones, tuners, corpora],
    }
    for heading, own in commands.items():
        for command in own:
            app.command(cls=Command, rich_help_panel=heading)(talking(command) if heading == CLASSIFY else command)
    app.add_typer(_group(cache), rich_help_panel=CLASSIFY)
    app.add_typer(_group(adapter), rich_help_panel=LEARN)
    app.add_typer(_group(benchmark), rich_help_panel=LEARN)
    app.add_typer(_group(plugin), rich_help_panel=PLUGINS)
    return app


def _group(module: ModuleType) -> typer.Typer:
    """Return the group of a module's ``COMMANDS``, under its name."""
    group = _app(name=module.__name__.rpartition(".")[2], help=module.GROUP_HELP, add_completion=False)
    for command in module.COMMANDS:
        group.command(cls=Command)(command)
    return group


def _app(**settings: Any) -> typer.Typer:
    return typer.Typer(
        cls=Group,
        rich_markup_mode=None,
        no_args_is_help=True,
        pretty_exceptions_enable=False,
        context_settings=_WITH_HELP,
        **settings,
    )


def main() -> None:
    """Run the command. Exit codes: 0 done, 1 an error of input, 2 usage, 3 below --at-least, 130 interrupted."""
    # On a busy machine threads that spin while they wait for each other are many times slower than sleeping ones.
    os.environ.setdefault("OMP_WAIT_POLICY", "passive")
    sys.stdout, sys.stderr = (stream or open(os.devnull, "w") for stream in (sys.stdout, sys.stderr))  # closed by >&-
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, TextIOWrapper):
            stream.reconfigure(encoding="utf-8", errors="backslashreplace", newline="\n")
    # Blocks end by it, and take their half-written files along.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    app = _own_commands()
    warnings.showwarning = partial(_show_warning, app)
    warnings.simplefilter("always", FewtextWarning)
    own_process()
    with logged_to_standard_error():
        _run(app)


def _run(app: typer.Typer) -> None:
    try:
        try:
            add_plugin_commands(app)
            app()
        finally:
            close_standard_output()
    except FewtextError as error:
        say(f"error: {with_flags(str(error), app)}", logging.ERROR)
        sys.exit(1)
    except BrokenPipeError:  # the reader of our output has gone, as `| head` does
        sys.stderr.close()
        sys.exit(1)
    except KeyboardInterrupt:  # before typer has taken over; it ends alike
        sys.exit(130)
    except OSError as error:  # a full disk, a name too long
        say(f"error: {error.filename or 'the system'}: {error.strerror or error}", logging.ERROR)
        sys.exit(1)


def _show_warning(app: typer.Typer, message: Warning | str, category: type[Warning], *_: object) -> None:
    if issubclass(category, FewtextWarning):
        say(f"warning: {with_flags(str(message), app)}", logging.WARNING)
