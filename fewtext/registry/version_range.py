"""The versions of fewtext that a plugin is made for, which its distribution declares as a dependency."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from importlib.metadata import PackageNotFoundError, requires

from packaging.requirements import InvalidRequirement, Requirement
from packaging.specifiers import SpecifierSet
from packaging.version import Version

from fewtext.registry.installed import Plugin, canonical
from fewtext.version import __version__


def range_to_declare(version: str = __version__) -> str:
    """Return the range of versions that keep the interface of this one: ``>=0.1,<0.2``, from 1.0 on ``>=1.2,<2``."""
    release = Version(version)
    beyond = f"{release.major + 1}" if release.major else f"0.{release.minor + 1}"
    return f">={release.major}.{release.minor},<{beyond}"


def declared_range(plugin: Plugin) -> SpecifierSet | None:
    """Return the versions that a plugin's distribution requires; None where it names none."""
    try:
        lines = requires(plugin.distribution) or []
    except (PackageNotFoundError, ValueError):
        return None
    ranges = [found.specifier for found in _requirements(lines) if canonical(found.name) == "fewtext"]
    return ranges[0] if ranges and ranges[0] else None


def made_for_another(plugin: Plugin, version: str = __version__) -> str:
    """Return in words that a plugin is made for other versions than this one; empty where it is not, or names none."""
    declared = declared_range(plugin)
    if declared is None or declared.contains(Version(version).base_version, prereleases=True):
        return ""
    return f"is made for fewtext {_spelled(declared)}, and this is {version}"


def made_for_others(plugins: Sequence[Plugin], version: str = __version__) -> Iterator[str]:
    """Yield a sentence for each distribution that is made for other versions than this one."""
    by_distribution = {plugin.distribution: plugin for plugin in plugins if not plugin.built_in}
    for plugin in by_distribution.values():
        if message := made_for_another(plugin, version):
            yield f"{plugin.distribution} {plugin.version} {message}; update it, or install the version it is made for"


def _requirements(lines: Sequence[str]) -> Iterator[Requirement]:
    for line in lines:
        try:
            found = Requirement(line)
        except InvalidRequirement:  # pip has refused it, or will
            continue
        if found.marker is None or found.marker.evaluate({"extra": ""}):
            yield found


def _spelled(declared: SpecifierSet) -> str:
    return ",".join(sorted(map(str, declared), reverse=True))
