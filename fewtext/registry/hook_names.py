"""What is wrong with an entry point that brings no hook: a class, a forgotten @hookimpl, a name one letter off."""

from __future__ import annotations

import inspect
from typing import Any

from fewtext.errors import did_you_mean
from fewtext.registry import hookspecs

MARK = "fewtext_impl"  # what pluggy sets on a function that @hookimpl decorates
HOOKS = tuple(name for name, value in vars(hookspecs).items() if hasattr(value, "fewtext_spec"))


def without_hooks(target: Any) -> str:
    """Return what to do about an entry point's target that has no hook; empty where it has one."""
    functions = {name: value for name, value in vars(target).items() if callable(value)}
    if any(hasattr(value, MARK) for value in functions.values()):
        return ""
    if isinstance(target, type):
        return f"the entry point is the class {target.__name__}; name its module, with a hook that returns the class"
    for name, value in functions.items():
        if name in HOOKS and inspect.isfunction(value):
            return f"{name}() is no hook yet; did you forget @hookimpl?"
    own = [name for name, value in functions.items() if getattr(value, "__module__", "") == target.__name__]
    for name in own:
        if meant := did_you_mean(name, HOOKS):
            return f"{name}() is no hook; {meant}"
    return f"it has no hook; define one of {', '.join(HOOKS)}, with @hookimpl"


def unknown_hook(target: Any) -> str:
    """Return of a decorated function that is no hook which one may be meant; empty where there is none."""
    for name, value in vars(target).items():
        if hasattr(value, MARK) and name not in HOOKS:
            known = f"there are: {', '.join(HOOKS)}"
            return f"unknown hook {name!r}; {did_you_mean(name, HOOKS) or known}"
    return ""
