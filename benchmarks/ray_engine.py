"""``fewtext classify --engine ray`` beside the engine of one process: bytes, pace, and a worker that is killed.

    OMP_NUM_THREADS=1 python benchmarks/ray_engine.py TRAIN.jsonl TEST.jsonl --rows 65536

The texts of TEST are drawn again and again, each with a number of its own, and answered by a classifier of 100
examples: in this process, by one worker, by two, and by two of which one is killed by SIGKILL once the first rows are
written. ``seconds`` are those of the whole run, the start of Python and of Ray included, and ``times_local`` how many
times quicker than the first it is; both mean something on a machine that has nothing else to do. Prints a
JSON line, and exits with 1 where a file is not the same byte for byte. Linux only.
"""

import argparse
import json
import os
import random
import signal
import subprocess
import sys
import tempfile
import time
from importlib.metadata import version
from pathlib import Path

from encoder_speed import cpu_name
from streaming import write_queries

EXAMPLES = 100
ENGINES = {
    "local": ["--engine", "local"],
    "one worker": ["--engine", "ray", "--workers", "1"],
    "two workers": ["--engine", "ray", "--workers", "2"],
    "two workers, one killed": ["--engine", "ray", "--workers", "2"],
}


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("train", type=Path)
    parser.add_argument("test", type=Path)
    parser.add_argument("--rows", type=int, default=65_536)
    parser.add_argument("--encoder")
    parser.add_argument("--seed", type=int, default=0)
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        folder, draw = Path(name), random.Random(asked.seed)
        lines = [line for line in asked.train.read_text(encoding="utf-8").split("\n") if line]
        (folder / "s.jsonl").write_text("\n".join(draw.sample(lines, EXAMPLES)) + "\n", encoding="utf-8")
        write_queries(folder / "q.txt", asked.test, asked.rows, draw)
        write_queries(folder / "one.txt", asked.test, 1, draw)
        fit = ["--support", folder / "s.jsonl", "--save", folder / "model", "--query", folder / "one.txt"]
        encoder = ["--encoder", asked.encoder] if asked.encoder else []
        classify(*fit, *encoder, "--output", folder / "one.csv").wait()
        runs, written = {}, {}
        for name, engine in ENGINES.items():
            output = folder / f"{name.replace(' ', '-')}.csv"
            runs[name] = run(folder, engine, output, kill="killed" in name)
            written[name] = output.read_bytes()
    same = {name: content == written["local"] for name, content in written.items() if name != "local"}
    ratios = {name: round(runs["local"]["seconds"] / own["seconds"], 2) for name, own in runs.items()}
    versions = {own: version(own) for own in ("fewtext", "torch", "ray")}
    facts = {
        "rows": asked.rows,
        "encoder": asked.encoder or "default",
        "threads_a_worker": os.environ.get("OMP_NUM_THREADS"),
    }
    machine = {"device": cpu_name(), "cores": os.cpu_count(), "load_average": round(os.getloadavg()[0], 1)}
    print(
        json.dumps({"same_bytes": same, "times_local": ratios, "runs": runs, **facts, **machine, "versions": versions})
    )
    sys.exit(not all(same.values()))


def classify(*arguments):
    command = [sys.executable, "-m", "fewtext", "classify", "--quiet", "--no-cache", *map(str, arguments)]
    return subprocess.Popen(command)


def run(folder, engine, output, kill):
    """Run the command, and kill a worker once; return its seconds, and when that was."""
    start, killed = time.perf_counter(), None
    process = classify("--model", folder / "model", "--query", folder / "q.txt", "--output", output, *engine)
    journal = output.with_name(output.name + ".part.json")
    while process.poll() is None:
        if kill and killed is None and (done := written_rows(journal)) and (workers := workers_of(process.pid)):
            killed = {"rows_written": done, "workers": len(workers)}
            os.kill(workers[0], signal.SIGKILL)
        time.sleep(0.02)
    if process.returncode or kill and killed is None:
        raise SystemExit(f"ended with {process.returncode}, killed: {killed}")
    found = {"seconds": round(time.perf_counter() - start, 1)}
    return {**found, "killed": killed} if kill else found


def written_rows(journal):
    try:
        return json.loads(journal.read_text(encoding="utf-8"))["rows"]
    except (OSError, ValueError):
        return 0


def workers_of(pid):
    """Return the workers among the processes that a process, or one of its own, has started."""
    children, names = {}, {}
    for entry in Path("/proc").iterdir():
        try:
            parent = int((entry / "stat").read_text().rpartition(")")[2].split()[1])
            names[int(entry.name)] = (entry / "cmdline").read_text()
        except (OSError, ValueError):
            continue
        children.setdefault(parent, []).append(int(entry.name))
    found, left = [], [pid]
    while left:
        own = children.get(left.pop(), [])
        left += own
        found += [child for child in own if names[child].startswith("ray::MapWorker")]
    return found


if __name__ == "__main__":
    main()
