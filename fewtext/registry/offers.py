"""Checks of what a hook returns: subclasses of its contract, with names that a command line can spell."""

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
"""The class of what each hook returns; imported when the hook is called, since most of them need torch."""
_MOST = 10_000  # things from one hook: more come from a generator that never ends
_TEXT_FIELDS = "name", "modality", "description", "licence", "citation", "encoder"  # of a corpus
_NAME = re.compile(r"[^\s:@,=/\\]+")


def checked_offers(call: Callable[[], Iterable[Any]], hook: str) -> tuple[list[tuple[str, Any]], list[str]]:
    """Call a hook, and return its valid offers by name and what is wrong with the others."""
    things = list(islice(call(), _MOST + 1))
    if len(things) > _MOST:
        raise ValueError(f"{hook}() returns more than {_MOST:,} things")
    valid, faults = [], []
    for thing in things:
        try:
            valid.append((_checked_name(hook, thing), thing))
        except Exception as error:
            faults.append(reason(error))
    return valid, faults


def _checked_name(hook: str, thing: Any) -> str:
    """Return the name of an offer; raise ``TypeError`` where it does not keep the hook's contract."""
    module, _, contract = _CONTRACTS[hook].partition(":")
    kind = getattr(import_module(f"fewtext.{module}"), contract)
    if hook == "corpora":
        if not isinstance(thing, kind):
            raise TypeError(f"{hook}() returned {thing!r:.100}, which is not a {contract}")
        if other := [field for field in _TEXT_FIELDS if not isinstance(getattr(thing, field), str)]:
            raise TypeError(f"the {other[0]} of corpus {thing.name} is not a string")
    else:
        if not (isinstance(thing, type) and issubclass(thing, kind)):
            raise TypeError(f"{hook}() returned {thing!r:.100}, which is not a subclass of {contract}")
        if inspect.isabstract(thing):
            lacking = ", ".join(sorted(vars(thing)["__abstractmethods__"]))
            raise TypeError(f"{thing!r:.100} is abstract: it does not define {lacking}")
    name = getattr(thing, "name", None)
    if not isinstance(name, str) or not name.isprintable() or not _NAME.fullmatch(name):
        raise TypeError(f"{thing!r:.100} has no name that a command line can spell: {name!r:.60}")
    return str(name)
