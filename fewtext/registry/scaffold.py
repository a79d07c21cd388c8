"""A new plugin from a template: a distribution with working code, its test, its entry point and what publishes it."""

from __future__ import annotations

import re
from datetime import date
from importlib.resources import files
from keyword import iskeyword
from pathlib import Path
from string import Template

from fewtext.errors import FewtextError, InputError, did_you_mean
from fewtext.files.atomic import new_folder
from fewtext.registry.discovery import NOUNS, is_offered
from fewtext.registry.installed import installed
from fewtext.registry.plugin_kinds import KINDS
from fewtext.registry.version_range import range_to_declare

OWN = {"fewtext_plugins", "fewtext_corpora"}
"""Packages of fewtext itself."""
_NAME = re.compile(r"[a-z][a-z0-9]*(-[a-z0-9]+)*")


def new_plugin(name: str, parent: Path, kind: str = "learner") -> Path:
    """Write the distribution ``fewtext-NAME`` of a kind into ``parent`` and return its folder.

    Raises ``FewtextError`` where the name cannot be one, or is an installed plugin's, and ``InputError`` where the
    folder is there already or cannot be written.
    """
    if not _NAME.fullmatch(name):
        hint = "use lower-case letters and digits, with hyphens between words: nearest-mean"
        raise FewtextError(f"{name!r} cannot be the name of a plugin", hint=hint)
    if kind not in KINDS:
        raise FewtextError(
            f"no kind of plugin {kind!r}", hint=f"{did_you_mean(kind, KINDS)} use {', '.join(KINDS)}".strip()
        )
    if taken := [plugin for plugin in installed() if plugin.name == name]:
        raise FewtextError(f"the name {name} is taken, by {taken[0]}", hint="choose another name")
    classname = "".join(map(str.capitalize, name.split("-")))
    if iskeyword(classname) or name in ("auto", "none"):
        raise FewtextError(f"the name {name} means something else already", hint="choose another name")
    hook = next((hook for hook, noun in NOUNS.items() if noun == kind), None)
    if hook is not None and is_offered(hook, name):
        raise FewtextError(f"the name {name} is taken by a {kind} that is installed", hint="choose another name")
    identifier = name.replace("-", "_")
    module = f"fewtext_{identifier}"
    if module in OWN:
        raise FewtextError(f"the name {name} is taken: {module} is a package of fewtext", hint="choose another name")
    folder = parent / f"fewtext-{name}"
    if folder.exists():
        raise InputError("exists already", where=str(folder), hint="choose another name, or delete it")
    own = KINDS[kind]
    words = own._asdict() | {
        "name": name,
        "kind": kind,
        "used": own.used.format(name=name),
        "distribution": f"fewtext-{name}",
        "module": module,
        "identifier": identifier,
        "classname": classname,
        "year": date.today().year,
        "versions": range_to_declare(),
    }
    targets = {
        f"{kind}/plugin.py": f"{module}.py",
        f"{kind}/test.py": f"test_{identifier}.py",
        **{f"common/{file}": file for file in ("pyproject.toml", "README.md", "CHANGELOG.md", "LICENSE")},
        "common/ci.yml": ".github/workflows/ci.yml",
    }
    with new_folder(folder, "another process") as part:
        for source, target in targets.items():
            template = files("fewtext.registry") / "plugin_template" / f"{source}.template"
            content = Template(template.read_text(encoding="utf-8")).substitute(words)
            (part / target).parent.mkdir(parents=True, exist_ok=True)
            (part / target).write_text(content, encoding="utf-8")
    return folder
