"""Checks of installed plugins, each in its own process with a time limit, so that one may crash or hang."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass, field
from importlib import import_module
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from fewtext.errors import PluginError
from fewtext.files.atomic import write_text
from fewtext.registry.installed import Plugin, installed
from fewtext.registry.loading import load

SECONDS = 600.0
"""The time limit for one plugin, which may have to import torch and to train a learner."""
REPORTER = "fewtext.testing.installed:findings"
_CODE = """
import json, sys
sys.path[:] = json.loads(sys.argv[2])
from fewtext.registry.plugin_check import report
report(sys.argv[1], sys.argv[3])
"""


@dataclass
class Finding:
    """What a plugin offers, each with what became of its checks; or why it cannot be used."""

    offers: list[dict[str, Any]] = field(default_factory=list)
    fault: str = ""

    @property
    def failed(self) -> int:
        """How many of the checks that every plugin must pass it does not."""
        return sum(r["tier"] == "must" and r["outcome"] == "fails" for offer in self.offers for r in offer["checks"])


def check_apart(plugins: Sequence[Plugin], seconds: float = SECONDS, reporter: str = REPORTER) -> list[Finding]:
    """Check each plugin in a process of its own, by a function ``module:name`` that yields lines of findings."""
    workers = os.cpu_count() or 1
    with ThreadPoolExecutor(workers) as pool:
        return list(pool.map(lambda plugin: _checked(plugin, seconds, reporter), plugins))


def _checked(plugin: Plugin, seconds: float, reporter: str) -> Finding:
    with TemporaryDirectory() as folder:
        path = Path(folder, "findings.jsonl")
        write_text(path.with_suffix(".wanted"), json.dumps(_key(plugin)))
        command = [sys.executable, "-c", _CODE, str(path), json.dumps(sys.path), reporter]
        nothing = subprocess.DEVNULL
        fault = ""
        try:
            done = subprocess.run(
                command, stdin=nothing, stdout=nothing, stderr=nothing, timeout=seconds, env=_alone(plugin), cwd=folder
            )
        except subprocess.TimeoutExpired:
            fault = f"did not finish within {seconds:.0f} seconds"
        else:
            if done.returncode:
                fault = f"ended the process with exit code {done.returncode}"
        lines = path.read_text(encoding="utf-8").splitlines() if path.is_file() else []
    finding, at = Finding(), ""
    for line in map(json.loads, lines):
        finding.fault, at = finding.fault or line.get("fault", ""), line.get("at", "")
        finding.offers += [line["offer"]] if "offer" in line else []
    if not finding.fault and (fault or at != "end"):
        finding.fault = (fault or "ended the process") + (f", in {at}" if at else ", while it was imported")
    return finding


def _alone(plugin: Plugin) -> dict[str, str]:
    """Return the environment in which other third-party plugins are not loaded, and assertions are not left out."""
    others = {p.distribution for p in installed() if not p.built_in and p.distribution != plugin.distribution}
    disabled = os.environ.get("FEWTEXT_DISABLE", "")
    environment = {
        name: value for name, value in os.environ.items() if name not in ("PYTHONOPTIMIZE", "FEWTEXT_STRICT")
    }
    return environment | {
        "FEWTEXT_DISABLE": ",".join(filter(None, [disabled, *sorted(others)])),
        "OMP_NUM_THREADS": "1",
    }


def _key(plugin: Plugin) -> list[str]:
    return [plugin.group, plugin.name, plugin.target, plugin.distribution]


def report(path: str, reporter: str) -> None:
    """Check the plugin that a file names, and write each finding as it comes; called in the other process."""
    wanted = json.loads(Path(path).with_suffix(".wanted").read_text(encoding="utf-8"))
    (plugin,) = (plugin for plugin in installed(wanted[0]) if _key(plugin) == wanted)
    with suppress(PluginError):  # which is found again
        load(plugin)
    module, _, function = reporter.partition(":")
    with open(path, "w", encoding="utf-8") as file:
        for line in getattr(import_module(module), function)(plugin):
            file.write(json.dumps(line) + "\n")
            file.flush()
    os._exit(0)  # a thread of a plugin could keep the process running
