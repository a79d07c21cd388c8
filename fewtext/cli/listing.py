"""``fewtext plugins | learners | backbones | tuners | corpora``: what is installed."""

from __future__ import annotations

import sys
import warnings
from collections.abc import Iterator, Sequence
from shutil import get_terminal_size
from textwrap import wrap

from fewtext.cli.plugin_commands import names_of_commands
from fewtext.cli.terminal import show, visible
from fewtext.errors import FewtextWarning, PluginError
from fewtext.registry import discovery
from fewtext.registry.discovery import Offer
from fewtext.registry.installed import Plugin, installed

DISABLED = "disabled by FEWTEXT_DISABLE"


def plugins() -> None:
    """List the installed plugins with their commands, and entry points that look like plugins and are none."""
    from fewtext.registry.odd_entries import oddities
    from fewtext.registry.version_range import made_for_others

    found = installed()
    commands = names_of_commands()  # those are loaded at every start
    rows = []
    for plugin in found:
        note = f"commands: {', '.join(commands[plugin])}" if commands.get(plugin) else ""
        rows.append((*described(plugin), DISABLED if plugin.disabled else note))
    print_columns(rows)
    for odd in (*oddities(found), *made_for_others(found)):
        warnings.warn(odd, FewtextWarning, stacklevel=2)


def learners() -> None:
    """List the learners, with their papers and options."""
    _list_with_options("learners")


def backbones() -> None:
    """List the backbones, which train --backbone takes, with their options."""
    _list_with_options("backbones")


def tuners() -> None:
    """List the fine-tuning methods, which classify --tune takes, with their options."""
    _list_with_options("tuners")


def corpora() -> None:
    """List the corpora, with their licences."""
    print_columns([(o.spec, o.thing.description, o.thing.licence) for o in discovery.offers("corpora")])


def _list_with_options(hook: str) -> None:
    from fewtext.registry.options import describe

    offers, rows = discovery.offers(hook), []
    for offer in offers:
        try:
            rows.append((offer.spec, idea(offer, offers), describe(offer.thing)))
        except PluginError as error:
            warnings.warn(
                f"{offer.plugin} offers something that cannot be used: {error.what}", FewtextWarning, stacklevel=2
            )
    print_columns(rows)


def idea(offer: Offer, offers: Sequence[Offer]) -> str:
    """Return the first line of what its module says, or of its own docstring where the module offers more of them."""
    module = offer.thing.__module__
    alone = [other.thing.__module__ for other in offers].count(module) == 1
    message = getattr(sys.modules.get(module), "__doc__", None) if alone else None
    return str(message or vars(offer.thing).get("__doc__") or "").strip().partition("\n")[0]


def described(plugin: Plugin) -> tuple[str, str, str]:
    """Return a plugin's name, its distribution with the version, and its module."""
    return plugin.name, f"{plugin.distribution} {plugin.version}", plugin.target


def print_columns(rows: Sequence[tuple[str, ...]]) -> None:
    """Print rows of cells, aligned; where that is too wide for the terminal, all cells but the first two below them."""
    shown = [[visible(cell) for cell in row] for row in rows]
    widths = [max(map(len, column)) for column in zip(*shown, strict=True)]
    if sys.stdout.isatty() and sum(widths) + 2 * len(widths) > get_terminal_size().columns:
        show(line for row in shown for line in _stacked(row, widths[0]))
        return
    show("  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in shown)


def _stacked(row: Sequence[str], width: int) -> Iterator[str]:
    """Yield the lines of a row: the first two cells side by side, then each other cell wrapped and indented."""
    indent = " " * (width + 2)
    for number, cell in enumerate(row[1:]):
        start = row[0].ljust(width + 2) if number == 0 else indent
        yield from wrap(cell, get_terminal_size().columns, initial_indent=start, subsequent_indent=indent)
