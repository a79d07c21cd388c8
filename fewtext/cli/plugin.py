"""``fewtext plugin new | check | install``: for whoever writes a plugin, or uses another's."""

from __future__ import annotations

import subprocess
import sys
from importlib import invalidate_caches
from importlib.util import find_spec
from pathlib import Path
from typing import Annotated

import typer

from fewtext.cli.help import OUTPUT
from fewtext.cli.listing import described, print_columns
from fewtext.cli.plugin_check import check
from fewtext.cli.terminal import say, show
from fewtext.errors import FewtextError
from fewtext.registry.installed import installed


def new(
    name: Annotated[
        str, typer.Argument(metavar="NAME", help="Name of the plugin, and of what it offers: nearest-mean.")
    ],
    kind: Annotated[
        str,
        typer.Option(
            metavar="KIND",
            rich_help_panel=OUTPUT,
            help="What it offers: learner, encoder, corpus, backbone, tuner, tracker or command.",
        ),
    ] = "learner",
    folder: Annotated[
        str,
        typer.Option("--in", metavar="DIR", rich_help_panel=OUTPUT, help="Folder in which fewtext-NAME is created."),
    ] = ".",
) -> None:
    """Create a plugin: working code of twenty lines, its test, its entry point and what publishes it.

    \b
    fewtext plugin new nearest-mean
    fewtext plugin new trigrams --kind encoder
    """  # noqa: D301
    from fewtext.registry.scaffold import new_plugin

    created = new_plugin(name, Path(folder), kind)
    show([f"{created}: created; next: fewtext plugin install {created}, then fewtext plugin check {name}"])


def install(
    what: Annotated[str, typer.Argument(metavar="WHAT", help="A folder, a wheel, or a distribution of the index.")],
) -> None:
    """Install a plugin by the pip of this Python, a folder in editable mode, and say what it adds."""
    if not what.strip() or what.startswith("-"):
        raise FewtextError(f"{what!r} is nothing to install", hint="give a folder, a wheel or a distribution")
    if find_spec("pip") is None:
        raise FewtextError(
            f"{sys.executable} has no pip", hint="install the plugin by the tool that made this environment"
        )
    before = set(map(described, installed()))
    editable = ["--editable"] if Path(what).is_dir() else []
    command = [sys.executable, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", *editable, what]
    if subprocess.run(command, stdout=sys.stderr, check=False).returncode:
        raise FewtextError(f"pip could not install {what}", hint="its own message stands above")
    invalidate_caches()
    added = [row for row in map(described, installed()) if row not in before]
    if added:
        print_columns(added)
    else:
        say(f"{what}: installed; it adds no plugin that was not there before")


GROUP_HELP = "Create, check and install plugins."
COMMANDS = (new, check, install)
