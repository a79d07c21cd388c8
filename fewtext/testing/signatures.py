"""How options are declared: the command line reads them from the constructor's signature."""

from __future__ import annotations

import inspect
from typing import Any


def assert_options_are_declared(kind: Any) -> None:
    """Fail unless the class has a name, and its options are keyword-only with a type and a default."""
    assert isinstance(getattr(kind, "name", None), str) and kind.name, f"a {kind.__name__} has no name"
    for parameter in inspect.signature(kind).parameters.values():
        if parameter.kind is parameter.POSITIONAL_OR_KEYWORD and parameter.default is parameter.empty:
            continue  # the backbone of a learner, the shape of a backbone
        assert parameter.kind is parameter.KEYWORD_ONLY, f"{parameter.name} must be keyword-only, and no **kwargs"
        assert parameter.default is not parameter.empty, f"{parameter.name} needs a default"
        assert parameter.annotation is not parameter.empty, f"{parameter.name} needs a type"
