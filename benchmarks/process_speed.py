"""The whole process, from start to written answers: ``fewtext classify`` beside a script that does the same work.

    python benchmarks/process_speed.py TRAIN.jsonl TEST.jsonl [--support 100] [--query 1000] [--rounds 5]

The script is what one writes without fewtext: sentence-transformers for vectors, scikit-learn's LogisticRegression, a
csv of texts, labels and probabilities. Beside both, a kept model answers 20 queries. Rounds alternate; medians are
compared. Prints one JSON line.
"""

import argparse
import json
import random
import statistics
import subprocess
import sys
import tempfile
import time
from importlib.metadata import version
from pathlib import Path

from encoder_speed import cpu_name

FEW = 20  # queries of a kept model
SCRIPT = """
import csv, json, sys
from sentence_transformers import SentenceTransformer
from sklearn.linear_model import LogisticRegression
folder, support, query, out = sys.argv[1:]
read = lambda path: [json.loads(line) for line in open(path, encoding="utf-8")]
support, query = read(support), read(query)
model = SentenceTransformer(folder, local_files_only=True)
head = LogisticRegression(C=20, max_iter=1000)
head.fit(model.encode([row["text"] for row in support]), [row["label"] for row in support])
chances = head.predict_proba(model.encode([row["text"] for row in query]))
with open(out, "w", encoding="utf-8", newline="") as stream:
    writer = csv.writer(stream)
    writer.writerow(["text", "label", "probability"])
    for row, chance in zip(query, chances):
        writer.writerow([row["text"], head.classes_[chance.argmax()], chance.max()])
"""


def run(command):
    subprocess.run([sys.executable, *command], check=True, capture_output=True)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("train", type=Path)
    parser.add_argument("test", type=Path)
    parser.add_argument("--support", type=int, default=100)
    parser.add_argument("--query", type=int, default=1000)
    parser.add_argument("--rounds", type=int, default=5)
    asked = parser.parse_args()
    from fewtext.encoders.model_folder import find_model

    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        draw = random.Random(0)
        for source, target, count in ((asked.train, "s.jsonl", asked.support), (asked.test, "q.jsonl", asked.query)):
            lines = [line for line in source.read_text(encoding="utf-8").split("\n") if line]
            (folder / target).write_text("\n".join(draw.sample(lines, count)) + "\n", encoding="utf-8")
        (folder / "script.py").write_text(SCRIPT)
        files = [folder / "s.jsonl", folder / "q.jsonl", folder / "out.csv"]
        few = folder / "few.jsonl"
        few.write_text("\n".join((folder / "q.jsonl").read_text(encoding="utf-8").split("\n")[:FEW]), encoding="utf-8")
        classify = ["-m", "fewtext", "classify", "--no-cache", "--output", files[2]]
        learned = [*classify, "--support", files[0], "--query"]
        run([*learned, few, "--save", folder / "model"])
        sides = {
            "fewtext": [*learned, files[1]],
            "fewtext, a kept model": [*classify, "--model", folder / "model", "--query", few],
            "script": [folder / "script.py", find_model(None, offline=True), *files],
        }
        seconds = {side: [] for side in sides}
        for round_ in range(asked.rounds + 1):
            for side, command in sides.items():
                start = time.perf_counter()
                run(command)
                if round_:  # the first round fills the file caches
                    seconds[side].append(round(time.perf_counter() - start, 2))
    medians = {side: statistics.median(values) for side, values in seconds.items()}
    result = {
        "ratio": round(medians["fewtext"] / medians["script"], 3),
        "median_seconds": medians,
        "seconds": seconds,
        "support": asked.support,
        "query": asked.query,
        "device": cpu_name(),
        "versions": {
            name: version(name)
            for name in ("fewtext", "torch", "transformers", "sentence-transformers", "scikit-learn")
        },
    }
    print(json.dumps(result))


if __name__ == "__main__":
    main()
