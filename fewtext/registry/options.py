"""Options of learners and backbones: the keyword-only parameters of the constructor, read from its signature."""

from __future__ import annotations

import inspect
import math
from collections.abc import Callable, Iterable, Mapping
from typing import Any, ClassVar, Literal, Protocol, TypeVar, get_args, get_origin, get_type_hints

import torch

from fewtext.contracts.backbone import Backbone
from fewtext.contracts.learner import Learner
from fewtext.errors import FewtextError, did_you_mean, first_line
from fewtext.registry import discovery
from fewtext.registry.failures import plugin_errors
from fewtext.registry.process_lock import PROCESS_STATE


class Named(Protocol):
    """A learner, a backbone or a tuner: a class with a name, and options in its constructor."""

    name: ClassVar[str]


Configurable = type[Named]
B = TypeVar("B", Backbone, Learner)
C = TypeVar("C", bound=Configurable)


def options_of(owner: Configurable) -> dict[str, tuple[Any, Any]]:
    """Return each option's type and default."""
    with plugin_errors("plugin", owner.name):
        hints = get_type_hints(owner.__init__)
        parameters = inspect.signature(owner.__init__).parameters.values()
    return {p.name: (hints.get(p.name, type(p.default)), p.default) for p in parameters if p.kind is p.KEYWORD_ONLY}


def default_options(owner: Configurable) -> dict[str, Any]:
    """Return each option's default value."""
    return {name: default for name, (_, default) in options_of(owner).items()}


def parse_options(owner: Configurable, assignments: Iterable[str]) -> dict[str, Any]:
    """Parse ``["steps=10", "C=1"]`` into keyword arguments of the types that the owner declares."""
    options = {}
    for assignment in assignments:
        name, equals, text = assignment.partition("=")
        if not equals:
            raise FewtextError(f"option {assignment!r} of {owner.name} has no value", hint=f"write {name}=VALUE")
        options[name.strip()] = _value(owner, name.strip(), text.strip())
    return options


def parse_spec(spec: str, find: Callable[[str], C]) -> tuple[C, dict[str, Any]]:
    """Return what ``find`` gives for the name of ``name:key=value,…``, and the options behind it."""
    name, _, assignments = spec.partition(":")
    owner = find(name)
    return owner, parse_options(owner, assignments.split(",") if assignments else [])


def build_learner(
    learner: type[Learner],
    options: Mapping[str, Any],
    shape: tuple[int, ...],
    backbone: str = "identity",
    seed: int = 0,
) -> Learner:
    """Construct a learner over a backbone for features of this shape; its initial weights depend on ``seed`` alone.

    ``backbone`` is a name, or a name and options: ``mlp:hidden=128,layers=3``. A learner or backbone rejects the value
    of an option by raising ``ValueError``.
    """
    backbone_class, backbone_options = parse_spec(backbone, discovery.backbone)
    declared = options_of(learner)
    for option, value in options.items():
        _check(learner, option, value, declared)
    # nn.Linear takes no generator, so the global one is seeded, here alone.
    with PROCESS_STATE, torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        body = _built("backbone", backbone_class, Backbone, shape, shape, backbone_options)
        return _built("learner", learner, Learner, shape, body, options)


def _built(
    noun: str, owner: type[B], contract: type, shape: tuple[int, ...], argument: Any, options: Mapping[str, Any]
) -> B:
    """Construct a backbone or a learner in evaluation mode; its errors name it."""
    with plugin_errors(noun, owner.name):
        try:
            built = owner(argument, **options)
            if not isinstance(built, contract):
                raise TypeError(f"it is a {type(built).__name__}")
            return built.eval()
        except ValueError as error:  # the value of an option is rejected
            raise FewtextError(f"{owner.name}: {error}") from error
        except (RuntimeError, MemoryError, OverflowError, TypeError) as error:
            reason = first_line(error) or "too large"
            raise FewtextError(f"{owner.name} cannot be built for features of {shape}: {reason}") from error


def describe(owner: Configurable) -> str:
    """Return the options with their defaults, as ``C=20.0 steps=100``."""
    return " ".join(f"{name}={default}" for name, default in default_options(owner).items())


def _check(owner: Configurable, name: str, value: object, declared: Mapping[str, tuple[Any, Any]]) -> None:
    if name not in declared:
        hint = f"{did_you_mean(name, declared)} its options: {describe(owner) or 'none'}".lstrip()
        raise FewtextError(f"{owner.name} has no option {name!r}", hint=hint)
    kind = declared[name][0]
    if get_origin(kind) is Literal:
        fits = value in get_args(kind)
    elif kind is float:
        fits = isinstance(value, (int, float)) and not isinstance(value, bool) and math.isfinite(value)
    elif kind in (int, str, bool):
        fits = type(value) is kind
    else:
        fits = True
    if not fits:
        raise FewtextError(f"{owner.name}: {name}={value!r} does not fit", hint=f"give {_spelled(kind)}")


def _value(owner: Configurable, name: str, text: str) -> Any:
    declared = options_of(owner)
    kind = declared[name][0] if name in declared else str
    value: Any = text
    try:
        if kind is bool:
            value = {"true": True, "yes": True, "1": True, "false": False, "no": False, "0": False}[text.lower()]
        elif get_origin(kind) is Literal:
            value = next(choice for choice in get_args(kind) if str(choice) == text)
        elif kind in (int, float):
            value = kind(text)
    except (ValueError, KeyError, StopIteration):
        pass  # still a string, which the check rejects with a message
    _check(owner, name, value, declared)
    return value


def _spelled(kind: Any) -> str:
    if get_origin(kind) is Literal:
        return "one of " + ", ".join(map(str, get_args(kind)))
    return {int: "a whole number", float: "a number", bool: "true or false"}.get(kind, str(kind))
