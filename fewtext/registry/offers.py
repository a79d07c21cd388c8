"""What a hook of a plugin returns, looked through: names that can be written, classes that are what the hook is for."""

from __future__ import annotations

import inspect
import re
from collections.abc import Callable, Iterable
from importlib import import_module
from itertools import islice
from typing import Any

from fewtext.registry.failures import reason

_CONTRACTS = {
    "learners": "contracts.learner:Learner",
    "encoders": "contracts.encoder:Encoder",
    "corpora": "contracts.corpus:Corpus",
    "backbones": "contracts.backbone:Backbone",
    "tuners": "contracts.tuner:Tuner",
    "trackers": "contracts.tracker:Tracker",
}
"""What those things are; imported once a hook is called, since most need torch."""
_MOST = 10_000  # things from one hook: more come from a generator without an end
_TEXTS = "name", "modality", "description", "licence", "citation", "encoder"  # of a corpus
_NAME = re.compile(r"[^\s:@,=/\\]+")


def sort_offers(call: Callable[[], Iterable[Any]], hook: str) -> tuple[list[tuple[str, Any]], list[str]]:
    """Return what a hook offers by name, and what is wrong with the rest."""
    things = list(islice(call(), _MOST + 1))
    if len(things) > _MOST:
        raise ValueError(f"{hook}() returns more than {_MOST:,} things")
    good, faults = [], []
    for thing in things:
        try:
            good.append((_checked_name(hook, thing), thing))
        except Exception as error:
            faults.append(reason(error))
    return good, faults


def _checked_name(hook: str, thing: Any) -> str:
    """Return the name of what a hook offers; raise where it is not what the hook is for."""
    module, _, contract = _CONTRACTS[hook].partition(":")
    kind = getattr(import_module(f"fewtext.{module}"), contract)
    if hook == "corpora":
        if not isinstance(thing, kind):
            raise TypeError(f"{hook}() returned {thing!r:.100}, which is no {contract}")
        if other := [field for field in _TEXTS if not isinstance(getattr(thing, field), str)]:
            raise TypeError(f"the {other[0]} of corpus {thing.name} is no text")
    else:
        if not (isinstance(thing, type) and issubclass(thing, kind)):
            raise TypeError(f"{hook}() returned {thing!r:.100}, which is no subclass of {contract}")
        if inspect.isabstract(thing):
            raise TypeError(
                f"{thing!r:.100} is abstract: it lacks {', '.join(sorted(vars(thing)['__abstractmethods__']))}"
            )
    name = getattr(thing, "name", None)
    if not isinstance(name, str) or not name.isprintable() or not _NAME.fullmatch(name):
        raise TypeError(f"{thing!r:.100} has no name that could be written on a command line: {name!r:.60}")
    return str(name)
