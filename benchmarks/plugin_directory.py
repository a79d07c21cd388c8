"""What docs/plugins.md says of each plugin: its contract, and how right it is on small tasks.

    python benchmarks/plugin_directory.py
    python benchmarks/plugin_directory.py fewtext-model2vec

Installs what docs/plugins.toml lists into a folder of its own, without network, runs ``fewtext plugin check`` on each,
and evaluates learners on 600 tasks of five labels of ``office``, 15 queries a label, seed 0. A learner that needs
training has no number here; an encoder has those of the class means (``protonet``) on its vectors. Trackers need their
library, and model2vec a model: ``make static-model`` distils one. Overwrites benchmarks/results/plugin_directory.jsonl,
or in it the lines of the distributions that are named.
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
MODEL = ROOT / "build" / "static_model"
TASK = "--corpus office --ways 5 --queries 15 --episodes 600 --seed 0 --format json".split()


def main():
    listed = tomllib.loads((ROOT / "docs" / "plugins.toml").read_text(encoding="utf-8"))
    kept = [json.loads(line) for line in RESULTS.read_text(encoding="utf-8").splitlines()] if sys.argv[1:] else []
    with tempfile.TemporaryDirectory() as folder:
        pip = [sys.executable, "-m", "pip", "install", "--quiet", "--no-deps", "--no-build-isolation", "--no-index"]
        subprocess.run([*pip, "--target", folder, *(ROOT / entry["home"] for entry in listed.values())], check=True)
        paths = [folder, *filter(None, [os.environ.get("PYTHONPATH")])]
        here = os.environ | {"PYTHONPATH": os.pathsep.join(paths), "WANDB_MODE": "offline"}
        found = {line["distribution"]: line for line in kept}
        for name, entry in listed.items():
            if not sys.argv[1:] or name in sys.argv[1:]:
                found[name] = measured(name, entry["kind"], here)
    lines = [found[name] for name in listed if name in found]
    RESULTS.write_text("".join(json.dumps(line) + "\n" for line in lines), encoding="utf-8")


def measured(distribution, kind, here):
    name = distribution.removeprefix("fewtext-")
    chosen = ("--learner", name, "--encoder", "layers") if kind == "learner" else ()
    if name == "model2vec" and MODEL.is_dir():
        spec = f"{name}:{MODEL}"
        command = [sys.executable, str(Path(__file__).with_name("static_model.py")), "check", spec]
        outcomes = json.loads(subprocess.run(command, env=here, capture_output=True, text=True, check=True).stdout)
        chosen = "--learner", "protonet", "--encoder", spec
    else:
        checked = json.loads(fewtext(here, "plugin", "check", distribution, "--format", "json").stdout)
        offers = [offer for plugin in checked for offer in plugin["offers"] if "not checked" not in offer["notes"]]
        outcomes = [result for offer in offers for result in offer["checks"]]
    line = {"distribution": distribution, "contract": contract(outcomes)}
    if chosen:
        found = {shots: fewtext(here, "evaluate", *chosen, *TASK, "--shots", shots) for shots in ("1", "5")}
        if not any(done.returncode for done in found.values()):
            reports = {shots: json.loads(done.stdout) for shots, done in found.items()}
            line["accuracy"] = {shots: [report["accuracy"], report["interval"]] for shots, report in reports.items()}
            line["encoder"] = reports["1"]["fingerprint"]
    print(json.dumps(line), flush=True)
    return line | {"versions": {name: version(name) for name in ("fewtext", "torch")}}


def contract(results):
    """Return how many clauses hold of those that every plugin must keep and that apply."""
    musts = [one["outcome"] for one in results if one["tier"] == "must" and one["outcome"] != "excused"]
    return f"{musts.count('holds')} of {len(musts)}" if musts else "not here"


def fewtext(here, *arguments):
    return subprocess.run([sys.executable, "-m", "fewtext", *arguments], env=here, capture_output=True, text=True)


if __name__ == "__main__":
    main()
