"""Entry points that look like plugins and are none, or are two: read from metadata, nothing is imported."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from contextlib import suppress
from difflib import SequenceMatcher
from importlib.metadata import EntryPoint, distributions

from fewtext.registry.hook_names import HOOKS
from fewtext.registry.installed import GROUPS, Plugin

ALIKE = 0.8  # from how alike a group's first word is to ours, of 0 to 1, on


def oddities(plugins: Sequence[Plugin]) -> list[str]:
    """Return in a sentence each what stands in a misspelt group, points at a class, or shares its name."""
    return [*_misspelt_groups(), *_targets(plugins), *_twice(plugins)]


def _misspelt_groups() -> Iterator[str]:
    for entry in _every_entry():
        if entry.group not in GROUPS and _looks_like_ours(entry.group):
            meant = GROUPS["cli" in entry.group or "command" in entry.group]
            origin = f" of {entry.dist.name}" if entry.dist else ""
            yield (
                f"{entry.name} = {entry.value!r}{origin} stands in the entry-point group {entry.group!r}, "
                f"which nothing reads; did you mean {meant!r}?"
            )


def _every_entry() -> list[EntryPoint]:
    found: dict[tuple[str, str, str], EntryPoint] = {}
    for distribution in distributions():
        with suppress(Exception):  # metadata that cannot be read, which another message names
            found.update({(entry.group, entry.name, entry.value): entry for entry in distribution.entry_points})
    return [found[key] for key in sorted(found)]


def _looks_like_ours(group: str) -> bool:
    words = re.split(r"[._-]", group.lower())
    return SequenceMatcher(None, words[0], GROUPS[0]).ratio() >= ALIKE and len(words) < 4


def _targets(plugins: Sequence[Plugin]) -> Iterator[str]:
    for plugin in plugins:
        module, _, attribute = plugin.target.partition(":")
        last = attribute.strip().rpartition(".")[2]
        if last[:1].isupper() or last in HOOKS:
            kind = "a class" if last[:1].isupper() else "a hook"
            yield f"{plugin} points at {kind}; write the module alone: {plugin.name} = {module.strip()!r}"


def _twice(plugins: Sequence[Plugin]) -> Iterator[str]:
    first: dict[tuple[str, str], Plugin] = {}
    for plugin in plugins:
        other = first.setdefault((plugin.group, plugin.name), plugin)
        if other is not plugin:
            yield f"two entry points are called {plugin.name}: {other} and {plugin}; FEWTEXT_DISABLE leaves out both"
