"""Entry points to plugins: the only module that holds a PluginManager.

Plugins are loaded one by one, each with a manager of its own; a broken one is left out with a warning that names it.
``FEWTEXT_DISABLE`` lists entry points not to load, ``FEWTEXT_STRICT=1`` raises the plugin's own error instead of
warning, for its author.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from difflib import get_close_matches
from functools import cache, partial
from typing import TYPE_CHECKING, Any, TypeVar, cast

import pluggy

from fewtext.errors import PluginError
from fewtext.registry import hookspecs
from fewtext.registry.failures import reason, strict, warn_once
from fewtext.registry.guard import Guard
from fewtext.registry.installed import Plugin, canonical, installed
from fewtext.registry.offers import sort_offers
from fewtext.registry.process_lock import PROCESS_STATE

if TYPE_CHECKING:
    from fewtext.contracts.backbone import Backbone
    from fewtext.contracts.corpus import Corpus
    from fewtext.contracts.encoder import Encoder
    from fewtext.contracts.learner import Learner
    from fewtext.contracts.tracker import Tracker
    from fewtext.contracts.tuner import Tuner

NOUNS = {
    "learners": "learner",
    "encoders": "encoder",
    "corpora": "corpus",
    "backbones": "backbone",
    "tuners": "tuner",
    "trackers": "tracker",
}
"""The hooks that return things with a name, and what one such thing is called."""
T = TypeVar("T")
A = TypeVar("A")


@dataclass(frozen=True)
class Offer:
    """Something with a name that a plugin brings: a learner, an encoder, a corpus.

    ``spec`` finds it: its name, or ``name@distribution`` where the name alone is another's too.
    """

    name: str
    thing: Any
    plugin: Plugin
    spec: str = ""


@dataclass
class Loaded:
    """A plugin that was imported, with its hooks. One that fails later is ``broken``, and is warned of once."""

    plugin: Plugin
    manager: pluggy.PluginManager
    broken: bool = False
    warned: bool = False

    def implementations(self, hook: str) -> list[Callable[..., Any]]:
        """Return the plugin's functions for a hook."""
        found = getattr(self.manager.hook, hook).get_hookimpls()
        return [] if self.broken else [implementation.function for implementation in found]

    def run(self, call: Callable[[], T]) -> T | None:
        """Call the plugin's code; where that fails, it is left out from here and None comes back."""
        try:
            value, changes = _guarded(self.plugin, call)
        except PluginError as error:
            self.broken = True
            if strict() and error.__cause__:
                raise error.__cause__ from None
            self.warn(f"is left out: {error.what}")
            return None
        if changes:
            self.warn(f"{changes}, which is undone")
        return value

    def warn(self, message: str) -> None:
        """Warn of the plugin, unless that has been done."""
        if not self.warned:
            warn_once(f"{self.plugin} {message}")
        self.warned = True


def check(plugin: Plugin) -> list[str]:
    """Import one plugin and return what it offers, as ``learner protonet``; raise ``PluginError`` if it is broken.

    Broken is also one that changes the process, or of whose offers some cannot be used.
    """
    loaded, changes = _load(plugin)
    found, faults = [], [changes] if changes else []
    for hook, noun in NOUNS.items():
        for implementation in loaded.implementations(hook):
            (things, wrong), changes = _guarded(plugin, partial(sort_offers, implementation, hook))
            found += [f"{noun} {name}" for name, _ in things]
            faults += [*wrong, *([changes] if changes else [])]
    if faults:
        raise PluginError(faults[0], where=str(plugin))
    return found


def offers(hook: str) -> list[Offer]:
    """Return what the installed plugins offer through ``hook``, one of ``NOUNS``, by name."""
    return list(_offered(hook))


def is_offered(hook: str, spec: str) -> bool:
    """Whether a plugin offers something of this name, or ``name@distribution``."""
    return bool(_fitting(hook, spec))


def spec_of(hook: str, thing: Any) -> str:
    """Return what finds the thing again: its name, or ``name@distribution`` where the name alone is another's."""
    return next((offer.spec for offer in _offered(hook) if offer.thing is thing), str(thing.name))


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


def commands(new_app: Callable[[], A], read: Callable[[A], T]) -> Iterator[tuple[Loaded, T]]:
    """Let each plugin of group ``fewtext.cli`` add its commands to an app of its own; yield what is read from that."""
    for loaded in _loaded("fewtext.cli"):
        for implementation in loaded.implementations("register_commands"):
            app = new_app()

            def registered(register: Callable[..., Any] = implementation, app: A = app) -> T:
                register(app)
                return read(app)

            if (found := loaded.run(registered)) is not None:
                yield loaded, found


