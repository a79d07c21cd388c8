"""``fewtext plugins | learners | backbones | encoders | corpora``: what is installed."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from typing import Annotated

import typer

from fewtext import discovery
from fewtext.cli.terminal import show, visible
from fewtext.errors import PluginError


def plugins(
    check: Annotated[bool, typer.Option("--check", help="Import each and say what it offers or why it fails.")] = False,
) -> None:
    """List plugins, without importing them."""
    broken = 0
    rows = []
    for plugin in discovery.installed():
        state = "disabled by FEWTEXT_DISABLE" if plugin.disabled else ""
        if check and not plugin.disabled:
            try:
                state = ", ".join(discovery.check(plugin)) or "offers nothing"
            except PluginError as error:
                state, broken = f"BROKEN: {error.what}", broken + 1
        rows.append((plugin.name, f"{plugin.distribution} {plugin.version}", plugin.target, state))
    _print_columns(rows)
    if broken:
        raise PluginError(f"{broken} plugin{'s are' if broken > 1 else ' is'} broken", cure="fix or uninstall")


def learners() -> None:
    """List learners, their papers and options."""
    from fewtext.options import describe

    rows = []
    for offer in discovery.offers("learners"):
        rows.append((offer.name, _first_line(sys.modules[offer.thing.__module__].__doc__), describe(offer.thing)))
    _print_columns(rows)


def backbones() -> None:
    """List backbones, to be given to train's --backbone, and their options."""
    from fewtext.options import describe

    rows = [(o.name, _first_line(o.thing.__doc__), describe(o.thing)) for o in discovery.offers("backbones")]
    _print_columns(rows)


def tuners() -> None:
    """List tuners, to be given to classify's --tune, and their options."""
    from fewtext.options import describe

    rows = [
        (o.name, _first_line(sys.modules[o.thing.__module__].__doc__), describe(o.thing))
        for o in discovery.offers("tuners")
    ]
    _print_columns(rows)


def encoders() -> None:
    """List encoders, to be given to --encoder."""
    rows = [(o.name, _first_line(sys.modules[o.thing.__module__].__doc__)) for o in discovery.offers("encoders")]
    _print_columns(rows)


def corpora() -> None:
    """List corpora and their licences."""
    rows = [(o.name, o.thing.description, o.thing.licence) for o in discovery.offers("corpora")]
    _print_columns(rows)


def _first_line(docstring: str | None) -> str:
    return (docstring or "").strip().partition("\n")[0]


def _print_columns(rows: Sequence[tuple[str, ...]]) -> None:
    shown = [[visible(cell) for cell in row] for row in rows]
    widths = [max(map(len, column)) for column in zip(*shown, strict=True)]
    show("  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in shown)
