"""Checks of installed plugins, each in its own process with a time limit, so that one may crash or hang."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import NamedTuple

from fewtext.errors import PluginError
from fewtext.files.atomic import write_text
from fewtext.registry import discovery
from fewtext.registry.installed import Plugin, installed

SECONDS = 60.0
"""The time limit for one plugin, which may have to import torch."""
_CODE = """
import json, sys
sys.path[:] = json.loads(sys.argv[2])
from fewtext.registry.plugin_check import report
report(sys.argv[1])
"""


class Finding(NamedTuple):
    """What a plugin offers, or why it cannot be used."""

    offers: str = ""
    fault: str = ""


def check_apart(plugins: Sequence[Plugin], seconds: float = SECONDS) -> list[Finding]:
    """Check plugins in other processes: the built-in ones together, each third-party one alone."""
    own = [plugin for plugin in plugins if plugin.built_in]
    jobs = [own, *([plugin] for plugin in plugins if not plugin.built_in)]
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        done = pool.map(lambda job: _checked(job, seconds) if job else [], jobs)
        findings = {
            plugin: finding
            for job, checked in zip(jobs, done, strict=True)
            for plugin, finding in zip(job, checked, strict=True)
        }
    return [findings[plugin] for plugin in plugins]


def _checked(job: Sequence[Plugin], seconds: float) -> list[Finding]:
    with TemporaryDirectory() as folder:
        path = Path(folder, "findings.json")
        write_text(path, json.dumps([_key(plugin) for plugin in job]))
        command = [sys.executable, "-c", _CODE, str(path), json.dumps(sys.path)]
        nothing = subprocess.DEVNULL
        try:
            code = subprocess.run(command, stdin=nothing, stdout=nothing, stderr=nothing, timeout=seconds).returncode
        except subprocess.TimeoutExpired:
            return [Finding(fault=f"did not load within {seconds:.0f} seconds")] * len(job)
        path = path.with_suffix(".done")
        if not path.is_file():
            return [Finding(fault=f"ended the process with exit code {code}")] * len(job)
        return [Finding(*finding) for finding in json.loads(path.read_text(encoding="utf-8"))]


def _key(plugin: Plugin) -> list[str]:
    return [plugin.group, plugin.name, plugin.target, plugin.distribution]


def report(requested: str) -> None:
    """Check the plugins listed in a file and write the findings beside it; called in the other process."""
    path = Path(requested)
    wanted = {tuple(key): place for place, key in enumerate(json.loads(path.read_text(encoding="utf-8")))}
    findings = [Finding()] * len(wanted)
    for plugin in installed():
        if (place := wanted.get(tuple(_key(plugin)))) is not None:
            try:
                findings[place] = Finding(offers=", ".join(discovery.check(plugin)))
            except PluginError as error:
                findings[place] = Finding(fault=error.what)
    write_text(path.with_suffix(".done"), json.dumps(findings))
    os._exit(0)  # a thread of a plugin could keep the process running
