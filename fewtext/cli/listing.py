"""``fewtext plugins | learners | backbones | encoders | corpora``: what is installed."""

from __future__ import annotations

import sys
import warnings
from collections.abc import Sequence
from typing import Annotated

import typer

from fewtext.cli.terminal import show, visible
from fewtext.errors import FewtextWarning, PluginError
from fewtext.registry import discovery
from fewtext.registry.discovery import Offer
from fewtext.registry.installed import installed


def plugins(
    check: Annotated[
        bool,
        typer.Option("--check", help="Import each, in a process of its own, and say what it offers or why it fails."),
    ] = False,
) -> None:
    """List plugins, without importing them."""
    from fewtext.registry.plugin_check import check_apart

    found = installed()
    asked = [plugin for plugin in found if check and not plugin.disabled]
    findings = dict(zip(asked, check_apart(asked), strict=True)) if asked else {}
    rows = []
    for plugin in found:
        state = "disabled by FEWTEXT_DISABLE" if plugin.disabled else ""
        if finding := findings.get(plugin):
            state = f"BROKEN: {finding.fault}" if finding.fault else finding.offers or "offers nothing"
        rows.append((plugin.name, f"{plugin.distribution} {plugin.version}", plugin.target, state))
    _print_columns(rows)
    if broken := sum(bool(finding.fault) for finding in findings.values()):
        raise PluginError(f"{broken} plugin{'s are' if broken > 1 else ' is'} broken", hint="fix or uninstall")


def learners() -> None:
    """List learners, their papers and options."""
    _list_with_options("learners")


def backbones() -> None:
    """List backbones, to be given to train's --backbone, and their options."""
    _list_with_options("backbones")


def tuners() -> None:
    """List tuners, to be given to classify's --tune, and their options."""
    _list_with_options("tuners")


def encoders() -> None:
    """List encoders, to be given to --encoder."""
    offers = discovery.offers("encoders")
    _print_columns([(offer.spec, _idea(offer, offers)) for offer in offers])


def corpora() -> None:
    """List corpora and their licences."""
    _print_columns([(o.spec, o.thing.description, o.thing.licence) for o in discovery.offers("corpora")])


def _list_with_options(hook: str) -> None:
    from fewtext.registry.options import describe

    offers, rows = discovery.offers(hook), []
    for offer in offers:
        try:
            rows.append((offer.spec, _idea(offer, offers), describe(offer.thing)))
        except PluginError as error:
            warnings.warn(f"{offer.plugin} offers what cannot be used: {error.what}", FewtextWarning, stacklevel=2)
    _print_columns(rows)


def _idea(offer: Offer, offers: Sequence[Offer]) -> str:
    """Return the first line of what its module says, or of its own docstring where the module offers more of them."""
    module = offer.thing.__module__
    alone = [other.thing.__module__ for other in offers].count(module) == 1
    message = getattr(sys.modules.get(module), "__doc__", None) if alone else None
    return str(message or vars(offer.thing).get("__doc__") or "").strip().partition("\n")[0]


def _print_columns(rows: Sequence[tuple[str, ...]]) -> None:
    shown = [[visible(cell) for cell in row] for row in rows]
    widths = [max(map(len, column)) for column in zip(*shown, strict=True)]
    show("  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in shown)
