"""Settings of the process that all plugins share: how each is read, compared and written back."""

from __future__ import annotations

import builtins
import gc
import operator
import os
import signal
import sys
import threading
import warnings
from collections.abc import Callable, Mapping, MutableMapping
from dataclasses import dataclass
from functools import partial
from typing import Any

from fewtext.errors import FewtextWarning

READ_AT_RUN_TIME = ("CUDA_", "FEWTEXT_", "HF_", "MKL_", "OMP_", "PYTHON", "PYTORCH", "TRANSFORMERS_")
"""Environment variables that a plugin may not even add: libraries read them while they run."""


@dataclass(frozen=True)
class Setting:
    """One setting that can be read and written back; ``same`` compares the values before and after.

    With ``loading`` it is compared only when a plugin is loaded, not at each call of its code.
    """

    what: str
    read: Callable[[], Any]
    write: Callable[[Any], object]
    same: Callable[[Any, Any], bool] = operator.eq
    loading: bool = False


def attribute(owner: Any, name: str, what: str | None = None, **options: Any) -> Setting:
    """Return the setting that is an attribute of a module or object."""
    label = what or f"{owner.__name__}.{name}"
    return Setting(label, partial(getattr, owner, name), partial(setattr, owner, name), operator.is_, **options)


def _list(owner: Any, name: str) -> Setting:
    """Return the setting that is a list to whose end a plugin may add."""
    return Setting(
        f"{owner.__name__}.{name}",
        lambda: list(getattr(owner, name)),
        partial(setattr, owner, name),
        lambda before, now: now[: len(before)] == before,
        loading=True,
    )


def _names(what: str, mapping: MutableMapping[str, Any]) -> Setting:
    """Return the setting that is a mapping to which a plugin may add names."""
    return Setting(
        what,
        lambda: dict(mapping),
        mapping.update,
        lambda before, now: all(now.get(name, mapping) is value for name, value in before.items()),
        loading=True,
    )


def process_settings() -> list[Setting]:
    """Return the settings of Python and of the operating system."""
    return [
        Setting("the working directory", os.getcwd, os.chdir),
        Setting("the umask", _umask, os.umask, loading=True),
        Setting("environment variables", lambda: dict(os.environ), _restore_environment, _same_environment, True),
        _list(sys, "path"),
        _list(sys, "argv"),
        _list(sys, "meta_path"),
        _list(sys, "path_hooks"),
        _names("modules that were loaded", sys.modules),
        _names("the built-in functions", vars(builtins)),
        *(attribute(sys, name, "the standard streams") for name in ("stdin", "stdout", "stderr")),
        *(attribute(sys, name, loading=True) for name in ("excepthook", "unraisablehook", "displayhook")),
        attribute(threading, "excepthook", loading=True),
        Setting("the trace function", sys.gettrace, sys.settrace, operator.is_),
        Setting("the profile function", sys.getprofile, sys.setprofile, operator.is_),
        Setting("the recursion limit", sys.getrecursionlimit, sys.setrecursionlimit),
        Setting("garbage collection", gc.isenabled, lambda on: gc.enable() if on else gc.disable()),
        attribute(warnings, "showwarning", "how warnings are shown"),
        Setting("which warnings are shown", _filters, _restore_filters, lambda a, b: a[0] == b[0]),
        *_signals(),
    ]


def _umask() -> int:
    mask = os.umask(0o077)
    os.umask(mask)
    return mask


def _protected(before: Mapping[str, str], now: Mapping[str, str]) -> dict[str, str]:
    return {name: value for name, value in now.items() if name in before or name.startswith(READ_AT_RUN_TIME)}


def _same_environment(before: Mapping[str, str], now: Mapping[str, str]) -> bool:
    return _protected(before, now) == before


def _restore_environment(before: Mapping[str, str]) -> None:
    for name in _protected(before, os.environ).keys() - before.keys():
        del os.environ[name]
    os.environ.update(before)


def _filters() -> tuple[Any, list[Any]]:
    """Return the filter that applies to our warnings, and all filters: libraries add their own."""
    general = (f for f in warnings.filters if f[1] is None and f[3] is None and issubclass(FewtextWarning, f[2]))
    return next(((f[0], f[2]) for f in general), None), list(warnings.filters)


def _restore_filters(before: tuple[Any, list[Any]]) -> None:
    warnings.filters[:] = before[1]  # type: ignore[index]
    with warnings.catch_warnings():
        pass  # leaving the block clears what the module has cached of the filters


def _signals() -> list[Setting]:
    if threading.current_thread() is not threading.main_thread():
        return []
    numbers = sorted(signal.valid_signals() - {getattr(signal, "SIGKILL", None), getattr(signal, "SIGSTOP", None)})

    def handlers() -> dict[int, Any]:
        return {number: signal.getsignal(number) for number in numbers}

    def restore(before: dict[int, Any]) -> None:
        for number, handler in before.items():
            if handler is not None and signal.getsignal(number) is not handler:
                signal.signal(number, handler)

    settings = [Setting("signal handlers", handlers, restore)]
    if hasattr(signal, "setitimer"):
        timer = signal.ITIMER_REAL
        settings.append(
            Setting("an alarm", lambda: signal.getitimer(timer)[0] > 0, lambda _: signal.setitimer(timer, 0))
        )
    return settings
