"""The time to fit once texts are encoded: BANKING77's 77 classes, with 10 examples and the name of each.

    FEWTEXT_DATA=DATA OMP_WAIT_POLICY=passive python benchmarks/fit_speed.py

The whole fit, with its held-out predictions and its temperature; threads sleep while they wait, as in the command.
The line is appended to benchmarks/results/fit_speed.jsonl.
"""

import json
import time
from pathlib import Path
from statistics import median

import torch
from official import circumstances, official_splits

from fewtext import FewShotClassifier
from fewtext.evaluation.full_way import Supports

RESULTS = Path(__file__).parent / "results" / "fit_speed.jsonl"
TIMES = 7


def main():
    ((name, known, train, _),) = official_splits(["banking77"])
    (rows,) = Supports(shots=10, count=1).draw(train)
    texts, labels = [train.items[row] for row in rows], [train.labels[row] for row in rows]
    seconds = []
    for _ in range(TIMES):
        start = time.perf_counter()
        FewShotClassifier(encoder=known).fit(texts, labels)
        seconds.append(time.perf_counter() - start)
    line = {"corpus": name, "examples": len(rows), "classes": len(set(labels)), "seconds": median(seconds),
            "first": seconds[0], "threads": torch.get_num_threads(), **circumstances(known)}  # fmt: skip
    with RESULTS.open("a", encoding="utf-8") as stream:
        stream.write(json.dumps(line) + "\n")
    print(line)


if __name__ == "__main__":
    main()
