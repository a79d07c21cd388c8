"""Shared state of the process: read before a plugin's code runs, and restored where that has changed it.

A library that is not loaded yet is read right after its import. Replaced functions of a library (``json.dumps``, say)
are not detected.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Sequence
from contextlib import suppress
from functools import partial
from importlib.abc import MetaPathFinder
from importlib.machinery import ModuleSpec
from types import ModuleType
from typing import Any

from fewtext.registry.library_settings import LIBRARY_SETTINGS
from fewtext.registry.process_settings import Setting, process_settings


class State:
    """The values of all settings at the time that it is made."""

    def __init__(self, loading: bool) -> None:
        self._loading = loading
        self._before: list[tuple[Setting, Any]] = []
        self._keep(process_settings)
        self._arrivals = _Arrivals(self._keep, [name for name in LIBRARY_SETTINGS if name not in sys.modules])
        for name, settings in LIBRARY_SETTINGS.items():
            if sys.modules.get(name):
                self._keep(partial(settings, sys.modules[name]))
        if loading:
            sys.meta_path.insert(0, self._arrivals)

    def restore(self) -> list[str]:
        """Write back every setting that has changed, and return their names."""
        if self._arrivals in sys.meta_path:
            sys.meta_path.remove(self._arrivals)
        return [setting.what for setting, value in self._before if _restored(setting, value)]

    def _keep(self, settings: Callable[[], list[Setting]]) -> None:
        with suppress(AttributeError):  # a library that another thread is still importing
            for setting in settings():
                if self._loading or not setting.loading:
                    with suppress(OSError, RuntimeError):  # a working directory that is gone
                        self._before.append((setting, setting.read()))


def _restored(setting: Setting, value: Any) -> bool:
    try:
        if setting.same(value, setting.read()):
            return False
    except BaseException:  # a value that a plugin has put there may raise anything
        pass
    try:
        setting.write(value)
    except Exception:
        return False
    return True


class _Arrivals(MetaPathFinder):
    """Reads a library's settings right after it has been imported."""

    def __init__(self, keep: Callable[[Callable[[], list[Setting]]], None], awaited: list[str]) -> None:
        self._keep, self._awaited = keep, awaited

    def find_spec(self, name: str, path: Sequence[str] | None, target: ModuleType | None = None) -> ModuleSpec | None:
        if name not in self._awaited:
            return None
        self._awaited.remove(name)
        specs = (f.find_spec(name, path, target) for f in list(sys.meta_path) if f is not self)
        spec = next((spec for spec in specs if spec), None)
        if spec and spec.loader and not isinstance(spec.loader, type):
            execute = spec.loader.exec_module

            def exec_module(module: ModuleType) -> None:
                execute(module)
                self._keep(partial(LIBRARY_SETTINGS[name], module))

            spec.loader.exec_module = exec_module  # type: ignore[method-assign]
        return spec
