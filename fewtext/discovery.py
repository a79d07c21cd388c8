"""Entry points to plugins: the only module that holds a PluginManager.

Plugins are loaded one by one; a broken one is a warning that names it. ``FEWTEXT_DISABLE`` lists entry points not to
load, ``FEWTEXT_STRICT=1`` raises the plugin's own error instead of warning, for its author.
"""

from __future__ import annotations

import os
import warnings
from collections.abc import Iterator
from dataclasses import dataclass
from difflib import get_close_matches
from functools import cache
from importlib.metadata import EntryPoint, entry_points
from typing import TYPE_CHECKING, Any, cast

import pluggy

from fewtext import hookspecs
from fewtext.errors import FewtextWarning, PluginError

if TYPE_CHECKING:
    from fewtext.backbones import Backbone
    from fewtext.corpus import Corpus
    from fewtext.encoding import Encoder
    from fewtext.learning import Learner
    from fewtext.tracking import Tracker
    from fewtext.tuning import Tuner

GROUPS = ("fewtext", "fewtext.cli")
NOUNS = {
    "learners": "learner",
    "encoders": "encoder",
    "corpora": "corpus",
    "backbones": "backbone",
    "tuners": "tuner",
    "trackers": "tracker",
}
"""The hooks that return things with a name, and what one such thing is called."""


@dataclass(frozen=True)
class Plugin:
    """An installed entry point, known from metadata alone."""

    group: str
    name: str
    target: str
    distribution: str
    version: str
    entry_point: EntryPoint

    @property
    def disabled(self) -> bool:
        """Whether ``FEWTEXT_DISABLE`` names this plugin, by its entry point or its distribution."""
        named = {name.strip() for name in os.environ.get("FEWTEXT_DISABLE", "").split(",")}
        return self.name in named or self.distribution in named

    def __str__(self) -> str:
        return f"plugin {self.name!r} ({self.distribution} {self.version}, {self.target})"


@dataclass(frozen=True)
class Offer:
    """Something with a name that a plugin brings: a learner, an encoder, a corpus."""

    name: str
    thing: Any
    plugin: Plugin


def installed(*groups: str) -> list[Plugin]:
    """Return the plugins of these groups (default: all), by name, without importing any."""
    found = {}
    for group in groups or GROUPS:
        for entry in entry_points(group=group):
            distribution, version = (entry.dist.name, entry.dist.version) if entry.dist else ("?", "?")
            plugin = Plugin(group, entry.name, entry.value, distribution, version, entry)
            # An editable install beside its own metadata folder is listed twice by importlib.
            found[group, entry.name, entry.value, plugin.distribution] = plugin
    return sorted(found.values(), key=lambda plugin: (plugin.group, plugin.name, plugin.distribution))


def check(plugin: Plugin) -> list[str]:
    """Import one plugin and return what it offers, as ``learner protonet``; raise ``PluginError`` if it is broken."""
    manager = _manager()
    _register(manager, plugin)
    return [
        f"{noun} {offer.name}"
        for hook, noun in NOUNS.items()
        for offer in _offers(manager, hook, {plugin.name: plugin}, raising=True)
    ]


def offers(hook: str) -> list[Offer]:
    """Return what the installed plugins offer through ``hook``, one of ``NOUNS``, by name."""
    manager, plugins = _loaded("fewtext")
    return sorted(_offers(manager, hook, plugins), key=lambda offer: offer.name)


def learner(name: str) -> type[Learner]:
    """Return the learner class of this name."""
    return cast("type[Learner]", _look_up("learners", name))


def encoder(name: str) -> type[Encoder]:
    """Return the encoder class of this name."""
    return cast("type[Encoder]", _look_up("encoders", name))


def corpus(name: str) -> Corpus:
    """Return the corpus of this name."""
    return cast("Corpus", _look_up("corpora", name))


def backbone(name: str) -> type[Backbone]:
    """Return the backbone class of this name."""
    return cast("type[Backbone]", _look_up("backbones", name))


