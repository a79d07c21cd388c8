"""``fewtext serve``: saved classifiers behind an address."""

from __future__ import annotations

import logging
import warnings
from pathlib import Path
from typing import Annotated, Any

import typer

from fewtext.cli import options
from fewtext.cli.help import INPUT, OUTPUT
from fewtext.cli.terminal import say
from fewtext.errors import FewtextError, FewtextWarning
from fewtext.hub.fetch import local_model

SERVICE = "Service"


def serve(
    model: Annotated[
        list[str],
        typer.Option(
            metavar="[NAME=]DIR",
            rich_help_panel=INPUT,
            help="A classifier saved by classify --save, under a name or its folder's; may be given again.",
        ),
    ],
    host: Annotated[
        str, typer.Option(metavar="ADDRESS", rich_help_panel=SERVICE, help="Address to listen at.")
    ] = "127.0.0.1",
    port: Annotated[
        int, typer.Option(min=0, max=65535, metavar="N", rich_help_panel=SERVICE, help="Port; 0 for any that is free.")
    ] = 8000,
    allow_host: Annotated[
        list[str] | None,
        typer.Option(
            metavar="NAME",
            rich_help_panel=SERVICE,
            show_default="localhost and addresses",
            help="A name that the service goes by; may be given again.",
        ),
    ] = None,
    max_body: Annotated[
        int, typer.Option(min=1000, metavar="BYTES", rich_help_panel=SERVICE, help="Longest body of a request.")
    ] = 2_000_000,
    max_texts: Annotated[
        int, typer.Option(min=1, metavar="N", rich_help_panel=SERVICE, help="Most texts of a request.")
    ] = 1000,
    max_waiting: Annotated[
        int, typer.Option(min=1, metavar="N", rich_help_panel=SERVICE, help="Most texts that wait for an answer.")
    ] = 5000,
    timeout: Annotated[
        float,
        typer.Option(min=0.1, metavar="SECONDS", rich_help_panel=SERVICE, help="Longest time that an answer takes."),
    ] = 60.0,
    log_texts: Annotated[
        bool, typer.Option("--log-texts", rich_help_panel=OUTPUT, help="Write the texts of requests into the log.")
    ] = False,
    device: options.Device = "auto",
    dtype: options.Dtype = "auto",
) -> None:
    """Serve saved classifiers over HTTP, with a page to try them and to label, until it is told to end.

    The log is on standard error, a JSON object a line. FEWTEXT_API_KEYS holds the keys, separated by commas.

    \b
    fewtext serve --model my-model --port 8000
    fewtext serve --model requests=my-model --model tone=other-model
    """  # noqa: D301
    from fewtext.service.extra import check_extra

    check_extra()
    folders = named(model)

    from fewtext.service.keys import VARIABLE, Keys
    from fewtext.service.origins import Origins, is_address, is_loopback

    keys = Keys.of_environment()
    if not is_loopback(host) and not keys:
        message = f"--host {host} is reached by other machines, and the service has no keys"
        raise FewtextError(message, hint=f"set {VARIABLE}, or leave out --host")

    from functools import partial

    from fewtext.cli.progress import progress_bar

    with progress_bar("loading"):
        from fewtext.classify.load import load_classifier
        from fewtext.service.app import create_app
        from fewtext.service.limits import Limits
        from fewtext.service.logs import log
        from fewtext.service.models import Models
        from fewtext.service.server import Server, run
        from fewtext.service.service import Service

        models = Models(folders, partial(load_classifier, device=device, dtype=dtype))
    names = [*(allow_host or []), *([] if is_address(host) else [host])]

    def show(message: Warning | str, category: type[Warning], *_: Any) -> None:
        if issubclass(category, FewtextWarning):
            log("warning", logging.WARNING, message=str(message))

    shown = warnings.showwarning
    warnings.showwarning = show  # type: ignore[assignment]
    service = Service(models, Limits(max_body, max_texts, max_waiting, timeout))
    try:
        run(Server(create_app(service, keys, Origins(names), log_texts), service, host, port))
    finally:
        warnings.showwarning = shown
        service.close()


def named(models: list[str]) -> dict[str, Path]:
    """Return the folders by name; raise ``FewtextError`` where two have one name, or a name is none."""
    folders: dict[str, Path] = {}
    for given in models:
        name, equals, folder = given.partition("=")
        is_named = equals and "/" not in name  # else = is part of a folder's name, or of hub:owner/name
        path = Path(local_model(folder if is_named else given, say))
        name = name if is_named else Path(given).resolve().name
        if not name or not name.isprintable() or not str(path).strip():
            raise FewtextError(f"--model {given} names no model", hint="write --model DIR, or --model NAME=DIR")
        if name in folders:
            raise FewtextError(f"two models are called {name}", hint="write --model NAME=DIR")
        folders[name] = path
    return folders
