"""A new plugin from a template: a distribution with a working learner, its test and its entry point."""

from __future__ import annotations

import re
from importlib.resources import files
from pathlib import Path
from string import Template

from fewtext.errors import FewtextError, InputError
from fewtext.files.atomic import new_folder
from fewtext.registry.installed import installed

OWN = {"fewtext_plugins", "fewtext_corpora"}
"""Packages of fewtext itself."""
_NAME = re.compile(r"[a-z][a-z0-9]*(-[a-z0-9]+)*")


def new_plugin(name: str, parent: Path) -> Path:
    """Write the distribution ``fewtext-NAME`` into ``parent`` and return its folder.

    Raises ``FewtextError`` where the name cannot be one, or is an installed plugin's, and ``InputError`` where the
    folder is there already or cannot be written.
    """
    if not _NAME.fullmatch(name):
        hint = "use lower-case letters and digits, with hyphens between words: nearest-mean"
        raise FewtextError(f"{name!r} cannot be the name of a plugin", hint=hint)
    if taken := [plugin for plugin in installed("fewtext") if plugin.name == name]:
        raise FewtextError(f"the name {name} is taken, by {taken[0]}", hint="choose another name")
    identifier = name.replace("-", "_")
    module = f"fewtext_{identifier}"
    if module in OWN:
        raise FewtextError(f"the name {name} is taken: {module} is a package of fewtext", hint="choose another name")
    folder = parent / f"fewtext-{name}"
    if folder.exists():
        raise InputError("exists already", where=str(folder), hint="choose another name, or delete it")
    words = {
        "name": name,
        "distribution": f"fewtext-{name}",
        "module": module,
        "identifier": identifier,
        "classname": "".join(map(str.capitalize, name.split("-"))),
    }
    targets = {
        "pyproject.toml": "pyproject.toml",
        "learner.py": f"fewtext_{identifier}.py",
        "test_learner.py": f"test_{identifier}.py",
        "README.md": "README.md",
    }
    with new_folder(folder, "another process") as part:
        for source, target in targets.items():
            template = files("fewtext.registry") / "plugin_template" / f"{source}.template"
            content = Template(template.read_text(encoding="utf-8")).substitute(words)
            (part / target).write_text(content, encoding="utf-8")
    return folder
