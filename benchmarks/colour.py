"""Drawings in colour, of unseen classes: raw pixels, and ``protonet`` and ``maml`` before and after training.

    python benchmarks/colour.py train colour_glyphs protonet
    python benchmarks/colour.py evaluate colour_glyphs protonet
    python benchmarks/colour.py evaluate colour_glyphs pixels
    python benchmarks/colour.py table

``train`` calls ``fewtext train`` with the options in RUNS on 64 classes of a corpus of corpora/colour.py and leaves the
learner in benchmarks/runs; ``evaluate`` calls ``fewtext evaluate`` on 20 others, 600 tasks of 5 classes with 15 queries
a class (200 for ``maml``, which adapts its network to each), at one and at five examples. ``pixels`` are the class
means of raw pixels. A line for each is appended to benchmarks/results/colour.jsonl.
"""

import argparse
import json
import subprocess
import sys
import time
from pathlib import Path

from omniglot import hardware

RESULTS = Path(__file__).parent / "results" / "colour.jsonl"
FOLDER = Path(__file__).parent / "runs"
CORPORA, FOLD = ("colour_glyphs", "glyph_textures"), "fold_01"
SHORT = ["--steps", "400", "--validate-every", "100"]
RUNS = {
    "protonet": ["--backbone", "conv4:width=16", "--ways", "20", "--rate", "0.003", *SHORT],
    "maml": ["--backbone", "conv4:width=16,length=400", "--ways", "10", "--tasks", "1", "-o", "rate=0.003", *SHORT],
}
SHOTS, SEED = (1, 5), 0
EPISODES = {"pixels": 600, "protonet": 600, "maml": 200}


def fewtext(*arguments, **options):
    return subprocess.run([sys.executable, "-m", "fewtext", *map(str, arguments)], check=True, **options)


def train(corpus, name):
    fewtext("train", "--corpus", corpus, "--fold", FOLD, "--learner", name, *RUNS[name], "--seed", SEED, "--tracker",
            "none", "--output", FOLDER / f"{corpus}-{name}", "--resume")  # fmt: skip


def evaluate(corpus, name):
    folder = FOLDER / f"{corpus}-{name}"
    learner, facts = (folder, training(folder)) if name in RUNS else ("protonet", {})
    for shots in SHOTS:
        tasks = ["--shots", shots, "--episodes", EPISODES[name], "--seed", SEED, "--format", "json"]
        chosen = ["--corpus", corpus, "--fold", FOLD, "--learner", learner]
        done = fewtext("evaluate", *chosen, *tasks, stdout=subprocess.PIPE)
        report = json.loads(done.stdout)
        line = {"name": name, "shots": shots, **report, **facts, "hardware": hardware(),
                "when": time.strftime("%Y-%m-%d")}  # fmt: skip
        with RESULTS.open("a", encoding="utf-8") as stream:
            stream.write(json.dumps(line) + "\n")
        print(corpus, name, shots, f"{report['accuracy']:.2%} ± {report['interval']:.2%}", flush=True)


def training(folder):
    """Return how a run was trained, and for how long: from its first file to its last."""
    settings = json.loads((folder / "learner.json").read_text(encoding="utf-8"))
    seconds = (folder / "metrics.jsonl").stat().st_mtime - (folder / "learner.json").stat().st_mtime
    return {
        "recipe": settings["recipe"],
        "train_minutes": round(seconds / 60, 1),
        "train_options": RUNS[settings["learner"]],
    }


def table():
    lines = [json.loads(line) for line in RESULTS.read_text(encoding="utf-8").splitlines()]
    latest = {(line["corpus"].partition("/")[0], line["name"], line["shots"]): line for line in lines}
    print("| learner | " + " | ".join(f"{corpus}, {shots}-shot" for corpus in CORPORA for shots in SHOTS) + " |")
    print("|---" * (1 + len(CORPORA) * len(SHOTS)) + "|")
    for name in ("pixels", *RUNS):
        cells = [latest.get((corpus, name, shots)) for corpus in CORPORA for shots in SHOTS]
        print(f"| {name} | " + " | ".join(shown(cell) if cell else "–" for cell in cells) + " |")


def shown(line):
    before = line["untrained_by_step"]
    accuracy = f"{100 * line['accuracy']:.1f} ± {100 * line['interval']:.1f}"
    return accuracy + (f" ({100 * before[-1]:.1f} before)" if before else "")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("what", choices=["train", "evaluate", "table"])
    parser.add_argument("corpus", nargs="?", choices=CORPORA)
    parser.add_argument("name", nargs="?", choices=["pixels", *RUNS])
    given = parser.parse_args()
    if given.what == "table":
        table()
    elif given.corpus is None or given.name is None or (given.what == "train" and given.name not in RUNS):
        parser.error("name a corpus, and what is trained or evaluated on it")
    else:
        {"train": train, "evaluate": evaluate}[given.what](given.corpus, given.name)


if __name__ == "__main__":
    main()
