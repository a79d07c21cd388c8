"""Commands of plugins: each plugin registers with an app of its own, and what can be taken over is added to ours."""

from __future__ import annotations

from typing import Any, NamedTuple

import typer
from typer.main import get_group

from fewtext.registry import discovery
from fewtext.registry.installed import Plugin


class _Registered(NamedTuple):
    commands: dict[str, Any]  # by the name that is typed
    groups: dict[str, Any]
    has_callback: bool


def add_plugin_commands(app: typer.Typer) -> None:
    """Add the plugins' commands to the app; a name that it has already stays what it was."""
    if not (found := list(discovery.commands(_new_app, _registered))):
        return  # most have none, and to build our own commands takes a tenth of a second
    taken = set(get_group(app).commands)
    for loaded, registered in found:
        own, ours = registered.commands | registered.groups, set(taken)
        if clashes := sorted(own.keys() & ours):
            loaded.warn(f"registers {', '.join(clashes)}, which there is already: the first stays")
        elif registered.has_callback:
            loaded.warn("sets what runs before every command, which is not for a plugin: that is left out")
        taken |= own.keys()
        app.registered_commands += [info for name, info in registered.commands.items() if name not in ours]
        app.registered_groups += [info for name, info in registered.groups.items() if name not in ours]


def names_of_commands() -> dict[Plugin, list[str]]:
    """Return the commands that each plugin of commands registers."""
    found: dict[Plugin, list[str]] = {}
    for loaded, registered in discovery.commands(_new_app, _registered):
        found.setdefault(loaded.plugin, []).extend([*registered.commands, *registered.groups])
    return found


def _new_app() -> typer.Typer:
    return typer.Typer(rich_markup_mode=None, add_completion=False)


def _registered(app: typer.Typer) -> _Registered:
    """Return what was registered; raise where a command cannot be built."""
    commands, groups = {}, {}
    for info in app.registered_commands:
        one = _new_app()
        one.registered_commands.append(info)
        commands.update(dict.fromkeys(get_group(one).commands, info))
    for group in app.registered_groups:
        one = _new_app()
        one.registered_groups.append(group)
        groups.update(dict.fromkeys(get_group(one).commands, group))
    for name in (*commands, *groups):
        if not name or not name.isprintable() or any(map(str.isspace, name)):
            raise ValueError(f"a command cannot be called {name!r}")
    return _Registered(commands, groups, app.registered_callback is not None)
