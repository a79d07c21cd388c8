"""An exported classifier beside the package: right answers, size, time to the first answer, texts a second.

    python benchmarks/export.py TRAIN.jsonl TEST.jsonl [--shots 10] [--rounds 3]

Fits the default classifier to the first examples of each label, exports it, and installs what its folder asks for into
a fresh environment, in which the program is timed. Rounds take the sides in turn, so that a slow minute of the machine
slows all. Prints one JSON line for each question.
"""

import argparse
import json
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from collections import Counter
from importlib.metadata import version
from pathlib import Path

import numpy as np
import torch

from fewtext import FewShotClassifier, export_model, load
from fewtext.classify.load import load_classifier
from fewtext.export.classify import Classifier

FIRST = 5  # starts of the program


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("train", type=Path)
    parser.add_argument("test", type=Path)
    parser.add_argument("--shots", type=int, default=10)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--queries", type=int, default=1000, help="texts of a timed side")
    asked = parser.parse_args()
    train, test = ([json.loads(line) for line in path.read_text().splitlines()] for path in (asked.train, asked.test))
    seen = Counter()
    support = [row for row in train if (seen.update([row["label"]]) or seen[row["label"]]) <= asked.shots]
    with tempfile.TemporaryDirectory() as at:
        kept, out = Path(at) / "kept", Path(at) / "out"
        FewShotClassifier().fit([row["text"] for row in support], [row["label"] for row in support]).save(kept)
        parity = export_model(kept, out)
        say("export", said=str(parity), support=len(support), labels=len(seen), **hardware())
        say("folder", megabytes={path.name: megabytes(path) for path in sorted(out.iterdir()) if path.is_file()})
        pace(kept, out, [row["text"] for row in test[:: max(1, len(test) // asked.queries)]], asked.rounds)
        fresh(Path(at) / "env", out, test[0]["text"])
        answers(kept, out, test)


def answers(kept, out, test):
    """Compare the answers to all test texts, the package's in float32."""
    texts, truth = [row["text"] for row in test], np.array([row["label"] for row in test])
    model = load_classifier(kept, device="cpu", dtype="float32")
    ours, labels = model.predict_proba(texts), np.array(list(map(str, model.classes_)))
    reference = labels[ours.argmax(1)]
    say("package, float32", accuracy=percent(reference == truth), texts=len(texts))
    for name in ("float32", "int8"):
        found = Classifier(out, int8=name == "int8").run(texts, ["probabilities"])[0]
        given = labels[found.argmax(1)]
        say(
            f"exported, {name}",
            accuracy=percent(given == truth),
            points=round(percent(given == truth) - percent(reference == truth), 2),
            changed=percent(given != reference),
            largest_difference=float(np.abs(found - ours).max()),
            texts=len(texts),
        )


def pace(kept, out, texts, rounds):
    """Time both, whole answers; each side answers some texts beforehand."""
    package = {name: load(kept, device="cpu", dtype=name) for name in ("float32", "auto")}
    exported = {name: Classifier(out, int8=name == "int8") for name in ("float32", "int8")}
    sides = {f"package, {name}": lambda some, own=own: own.classify(some) for name, own in package.items()}
    sides |= {f"exported, {name}": lambda some, own=own: own.classify(some) for name, own in exported.items()}
    wall, computing = ({name: [] for name in sides} for _ in range(2))
    for answer in sides.values():
        answer(texts[:100])
    for _ in range(rounds):
        for name, answer in sides.items():
            start, used = time.perf_counter(), time.process_time()
            answer(texts)
            wall[name].append(time.perf_counter() - start)
            computing[name].append(time.process_time() - used)
    for name in sides:
        say(
            f"pace of {name}",
            texts_per_second=round(len(texts) / statistics.median(wall[name])),
            texts_per_second_of_computing=round(len(texts) / statistics.median(computing[name])),
            texts=len(texts),
            threads=torch.get_num_threads(),
        )


def fresh(environment, out, text):
    """Install into an environment of its own, and time the program there from start to answer."""
    subprocess.run([sys.executable, "-m", "venv", environment], check=True)
    python = environment / "bin/python"
    site = next((environment / "lib").glob("python*/site-packages"))
    before = megabytes(site)
    subprocess.run([python, "-m", "pip", "install", "-q", "-r", out / "requirements.txt"], check=True)
    listed = json.loads(subprocess.run([python, "-m", "pip", "list", "--format", "json"], capture_output=True).stdout)
    installed = {own["name"]: own["version"] for own in listed if own["name"] not in ("pip", "setuptools")}
    say("installed", megabytes=round(megabytes(site) - before, 1), packages=installed)
    for name, options in (("float32", []), ("int8", ["--int8"])):
        seconds, computing = [], []
        for _ in range(FIRST):
            start, used = time.perf_counter(), children()
            subprocess.run([python, out / "classify.py", *options], input=text.encode(), stdout=-3, check=True)
            seconds.append(round(time.perf_counter() - start, 2))
            computing.append(round(children() - used, 2))
        say(f"first answer, {name}", median=statistics.median(seconds), seconds=seconds, computing=computing)


def children():
    """Return the seconds that finished processes of this one have computed."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def megabytes(path):
    files = [path] if path.is_file() else [file for file in path.rglob("*") if file.is_file()]
    return round(sum(file.stat().st_size for file in files) / 1e6, 1)


def percent(right):
    return round(100 * float(np.mean(right)), 2)


def hardware():
    info = Path("/proc/cpuinfo")
    names = [line.partition(": ")[2] for line in info.read_text().splitlines() if "model name" in line]
    libraries = ("fewtext", "torch", "onnxruntime", "onnx", "tokenizers")
    return {"device": names[0] if names else "", "versions": {name: version(name) for name in libraries}}


def say(what, **facts):
    print(json.dumps({"what": what, **facts}), flush=True)


if __name__ == "__main__":
    main()