def tuner(name: str) -> type[Tuner]:
    """Return the tuner class of this name."""
    return cast("type[Tuner]", _look_up("tuners", name))


def tracker(name: str) -> type[Tracker]:
    """Return the tracker class of this name."""
    return cast("type[Tracker]", _look_up("trackers", name))


def add_commands(app: Any) -> None:
    """Let the plugins of group ``fewtext.cli`` add their commands to a typer app."""
    manager, plugins = _loaded("fewtext.cli")
    for implementation in manager.hook.register_commands.get_hookimpls():
        try:
            implementation.function(app)
        except Exception as error:
            _blame(plugins[implementation.plugin_name], error)


def _look_up(hook: str, name: str) -> object:
    noun, candidates = NOUNS[hook], offers(hook)
    fitting = [offer for offer in candidates if offer.name == name]
    if len(fitting) > 1:
        raise PluginError(
            f"{noun} {name!r} is offered twice: by {' and by '.join(str(offer.plugin) for offer in fitting)}",
            cure="uninstall one, or set FEWTEXT_DISABLE to the one that is not to be loaded",
        )
    if not fitting:
        names = sorted({offer.name for offer in candidates})
        close = get_close_matches(name, names, n=1)
        raise PluginError(
            f"no {noun} {name!r}",
            cure=(f"did you mean {close[0]}? " if close else "") + f"installed: {', '.join(names) or 'none'}",
        )
    return fitting[0].thing


def _manager() -> pluggy.PluginManager:
    manager = pluggy.PluginManager("fewtext")
    manager.add_hookspecs(hookspecs)
    return manager


@cache
def _loaded(group: str) -> tuple[pluggy.PluginManager, dict[str, Plugin]]:
    manager, plugins = _manager(), {}
    for plugin in installed(group):
        if plugin.disabled:
            continue
        try:
            plugins[_register(manager, plugin)] = plugin
        except PluginError as error:
            _blame(plugin, error.__cause__ or error)
    return manager, plugins


def _register(manager: pluggy.PluginManager, plugin: Plugin) -> str:
    """Import and register one plugin; leave no trace of it where that fails."""
    name = plugin.name if not manager.has_plugin(plugin.name) else f"{plugin.distribution}:{plugin.name}"
    try:
        module = plugin.entry_point.load()
        if manager.is_registered(module):
            raise PluginError(f"{plugin.target} is registered already", cure="one entry point is enough")
        try:
            manager.register(module, name)
            manager.check_pending()
        except Exception:
            manager.unregister(name=name)
            raise
    except Exception as error:
        raise PluginError(_first_line(error), where=str(plugin)) from error
    return name


def _offers(
    manager: pluggy.PluginManager, hook: str, plugins: dict[str, Plugin], raising: bool = False
) -> Iterator[Offer]:
    """Call each implementation by itself: one that raises must not cost the others."""
    for implementation in getattr(manager.hook, hook).get_hookimpls():
        plugin = plugins[implementation.plugin_name]
        try:
            things = list(implementation.function())
            for thing in things:
                if not isinstance(getattr(thing, "name", None), str):
                    raise TypeError(f"{hook}() returned {thing!r}, which has no name")
        except Exception as error:
            if raising:
                raise PluginError(_first_line(error), where=str(plugin)) from error
            _blame(plugin, error)
            continue
        yield from (Offer(thing.name, thing, plugin) for thing in things)


def strict() -> bool:
    """Whether ``FEWTEXT_STRICT`` asks for the plugins' own errors."""
    return os.environ.get("FEWTEXT_STRICT", "0") not in ("", "0")


def _blame(plugin: Plugin, error: BaseException) -> None:
    if strict():
        raise error
    warnings.warn(f"{plugin} is left out: {_first_line(error)}", FewtextWarning, stacklevel=2)


def _first_line(error: BaseException) -> str:
    text = str(error).strip().splitlines()
    return f"{type(error).__name__}: {text[0]}" if text else type(error).__name__
