"""What docs/plugins.md says of each plugin: its contract, and how right it is on small tasks.

    python benchmarks/plugin_directory.py

Installs what docs/plugins.toml lists into a folder of its own, without network, runs ``fewtext plugin check`` on each,
and evaluates learners on 600 tasks of five labels of ``office``, 15 queries a label, seed 0. A learner that needs
training has no number here. Trackers need their library. Overwrites benchmarks/results/plugin_directory.jsonl.
"""

import json
import os
import subprocess
import sys
import tempfile
import tomllib
from importlib.metadata import version
from pathlib import Path

ROOT = Path(__file__).parent.parent
RESULTS = Path(__file__).parent / "results" / "plugin_directory.jsonl"
TASK = "--corpus office --ways 5 --queries 15 --episodes 600 --seed 0 --format json".split()


def main():
    listed = tomllib.loads((ROOT / "docs" / "plugins.toml").read_text(encoding="utf-8"))
    with tempfile.TemporaryDirectory() as folder:
        pip = [sys.executable, "-m", "pip", "install", "--quiet", "--no-deps", "--no-build-isolation", "--no-index"]
        subprocess.run([*pip, "--target", folder, *(ROOT / entry["home"] for entry in listed.values())], check=True)
        paths = [folder, *filter(None, [os.environ.get("PYTHONPATH")])]
        here = os.environ | {"PYTHONPATH": os.pathsep.join(paths), "WANDB_MODE": "offline"}
        lines = [measured(name, entry["kind"], here) for name, entry in listed.items()]
    RESULTS.write_text("".join(json.dumps(line) + "\n" for line in lines), encoding="utf-8")


def measured(distribution, kind, here):
    checked = fewtext(here, "plugin", "check", distribution, "--format", "json")
    line = {"distribution": distribution, "contract": contract(json.loads(checked.stdout))}
    name = distribution.removeprefix("fewtext-")
    if kind == "learner":
        chosen = "--learner", name, "--encoder", "layers"
        found = {shots: fewtext(here, "evaluate", *chosen, *TASK, "--shots", shots) for shots in ("1", "5")}
        if not any(done.returncode for done in found.values()):
            reports = {shots: json.loads(done.stdout) for shots, done in found.items()}
            line["accuracy"] = {shots: [report["accuracy"], report["interval"]] for shots, report in reports.items()}
            line["encoder"] = reports["1"]["fingerprint"]
    print(json.dumps(line), flush=True)
    return line | {"versions": {name: version(name) for name in ("fewtext", "torch")}}


def contract(plugins):
    """Return how many clauses hold of those that every plugin must keep and that apply."""
    musts = [
        result["outcome"]
        for plugin in plugins
        for offer in plugin["offers"]
        if "not checked" not in offer["notes"]
        for result in offer["checks"]
        if result["tier"] == "must" and result["outcome"] != "excused"
    ]
    return f"{musts.count('holds')} of {len(musts)}" if musts else "not here"


def fewtext(here, *arguments):
    return subprocess.run([sys.executable, "-m", "fewtext", *arguments], env=here, capture_output=True, text=True)


if __name__ == "__main__":
    main()
