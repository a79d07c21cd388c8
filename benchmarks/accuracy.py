"""Full-way accuracy on official splits, by the command itself: the supports drawn by a seed, default settings.

    FEWTEXT_DATA=DATA python benchmarks/accuracy.py banking77 --shots 5 --seeds 5 [-- options of fewtext classify]

DATA holds one folder per corpus with train.jsonl and test.jsonl, rows of text and label. Prints one JSON line.
"""

import argparse
import csv
import json
import math
import os
import random
import statistics
import subprocess
import sys
import tempfile
import time
from importlib.metadata import version
from pathlib import Path


def read(corpus, split):
    lines = (Path(os.environ["FEWTEXT_DATA"]) / corpus / f"{split}.jsonl").read_text(encoding="utf-8").split("\n")
    return [json.loads(line) for line in lines if line]


def draw(rows, shots, seed):
    """Return ``shots`` rows per class, the same for the same seed."""
    by_label = {}
    for row in rows:
        by_label.setdefault(row["label"], []).append(row)
    generator = random.Random(seed)
    return [row for label in sorted(by_label) for row in generator.sample(by_label[label], shots)]


def write(path, rows):
    path.write_text("".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows), encoding="utf-8")


def run(train, test, shots, seed, options):
    """Run the command on one support; return the share of right answers and the settings of the fitted model."""
    with tempfile.TemporaryDirectory() as folder:
        support, query, out, model = (Path(folder, name) for name in ("s.jsonl", "q.jsonl", "out.csv", "model"))
        write(query, [{"text": row["text"]} for row in test])
        if shots:
            write(support, draw(train, shots, seed))
            source = ["--support", support]
        else:
            write(support, [{"label": label, "description": ""} for label in sorted({row["label"] for row in train})])
            source = ["--labels", support]
        target = ["--query", query, "--output", out, "--save", model]
        subprocess.run([sys.executable, "-m", "fewtext", "classify", *source, *target, *options], check=True)
        settings = json.loads((model / "fewtext.json").read_text(encoding="utf-8"))
        with out.open(encoding="utf-8", newline="") as stream:
            answers = [row["label"] for row in csv.DictReader(stream)]
    return sum(a == row["label"] for a, row in zip(answers, test, strict=True)) / len(test), settings


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("corpus")
    parser.add_argument("--shots", type=int, default=5, help="0: label names only")
    parser.add_argument("--seeds", type=int, default=5)
    own, _, options = " ".join(sys.argv[1:]).partition(" -- ")
    asked, options = parser.parse_args(own.split()), options.split()
    train, test = read(asked.corpus, "train"), read(asked.corpus, "test")
    start = time.perf_counter()
    seeds = range(asked.seeds if asked.shots else 1)
    found, settings = zip(*(run(train, test, asked.shots, seed, options) for seed in seeds), strict=True)
    spread = statistics.stdev(found) if len(found) > 1 else math.nan
    result = {
        "corpus": asked.corpus,
        "track": "A full-way, official test split, inductive",
        "shots": asked.shots,
        "command_options": options,
        **{key: settings[0][key] for key in ("learner", "options", "encoder", "fingerprint", "max_length")},
        "accuracy": round(statistics.fmean(found), 4),
        "sd_over_supports": None if math.isnan(spread) else round(spread, 4),
        "supports": len(found),
        "queries": len(test),
        "seconds_per_run": round((time.perf_counter() - start) / len(found), 1),
        "versions": {name: version(name) for name in ("fewtext", "torch", "transformers")},
    }
    print(json.dumps(result))


if __name__ == "__main__":
    main()
