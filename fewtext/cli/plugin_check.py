"""``fewtext plugin check``: the kit of every kind, run on what is installed, and what to do about what fails."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Annotated, Any, Literal

import typer

from fewtext.cli.help import OUTPUT
from fewtext.cli.listing import DISABLED
from fewtext.cli.terminal import show
from fewtext.errors import PluginError, did_you_mean
from fewtext.registry.installed import Plugin, installed

if TYPE_CHECKING:
    from fewtext.registry.plugin_check import Finding


def check(
    name: Annotated[
        str | None, typer.Argument(metavar="[NAME]", help="A plugin or its distribution; without it, all are checked.")
    ] = None,
    seconds: Annotated[
        float,
        typer.Option(
            min=1, max=86_400, metavar="S", rich_help_panel="Tasks", help="Time limit for one plugin, in seconds."
        ),
    ] = 600,
    format: Annotated[
        Literal["table", "json"], typer.Option(rich_help_panel=OUTPUT, help="Layout of the answer.")
    ] = "table",
) -> None:
    """Run the contract of each kind on installed plugins, each in a process of its own, and say what to do.

    The exit code is 1 where a plugin cannot be used, or breaks a rule that every plugin must keep.

    \b
    fewtext plugin check nearest-mean
    fewtext plugin check --format json
    """  # noqa: D301
    from fewtext.registry.plugin_check import check_apart

    plugins = [plugin for plugin in installed() if name in (None, plugin.name, plugin.distribution)]
    if not plugins:
        known = {n for plugin in installed() for n in (plugin.name, plugin.distribution)}
        hint = f"{did_you_mean(str(name), known)} fewtext plugins lists them; one plugin may offer several learners"
        raise PluginError(f"no plugin {name!r} is installed", hint=hint.lstrip())
    enabled = [plugin for plugin in plugins if not plugin.disabled]
    start = time.perf_counter()
    findings = dict(zip(enabled, check_apart(enabled, seconds), strict=True))
    if format == "json":
        print(json.dumps([_facts(plugin, findings.get(plugin)) for plugin in plugins], indent=1, ensure_ascii=False))
    else:
        for plugin in plugins:
            show(_lines(plugin, findings.get(plugin)))
        show(_offered_twice(findings))
        show([f"{len(enabled)} checked in {time.perf_counter() - start:.0f} s"] * (len(enabled) > 1))
    if broken := sum(bool(finding.fault or finding.failed) for finding in findings.values()):
        verb = "plugins do" if broken > 1 else "plugin does"
        raise PluginError(f"{broken} {verb} not keep the contract", hint="what to do stands above")


def _offered_twice(findings: Mapping[Plugin, Finding]) -> Iterator[str]:
    """Yield a line for each name that two plugins offer, with how to write the one that is meant."""
    by_name: dict[str, list[Plugin]] = {}
    for plugin, finding in findings.items():
        for offer in finding.offers:
            if offer["kind"] not in ("commands", "nothing"):
                by_name.setdefault(f"{offer['kind']} {offer['name']}", []).append(plugin)
    for what, plugins in by_name.items():
        if len(plugins) > 1:
            own = [f"{what.split()[1]}@{plugin.distribution}" for plugin in plugins if not plugin.built_in]
            yield f"{what} is offered by {' and by '.join(map(str, plugins))}: write {' or '.join(own)}"


def _facts(plugin: Plugin, finding: Finding | None) -> dict[str, Any]:
    state = "disabled" if finding is None else "broken" if finding.fault else "fails" if finding.failed else "holds"
    return {
        "plugin": plugin.name,
        "group": plugin.group,
        "distribution": plugin.distribution,
        "version": plugin.version,
        "module": plugin.target,
        "state": state,
        "fault": finding.fault if finding else "",
        "offers": finding.offers if finding else [],
    }


def _lines(plugin: Plugin, finding: Finding | None) -> Iterator[str]:
    """Yield what is said of a plugin: a line for it, one for each thing that it offers, and what fails below."""
    head = f"{plugin.name}  {plugin.distribution} {plugin.version}  {plugin.target}"
    if finding is None:
        yield f"{head}  {DISABLED}"
        return
    yield f"{head}  BROKEN: {finding.fault}" if finding.fault else head
    for offer in finding.offers:
        yield f"  {offer['kind']} {offer['name']}: {_summary(offer)}".replace(" :", ":")
        yield from _failures(offer["checks"])


def _summary(offer: dict[str, Any]) -> str:
    outcomes = [result["outcome"] for result in offer["checks"]]
    failed = sum(r["outcome"] == "fails" and r["tier"] == "must" for r in offer["checks"])
    parts = [f"{outcomes.count('holds')} hold"] if outcomes else []
    parts += [f"{failed} FAIL" if failed > 1 else "1 FAILS"] if failed else []
    parts += [f"{outcomes.count('excused')} excused"] if "excused" in outcomes else []
    parts += [_noted(what, value) for what, value in offer["notes"].items()]
    return ", ".join(parts)


def _noted(what: str, value: Any) -> str:
    if what == "vectorises":
        return "vectorises" if value else "does not vectorise"
    if what.startswith("ms "):
        return f"{value:g} {what}"
    if isinstance(value, float):
        return f"{what}: {value:g}"
    return f"{what}: {', '.join(map(str, value)) if isinstance(value, list) else value}"


def _failures(results: Sequence[dict[str, Any]]) -> Iterator[str]:
    failed = [r for r in results if r["outcome"] == "fails"]
    start = True
    for result in sorted(failed, key=lambda r: r["tier"] != "must"):
        label = "advice" if result["tier"] == "may" else "start with this one" if start else "then"
        start = start and label == "advice"
        yield f"    {label}: {result['clause'].replace('_', ' ')}: {result['message']}"
        yield f"      rule: {result['rule']}"
