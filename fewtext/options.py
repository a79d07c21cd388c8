"""A learner's options: the keyword-only parameters of its constructor, read from its signature."""

from __future__ import annotations

import inspect
import math
from collections.abc import Iterable, Mapping
from typing import Any, Literal, get_args, get_origin, get_type_hints

import torch
from torch import nn

from fewtext.errors import FewtextError
from fewtext.learning import Learner


def options_of(learner: type[Learner]) -> dict[str, tuple[Any, Any]]:
    """Return each option's type and default."""
    hints = get_type_hints(learner.__init__)
    parameters = inspect.signature(learner.__init__).parameters.values()
    return {p.name: (hints.get(p.name, type(p.default)), p.default) for p in parameters if p.kind is p.KEYWORD_ONLY}


def default_options(learner: type[Learner]) -> dict[str, Any]:
    """Return each option's default value."""
    return {name: default for name, (_, default) in options_of(learner).items()}


def parse_options(learner: type[Learner], assignments: Iterable[str]) -> dict[str, Any]:
    """Turn ``["steps=10", "C=1"]`` into keyword arguments of the types that the learner declares."""
    options = {}
    for assignment in assignments:
        name, equals, text = assignment.partition("=")
        if not equals:
            raise FewtextError(f"option {assignment!r} has no value", cure=f"write -o {name}=VALUE")
        options[name.strip()] = _value(learner, name.strip(), text.strip())
    return options


def build_learner(learner: type[Learner], backbone: nn.Module, options: Mapping[str, Any], seed: int = 0) -> Learner:
    """Construct a learner with these options; its initial weights depend on ``seed`` alone.

    A learner refuses the value of an option by a ``ValueError``.
    """
    known = options_of(learner)
    for name, value in options.items():
        _check(learner, name, value, known)
    with torch.random.fork_rng(devices=[]):  # nn.Linear takes no generator, so this is the one place that seeds
        torch.manual_seed(seed)
        try:
            return learner(backbone, **options)
        except ValueError as error:  # how a learner refuses an option
            raise FewtextError(f"{learner.name}: {error}") from error


def describe(learner: type[Learner]) -> str:
    """Return the options with their defaults, as ``C=20.0 steps=100``."""
    return " ".join(f"{name}={default}" for name, default in default_options(learner).items())


def _check(learner: type[Learner], name: str, value: object, known: Mapping[str, tuple[Any, Any]]) -> None:
    if name not in known:
        raise FewtextError(f"{learner.name} has no option {name!r}", cure=f"its options: {describe(learner) or 'none'}")
    kind = known[name][0]
    if get_origin(kind) is Literal:
        fits = value in get_args(kind)
    elif kind is float:
        fits = isinstance(value, (int, float)) and not isinstance(value, bool) and math.isfinite(value)
    elif kind in (int, str, bool):
        fits = type(value) is kind
    else:
        fits = True
    if not fits:
        raise FewtextError(f"{learner.name}: {name}={value!r} does not fit", cure=f"give {_spelled(kind)}")


def _value(learner: type[Learner], name: str, text: str) -> Any:
    known = options_of(learner)
    kind = known[name][0] if name in known else str
    value: Any = text
    try:
        if kind is bool:
            value = {"true": True, "yes": True, "1": True, "false": False, "no": False, "0": False}[text.lower()]
        elif get_origin(kind) is Literal:
            value = next(choice for choice in get_args(kind) if str(choice) == text)
        elif kind in (int, float):
            value = kind(text)
    except (ValueError, KeyError, StopIteration):
        pass  # left a string, which the check refuses with the right words
    _check(learner, name, value, known)
    return value


def _spelled(kind: Any) -> str:
    if get_origin(kind) is Literal:
        return "one of " + ", ".join(map(str, get_args(kind)))
    return {int: "a whole number", float: "a number", bool: "true or false"}.get(kind, str(kind))
