"""``--model hub:owner/name``: every command that reads a classifier takes it from the Hub, too."""

from __future__ import annotations

import typer

from fewtext.cli.terminal import say
from fewtext.errors import FewtextError
from fewtext.hub.address import is_on_hub
from fewtext.hub.fetch import local_model


def local(context: typer.Context, model: str | None) -> str | None:
    """Return the folder of a model, fetched where it is one of the Hub; a sentence names its commit."""
    if model is None or context.resilient_parsing:
        return model
    return str(local_model(model, say))


def own_folder(context: typer.Context, model: str) -> str:
    """Return the folder of a model that is to be changed; raise ``FewtextError`` for one of the Hub."""
    if is_on_hub(model) and not context.resilient_parsing:
        message = f"{model} cannot be changed where it is"
        raise FewtextError(message, hint="change the folder that it was pushed from, and push that again")
    return model
