"""Loading plugins: the only module that holds a PluginManager, one for each plugin.

A plugin that fails is skipped with a warning that names it. ``FEWTEXT_DISABLE`` lists plugins not to load;
``FEWTEXT_STRICT=1`` raises a plugin's own error instead of warning, for its author.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from typing import Any, TypeVar

import pluggy

from fewtext.errors import PluginError
from fewtext.registry import hookspecs
from fewtext.registry.failures import reason, strict, warn_once
from fewtext.registry.guard import Guard
from fewtext.registry.hook_names import unknown_hook, without_hooks
from fewtext.registry.installed import Plugin, installed
from fewtext.registry.process_lock import PROCESS_STATE

T = TypeVar("T")


@dataclass
class Loaded:
    """An imported plugin with its hooks. Once a hook has failed it is ``broken``; at most one warning names it."""

    plugin: Plugin
    manager: pluggy.PluginManager
    broken: bool = False
    warned: bool = False

    def implementations(self, hook: str) -> list[Callable[..., Any]]:
        """Return the plugin's functions for a hook."""
        implementations = getattr(self.manager.hook, hook).get_hookimpls()
        return [] if self.broken else [implementation.function for implementation in implementations]

    def run(self, call: Callable[[], T]) -> T | None:
        """Call the plugin's code; return None where it fails, and skip the plugin from then on."""
        try:
            value, changes = run_guarded(self.plugin, call)
        except PluginError as error:
            self.broken = True
            if strict() and error.__cause__:
                raise error.__cause__ from None
            self.warn(f"failed, skipped: {error.what}")
            return None
        if changes:
            self.warn(f"{changes}, which was undone")
        return value

    def warn(self, message: str) -> None:
        """Warn about the plugin, the first time only."""
        if not self.warned:
            warn_once(f"{self.plugin} {message}")
        self.warned = True


@cache
def loaded_plugins(group: str) -> tuple[Loaded, ...]:
    """Import the plugins of a group, built-in ones first, so that no other plugin can change what those import."""
    loaded_ones: list[Loaded] = []
    targets: dict[str, Plugin] = {}
    for plugin in sorted(installed(group), key=lambda plugin: not plugin.built_in):
        if plugin.disabled:
            continue
        try:
            if (first := targets.setdefault(plugin.target, plugin)) is not plugin:
                raise PluginError(f"{plugin.target} is registered already, by {first}")
            loaded, changes = load(plugin)
        except PluginError as error:
            if strict() and error.__cause__:
                raise error.__cause__ from None
            warn_once(f"{plugin} failed to load, skipped: {error.what}")
            continue
        loaded_ones.append(loaded)
        if changes:
            loaded.warn(f"{changes}, which was undone")
    return tuple(loaded_ones)


def load(plugin: Plugin) -> tuple[Loaded, str]:
    """Import a plugin, read its hooks and return what it changed; raise ``PluginError`` where that fails."""

    def registered() -> pluggy.PluginManager:
        manager = pluggy.PluginManager("fewtext")
        manager.add_hookspecs(hookspecs)
        target = plugin.entry_point.load()
        if wrong := unknown_hook(target) or without_hooks(target):
            raise TypeError(wrong)
        manager.register(target, plugin.name)
        manager.check_pending()
        return manager

    manager, changes = run_guarded(plugin, registered)
    return Loaded(plugin, manager), changes


def run_guarded(plugin: Plugin, call: Callable[[], T]) -> tuple[T, str]:
    """Return what a plugin's code returns, and what it changed; raise ``PluginError`` for whatever it raises."""
    if plugin.built_in:
        try:
            return call(), ""
        except Exception as error:
            raise PluginError(reason(error), where=str(plugin)) from error
    with PROCESS_STATE, Guard(str(plugin), loading=True) as guard:
        value = call()
    changes = " and ".join(guard.changes)
    if guard.error is not None:
        also = f" (it also {changes}, which was undone)" if changes else ""
        raise PluginError(reason(guard.error) + also, where=str(plugin)) from guard.error
    return value, changes
