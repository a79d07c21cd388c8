"""How options are declared: the command line reads them from the constructor's signature."""

from __future__ import annotations

import inspect
from typing import Any

from fewtext.contracts.encoder import Encoder
from fewtext.registry.option_types import can_be_written
from fewtext.registry.options import OF_EVERY_ENCODER, options_of


def assert_options_are_declared(kind: Any) -> None:
    """Fail unless the class has a name, and its options are keyword-only with a type and a default."""
    assert isinstance(getattr(kind, "name", None), str) and kind.name, f"a {kind.__name__} has no name"
    given = {"model", *OF_EVERY_ENCODER} if issubclass(kind, Encoder) else set()
    for parameter in inspect.signature(kind).parameters.values():
        if parameter.name in given:
            continue
        if parameter.kind is parameter.POSITIONAL_OR_KEYWORD and parameter.default is parameter.empty:
            continue  # the backbone of a learner, the shape of a backbone
        assert parameter.kind is parameter.KEYWORD_ONLY, f"{parameter.name} must be keyword-only, and no **kwargs"
        assert parameter.default is not parameter.empty, f"{parameter.name} needs a default"
        assert parameter.annotation is not parameter.empty, f"{parameter.name} needs a type"
    for name, (option, _) in options_of(kind).items():
        assert can_be_written(option), f"{name} is of the type {option}, which nothing that is typed can be"
