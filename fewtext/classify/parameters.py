"""Constructor parameters as scikit-learn has them: read, set by name, nested ones too, and shown."""

from __future__ import annotations

import inspect
from collections.abc import Mapping
from typing import Any, ClassVar, Self

BETWEEN_NAMES = "__"


class Parameters:
    """Base of classes whose constructor stores each parameter, unchanged, in an attribute of the same name."""

    nested: ClassVar[tuple[str, ...]] = ("options",)
    """Parameters that are mappings with entries to set one by one."""

    def get_params(self, deep: bool = True) -> dict[str, Any]:
        """Return the constructor's parameters; ``deep`` adds the entries of nested ones, as ``options__C``."""
        own = {name: getattr(self, name) for name in inspect.signature(type(self)).parameters}
        if not deep:
            return own
        given = {name: own[name] for name in self.nested if isinstance(own[name], Mapping)}
        nested = {f"{name}{BETWEEN_NAMES}{key}": value for name in given for key, value in given[name].items()}
        return {**own, **nested}

    def set_params(self, **params: Any) -> Self:
        """Set constructor parameters; ``options__C`` sets one entry of ``options`` and leaves the others."""
        for full_name, value in params.items():
            name, nested, key = full_name.partition(BETWEEN_NAMES)
            known = self.get_params(deep=False)
            if name not in known:
                raise ValueError(f"no parameter {full_name!r}; there are: {', '.join(known)}")
            if nested:
                if name not in self.nested:
                    raise ValueError(f"parameter {name!r} has no entries, so {full_name!r} cannot be set")
                value = {**(known[name] or {}), key: value}
            setattr(self, name, value)
        return self

    def __repr__(self) -> str:
        defaults = inspect.signature(type(self)).parameters
        own = self.get_params(deep=False)
        changed = {name: value for name, value in own.items() if value != defaults[name].default}
        return f"{type(self).__name__}({', '.join(f'{name}={value!r}' for name, value in changed.items())})"
