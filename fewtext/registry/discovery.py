"""Look-up: what the installed plugins offer, and the learner, encoder or corpus of a name."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from functools import cache, partial
from typing import TYPE_CHECKING, Any, TypeVar, cast

from fewtext.errors import PluginError, did_you_mean, listed
from fewtext.registry.installed import Plugin, canonical
from fewtext.registry.loading import Loaded, load, loaded_plugins, run_guarded
from fewtext.registry.offers import checked_offers

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
"""The hooks that return named things, each with the word for one such thing."""
T = TypeVar("T")
A = TypeVar("A")


@dataclass(frozen=True)
class Offer:
    """A named thing that a plugin offers: a learner, an encoder, a corpus.

    ``spec`` looks it up: its name, or ``name@distribution`` where several plugins use the name.
    """

    name: str
    thing: Any
    plugin: Plugin
    spec: str = ""


def offered_by(plugin: Plugin) -> list[tuple[str, str, Any]]:
    """Import one plugin and return what it offers: noun, name and thing; raise ``PluginError`` if it is broken.

    A plugin that changes the process, or one of whose offers cannot be used, is broken too. The things of a plugin of
    commands are the functions that register them.
    """
    loaded, changes = load(plugin)
    found: list[tuple[str, str, Any]] = []
    faults = [changes] if changes else []
    for hook, noun in NOUNS.items():
        for implementation in loaded.implementations(hook):
            (things, wrong), changes = run_guarded(plugin, partial(checked_offers, implementation, hook))
            found += [(noun, name, thing) for name, thing in things]
            faults += [*wrong, *([changes] if changes else [])]
    found += [("commands", plugin.name, register) for register in loaded.implementations("register_commands")]
    if faults:
        raise PluginError(faults[0], where=str(plugin))
    return found


def offers(hook: str) -> list[Offer]:
    """Return what the installed plugins offer through ``hook``, one of ``NOUNS``, by name."""
    return list(_offered(hook))


def is_offered(hook: str, spec: str) -> bool:
    """Whether a plugin offers something of this name, or ``name@distribution``."""
    return bool(_matching(hook, spec))


def is_built_in(hook: str, thing: Any) -> bool:
    """Whether the thing is one of fewtext's own."""
    return any(offer.thing is thing and offer.plugin.built_in for offer in _offered(hook))


def spec_of(hook: str, thing: Any) -> str:
    """Return the spec that looks the thing up: its name, or ``name@distribution`` where several use the name."""
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
    """Yield each plugin of group ``fewtext.cli`` with what ``read`` returns for an app with the plugin's commands."""
    for loaded in loaded_plugins("fewtext.cli"):
        for implementation in loaded.implementations("register_commands"):
            app = new_app()

            def registered(register: Callable[..., Any] = implementation, app: A = app) -> T:
                register(app)
                return read(app)

            if (result := loaded.run(registered)) is not None:
                yield loaded, result


def _look_up(hook: str, spec: str) -> object:
    noun, matching = NOUNS[hook], _matching(hook, spec)
    if len(matching) > 1:
        specs = sorted({offer.spec for offer in matching})
        other = f"write {' or '.join(specs)}" if len(specs) > 1 else "disable one of them by FEWTEXT_DISABLE"
        raise PluginError(
            f"{noun} {spec!r} is offered twice: by {' and by '.join(str(offer.plugin) for offer in matching)}",
            hint=f"{other}, or uninstall one",
        )
    if not matching:
        names = sorted({offer.spec for offer in _offered(hook)})
        hint = f"{did_you_mean(spec, names)} installed: {', '.join(names) or 'none'}".lstrip()
        raise PluginError(f"no {noun} {spec!r}", hint=hint)
    return matching[0].thing


def _matching(hook: str, spec: str) -> list[Offer]:
    """Return the offers of this name; of a built-in's name only the built-in, unless a distribution is given."""
    name, at, distribution = spec.partition("@")
    named = [offer for offer in _offered(hook) if offer.name == name]
    if at:
        return [offer for offer in named if canonical(offer.plugin.distribution) == canonical(distribution)]
    return [offer for offer in named if offer.plugin.built_in] or named


@cache
def _offered(hook: str) -> tuple[Offer, ...]:
    every: list[Offer] = []
    for loaded in loaded_plugins("fewtext"):
        for implementation in loaded.implementations(hook):
            checked = loaded.run(partial(checked_offers, implementation, hook))
            if checked is None:
                continue
            things, faults = checked
            if faults:
                loaded.warn(f"offers what cannot be used, skipped: {listed(faults, 1)}")
            for name, thing in things:
                if not loaded.plugin.built_in and any(o.name == name and o.plugin.built_in for o in every):
                    own = f"{name}@{loaded.plugin.distribution}"
                    loaded.warn(f"offers a {NOUNS[hook]} {name}, which is also a built-in one; write {own} for it")
                every.append(Offer(name, thing, loaded.plugin))
    return tuple(sorted(_with_specs(every), key=lambda offer: offer.spec))


def _with_specs(every: Iterable[Offer]) -> Iterator[Offer]:
    by_name: dict[str, list[Offer]] = {}
    for offer in every:
        by_name.setdefault(offer.name, []).append(offer)
    for name, same_name in by_name.items():
        for offer in same_name:
            alone = len(same_name) == 1 or offer.plugin.built_in
            yield replace(offer, spec=name if alone else f"{name}@{offer.plugin.distribution}")
