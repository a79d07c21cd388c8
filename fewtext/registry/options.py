"""Options of learners, backbones, encoders and tuners: keyword-only parameters, read from the constructor."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterable, Mapping
from contextlib import suppress
from itertools import chain
from typing import Any, ClassVar, Protocol, TypeVar, get_type_hints

import torch

from fewtext.contracts.backbone import Backbone
from fewtext.contracts.encoder import Encoder
from fewtext.contracts.learner import Learner
from fewtext.errors import FewtextError, did_you_mean, first_line
from fewtext.registry import discovery, option_types
from fewtext.registry.failures import plugin_errors
from fewtext.registry.process_lock import PROCESS_STATE


class Named(Protocol):
    """A learner, a backbone, an encoder or a tuner: a class with a name, and options in its constructor."""

    name: ClassVar[str]


Configurable = type[Named]
B = TypeVar("B", Backbone, Learner)
C = TypeVar("C", bound=Configurable)
OF_EVERY_ENCODER = {"device", "dtype", "max_length", "offline"}
"""Parameters that commands have options of their own for."""


def options_of(owner: Configurable) -> dict[str, tuple[Any, Any]]:
    """Return each option's type and default."""
    with plugin_errors("plugin", owner.name):
        hints = get_type_hints(owner.__init__)
        parameters = inspect.signature(owner.__init__).parameters.values()
    own = [p for p in parameters if p.kind is p.KEYWORD_ONLY]
    if issubclass(owner, Encoder):
        own = [p for p in own if p.name not in OF_EVERY_ENCODER]
    return {p.name: (hints.get(p.name, type(p.default)), p.default) for p in own}


def default_options(owner: Configurable) -> dict[str, Any]:
    """Return each option's default value."""
    return {name: default for name, (_, default) in options_of(owner).items()}


def parse_options(owner: Configurable, assignments: Iterable[str]) -> dict[str, Any]:
    """Parse ``["steps=10,C=1", "unrolled=5"]`` into keyword arguments of the types that the owner declares."""
    declared, options = options_of(owner), dict[str, Any]()
    for assignment in chain.from_iterable(each.split(",") for each in assignments):
        name, equals, text = (part.strip() for part in assignment.partition("="))
        if not name:
            raise FewtextError(f"an option of {owner.name} has no name", hint="write key=value,key=value")
        if not equals:
            raise FewtextError(f"option {name!r} of {owner.name} has no value", hint=f"write {name}=VALUE")
        if name in options:
            raise FewtextError(f"option {name} of {owner.name} is given twice", hint="leave one of them out")
        options[name] = _value(owner, name, text, declared)
    return options


def parse_spec(spec: str, find: Callable[[str], C]) -> tuple[C, dict[str, Any]]:
    """Return what ``find`` gives for the name of ``name:key=value,…``, and the options behind it."""
    name, colon, assignments = spec.partition(":")
    owner = find(name)
    return owner, parse_options(owner, [assignments] if colon else [])


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
        close = did_you_mean(name, declared) or did_you_mean(name.upper(), [key for key in declared if key.isupper()])
        hint = f"{close} its options: {describe(owner) or 'none'}".lstrip()
        raise FewtextError(f"{owner.name} has no option {name!r}", hint=hint)
    kind = declared[name][0]
    if not option_types.fits(kind, value):
        raise FewtextError(f"{owner.name}: {name}={value!r} does not fit", hint=f"give {option_types.in_words(kind)}")


def _value(owner: Configurable, name: str, text: str, declared: Mapping[str, tuple[Any, Any]]) -> Any:
    kind = declared[name][0] if name in declared else str
    if not option_types.can_be_written(kind):
        message = f"the option {name} of {owner.name} is of the type {option_types.in_words(kind)}"
        hint = "a plugin declares bool, int, float, str, a Literal, a tuple of one of these, or one of these or None"
        raise FewtextError(f"{message}, which nothing that is typed can be", hint=hint)
    value: Any = text
    with suppress(ValueError):  # still a text, which the check rejects with a message
        value = option_types.read(kind, text)
    _check(owner, name, value, declared)
    return value
