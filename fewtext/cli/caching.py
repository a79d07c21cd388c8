"""``--no-cache``: whether a command keeps the features of the texts that it encodes."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from inspect import Parameter, signature
from typing import Annotated, Any

import typer

from fewtext.cli.help import DEVICE
from fewtext.files.feature_store import cached_features, store_in_use

NoCache = Annotated[
    bool,
    typer.Option("--no-cache", rich_help_panel=DEVICE, help="Keep no encoded texts, and take none that were kept."),
]


def caching(command: Callable[..., None]) -> Callable[..., None]:
    """Return a command that caches features unless it is told not to."""

    @wraps(command)
    def with_cache(*arguments: Any, no_cache: bool, **named: Any) -> None:
        if no_cache:
            command(*arguments, **named)
            return
        with cached_features():
            command(*arguments, **named)

    own = signature(command, eval_str=True)
    parameters = [
        *own.parameters.values(),
        Parameter("no_cache", Parameter.KEYWORD_ONLY, default=False, annotation=NoCache),
    ]
    described: Any = with_cache
    described.__signature__ = own.replace(parameters=parameters)
    described.__annotations__ = {each.name: each.annotation for each in parameters} | {"return": None}
    return with_cache


def from_cache() -> str:
    """Return how many items came from the cache, for the line at the end; nothing where none did."""
    store = store_in_use()
    return f"{store.found:,} of {store.asked:,} encodings from the cache" if store and store.found else ""
