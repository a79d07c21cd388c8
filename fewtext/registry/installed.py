"""Installed plugins, read from the metadata of their distributions without importing them."""

from __future__ import annotations

import os
import re
from dataclasses import dataclass
from importlib.metadata import EntryPoint, distributions, entry_points

from fewtext.registry.failures import reason, warn_once

GROUPS = ("fewtext", "fewtext.cli")
_OWN = "fewtext"  # the distribution of the built-in plugins


@dataclass(frozen=True)
class Plugin:
    """An installed entry point, as the metadata describe it."""

    group: str
    name: str
    target: str
    distribution: str
    version: str
    entry_point: EntryPoint

    @property
    def built_in(self) -> bool:
        """Whether the plugin is one of fewtext's own."""
        return self.distribution == _OWN

    @property
    def disabled(self) -> bool:
        """Whether ``FEWTEXT_DISABLE`` names this plugin, by its entry point or its distribution."""
        named = {name.strip() for name in os.environ.get("FEWTEXT_DISABLE", "").split(",")}
        return self.name in named or self.distribution in named

    def __str__(self) -> str:
        return f"plugin {self.name!r} ({self.distribution} {self.version}, {self.target})"


def installed(*groups: str) -> list[Plugin]:
    """Return the plugins of these groups (default: all), by name, without importing any."""
    plugins = {}
    for group in groups or GROUPS:
        for entry in _entries(group):
            distribution, version = _origin(entry)
            plugin = Plugin(group, entry.name, entry.value, distribution, version, entry)
            # An editable install beside its own metadata folder is listed twice by importlib.
            plugins[group, entry.name, entry.value, plugin.distribution] = plugin
    return sorted(plugins.values(), key=lambda plugin: (plugin.group, plugin.name, plugin.distribution))


def canonical(distribution: str) -> str:
    """Return the normalised name of a distribution, as package indexes compare it."""
    return re.sub(r"[-_.]+", "-", distribution).lower()


def _entries(group: str) -> list[EntryPoint]:
    try:
        return list(entry_points(group=group))
    except Exception:  # one unreadable file makes importlib fail for all
        return _entries_one_by_one(group)


def _entries_one_by_one(group: str) -> list[EntryPoint]:
    os.environ.setdefault("TORCH_DEVICE_BACKEND_AUTOLOAD", "0")  # torch would read them all too, and fail to import
    by_distribution: dict[str, list[EntryPoint]] = {}
    for distribution in distributions():
        name = "?"
        try:
            name = canonical(distribution.name)
            if name not in by_distribution:  # Python takes the first of two folders of one distribution
                by_distribution[name] = [entry for entry in distribution.entry_points if entry.group == group]
        except Exception as error:
            warn_once(f"the entry points of distribution {name} cannot be read: {reason(error)}")
    return [entry for entries in by_distribution.values() for entry in entries]


def _origin(entry: EntryPoint) -> tuple[str, str]:
    """Return a distribution's name and version, ``?`` where its metadata lack them."""
    try:
        return (entry.dist.name or "?", entry.dist.version or "?") if entry.dist else ("?", "?")
    except Exception:
        return "?", "?"
