"""The kits of what an installed plugin offers, one finding after the other, for ``fewtext plugin check``."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from fewtext.errors import FewtextError, PluginError
from fewtext.registry.discovery import offered_by
from fewtext.registry.failures import reason
from fewtext.registry.installed import Plugin
from fewtext.registry.version_range import declared_range, made_for_another, range_to_declare
from fewtext.testing.kit import Result, clause_of, run
from fewtext.testing.kits import KITS, Kit


def findings(plugin: Plugin) -> Iterator[dict[str, Any]]:
    """Yield what is being done (``at``), each thing offered with its checks (``offer``), and what is broken."""
    try:
        things = offered_by(plugin)
    except PluginError as error:
        yield {"fault": error.what, "at": "end"}
        return
    if not things:
        hint = "did you forget @hookimpl, or is its library not installed?"
        yield {"offer": {"kind": "nothing", "name": "", "checks": [], "notes": {"offers nothing": hint}}}
    made_for = [] if plugin.built_in else [_made_for(plugin)._asdict()]
    for number, (noun, name, thing) in enumerate(things):
        yield from _checked(noun, name, thing, made_for if number == 0 else [])
    yield {"at": "end"}


def _made_for(plugin: Plugin) -> Result:
    """Return whether the distribution is made for this version: one that says nothing of versions is advised to."""
    rule = "A plugin's distribution requires the versions of fewtext that it is made for, and this is one of them."
    if message := made_for_another(plugin):
        return Result("is_made_for_this_version", "must", "fails", f"{plugin.distribution} {message}", rule)
    if declared_range(plugin) is None:
        wanted = f'write dependencies = ["fewtext{range_to_declare()}"]'
        message = f"{plugin.distribution} names no versions of fewtext: {wanted}"
        return Result("is_made_for_this_version", "may", "fails", message, rule)
    return Result("is_made_for_this_version", "must", "holds", "", rule)


def _checked(noun: str, name: str, thing: Any, results: list[dict[str, Any]]) -> Iterator[dict[str, Any]]:
    kit: Kit = KITS[noun]
    notes: dict[str, Any] = {}
    yield {"at": f"{noun} {name}"}
    try:
        cases = kit.cases(thing)
    except FewtextError as error:  # a model or a library that is not here: nothing to blame the plugin for
        cases, notes = [], {"not checked": str(error)}
    except Exception as error:
        cases = []
        message = reason(error)
        results.append(Result("can_be_loaded", "must", "fails", message, "It can be constructed.")._asdict())
    for check in kit.checks if cases else ():
        yield {"at": f"{noun} {name}, {clause_of(check).replace('_', ' ')}"}
        results.append(run(check, cases, kit.said)._asdict())
    if cases and not _broken(results):
        try:
            notes = dict(kit.notes(cases))
        except Exception as error:
            notes = {"not measured": reason(error)}
    yield {"at": "", "offer": {"kind": noun, "name": name, "checks": results, "notes": notes}}


def _broken(results: Sequence[dict[str, Any]]) -> bool:
    return any(result["outcome"] == "fails" and result["tier"] == "must" for result in results)