def _look_up(hook: str, spec: str) -> object:
    noun, fitting = NOUNS[hook], _fitting(hook, spec)
    if len(fitting) > 1:
        specs = sorted({offer.spec for offer in fitting})
        other = f"write {' or '.join(specs)}" if len(specs) > 1 else "set FEWTEXT_DISABLE to the one not to be loaded"
        raise PluginError(
            f"{noun} {spec!r} is offered twice: by {' and by '.join(str(offer.plugin) for offer in fitting)}",
            hint=f"{other}, or uninstall one",
        )
    if not fitting:
        names = sorted({offer.spec for offer in _offered(hook)})
        close = get_close_matches(spec, names, n=1)
        raise PluginError(
            f"no {noun} {spec!r}",
            hint=(f"did you mean {close[0]}? " if close else "") + f"installed: {', '.join(names) or 'none'}",
        )
    return fitting[0].thing


def _fitting(hook: str, spec: str) -> list[Offer]:
    """Return the offers of this name; a built-in's name is the built-in's unless a distribution is named."""
    name, at, distribution = spec.partition("@")
    named = [offer for offer in _offered(hook) if offer.name == name]
    if at:
        return [offer for offer in named if canonical(offer.plugin.distribution) == canonical(distribution)]
    return [offer for offer in named if offer.plugin.built_in] or named


@cache
def _loaded(group: str) -> tuple[Loaded, ...]:
    """Import the plugins of a group, built-in ones first: what they import is as they know it."""
    found: list[Loaded] = []
    targets: dict[str, Plugin] = {}
    for plugin in sorted(installed(group), key=lambda plugin: not plugin.built_in):
        if plugin.disabled:
            continue
        try:
            if (first := targets.setdefault(plugin.target, plugin)) is not plugin:
                raise PluginError(f"{plugin.target} is registered already, by {first}")
            loaded, changes = _load(plugin)
        except PluginError as error:
            if strict() and error.__cause__:
                raise error.__cause__ from None
            warn_once(f"{plugin} is left out: {error.what}")
            continue
        found.append(loaded)
        if changes:
            loaded.warn(f"{changes}, which is undone")
    return tuple(found)


def _load(plugin: Plugin) -> tuple[Loaded, str]:
    """Import a plugin, read its hooks and return what it changed; raise ``PluginError`` where that fails."""

    def load() -> pluggy.PluginManager:
        manager = pluggy.PluginManager("fewtext")
        manager.add_hookspecs(hookspecs)
        manager.register(plugin.entry_point.load(), plugin.name)
        manager.check_pending()
        return manager

    manager, changes = _guarded(plugin, load)
    return Loaded(plugin, manager), changes


def _guarded(plugin: Plugin, call: Callable[[], T]) -> tuple[T, str]:
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
        also = f" (it also {changes}, which is undone)" if changes else ""
        raise PluginError(reason(guard.error) + also, where=str(plugin)) from guard.error
    return value, changes


@cache
def _offered(hook: str) -> tuple[Offer, ...]:
    found: list[Offer] = []
    for loaded in _loaded("fewtext"):
        for implementation in loaded.implementations(hook):
            offered = loaded.run(partial(sort_offers, implementation, hook))
            if offered is None:
                continue
            things, faults = offered
            if faults:
                more = f" (and {len(faults) - 1} more)" if len(faults) > 1 else ""
                loaded.warn(f"offers what is left out: {faults[0]}{more}")
            for name, thing in things:
                if not loaded.plugin.built_in and any(o.name == name and o.plugin.built_in for o in found):
                    own = f"{name}@{loaded.plugin.distribution}"
                    loaded.warn(f"offers a {NOUNS[hook]} {name}, which is the name of a built-in one; write {own}")
                found.append(Offer(name, thing, loaded.plugin))
    return tuple(sorted(_with_specs(found), key=lambda offer: offer.spec))


def _with_specs(found: Iterable[Offer]) -> Iterator[Offer]:
    by_name: dict[str, list[Offer]] = {}
    for offer in found:
        by_name.setdefault(offer.name, []).append(offer)
    for name, offers in by_name.items():
        for offer in offers:
            alone = len(offers) == 1 or offer.plugin.built_in
            yield replace(offer, spec=name if alone else f"{name}@{offer.plugin.distribution}")
