"""How long it takes from nothing to a plugin that passes its own test, for each kind, and to check every plugin.

    python benchmarks/plugin_new.py [kinds | check]

A kind is made by ``fewtext plugin new``, installed by pip without network into a folder of its own, and tested by
pytest, each in a process. Then ``fewtext plugin check`` runs on all built-in plugins and those of ``examples``. Seconds
are those of the wall clock and those of the processor, of all processes together; ``load`` is the machine's mean over
the minute before. Overwrites the lines of what it measures in benchmarks/results/plugin_new.jsonl.
"""

import json
import os
import resource
import subprocess
import sys
import tempfile
import time
from importlib.metadata import version
from pathlib import Path

from plugin_directory import contract

from fewtext.registry.plugin_kinds import KINDS

ROOT = Path(__file__).parent.parent
RESULTS = Path(__file__).parent / "results" / "plugin_new.jsonl"
FEWTEXT = sys.executable, "-m", "fewtext"
PIP = "-m pip install --quiet --no-deps --no-build-isolation --no-index --disable-pip-version-check --target".split()


def main(what=("kinds", "check")):
    lines = [json.loads(line) for line in RESULTS.read_text().splitlines()] if RESULTS.is_file() else []
    for measured in what:
        lines = [line for line in lines if line["measured"] != measured]
        for line in {"kinds": kinds, "check": check}[measured]():
            lines.append({"measured": measured, **line, **surroundings()})
            print(json.dumps(lines[-1]), flush=True)
    RESULTS.write_text("".join(json.dumps(line) + "\n" for line in lines), encoding="utf-8")


def kinds():
    for kind in KINDS:
        with tempfile.TemporaryDirectory() as made, tempfile.TemporaryDirectory() as target:
            here, name = found_in(target), f"my-{kind}"
            folder = Path(made, f"fewtext-{name}")
            parts = {
                "new": timed(*FEWTEXT, "plugin", "new", name, "--kind", kind, "--in", made),
                "install": timed(sys.executable, *PIP, target, folder),
                "test": timed(sys.executable, "-m", "pytest", "-q", folder, env=here, cwd=folder),
            }
            code = next(folder.glob("fewtext_*.py")).read_text(encoding="utf-8")
        whole = {clock: round(sum(part[clock] for part in parts.values()), 1) for clock in ("wall", "cpu")}
        yield {"kind": kind, "lines": len(code.splitlines()), **whole, "parts": parts}


def check():
    with tempfile.TemporaryDirectory() as target:
        examples = sorted((ROOT / "examples").glob("fewtext-*"))
        timed(sys.executable, *PIP, target, *examples)
        done = run(*FEWTEXT, "plugin", "check", "--format", "json", env=found_in(target), check=False)
        found = json.loads(done["stdout"])
        results = [result for plugin in found for offer in plugin["offers"] for result in offer["checks"]]
        outcomes = [result["outcome"] for result in results if result["tier"] == "must"]
        broken = [plugin["plugin"] for plugin in found if plugin["state"] != "holds"]
        by_others = {p["distribution"]: contract([p]) for p in found if p["distribution"] != "fewtext"}
        counts = {"plugins": len(found), "examples": len(examples), "offers": sum(len(p["offers"]) for p in found)}
        holds = {outcome: outcomes.count(outcome) for outcome in ("holds", "fails", "excused")}
        yield {**counts, **holds, "broken": broken, "by_others": by_others, "wall": done["wall"], "cpu": done["cpu"]}


def found_in(target):
    """Return the environment in which what pip has put into a folder is found."""
    paths = [str(target), *filter(None, [os.environ.get("PYTHONPATH")])]
    return os.environ | {"PYTHONPATH": os.pathsep.join(paths), "WANDB_MODE": "offline"}


def timed(*command, **where):
    done = run(*command, **where)
    return {"wall": done["wall"], "cpu": done["cpu"]}


def run(*command, check=True, **where):
    """Run a command; return what it printed, and the seconds that it and its children took."""
    before, start = resource.getrusage(resource.RUSAGE_CHILDREN), time.perf_counter()
    done = subprocess.run([*map(str, command)], capture_output=True, text=True, check=False, **where)
    wall, after = time.perf_counter() - start, resource.getrusage(resource.RUSAGE_CHILDREN)
    if check and done.returncode:
        raise SystemExit(f"{' '.join(map(str, command))}\n{done.stdout}{done.stderr}")
    cpu = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return {"stdout": done.stdout, "wall": round(wall, 1), "cpu": round(cpu, 1)}


def surroundings():
    return {
        "load": round(os.getloadavg()[0], 1),
        "cores": os.cpu_count(),
        "versions": {name: version(name) for name in ("fewtext", "torch")},
    }


if __name__ == "__main__":
    main(sys.argv[1:] or ("kinds", "check"))
