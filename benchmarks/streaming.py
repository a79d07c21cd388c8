"""``fewtext classify`` on long files: memory, pace, kills with ``--resume``, and lines that are written slowly.

    python benchmarks/streaming.py memory TRAIN.jsonl TEST.jsonl --rows 1000000 --encoder tfidf
    python benchmarks/streaming.py pace TRAIN.jsonl TEST.jsonl --rows 50000
    python benchmarks/streaming.py kills TRAIN.jsonl TEST.jsonl --rows 50000 --encoder tfidf
    python benchmarks/streaming.py lines TRAIN.jsonl TEST.jsonl

The texts of TEST are drawn again and again, each with a number of its own, so that none is encoded once for several.
``memory`` compares the peak with that of 10,000 rows; ``pace`` compares the time of all rows, less that of 10,000, with
that of the bare encoder for as many of the same texts; ``kills`` ends a run by SIGKILL at random moments and goes on;
``lines`` writes a line a second and waits for its answer. Prints a JSON line, and exits with 1 where a bar is missed.
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

FEW = 10_000  # rows that the others are compared with
MOST_MEGABYTES, LEAST_RATIO, LONGEST_SECONDS, KILLS, LINES = 300, 0.9, 1.0, 3, 10
BARE = """
import sys, time
from fewtext.classify.encoded import CHUNK
from fewtext.encoders.encode import encode
from fewtext.classify.load import load_classifier
encoder = load_classifier(sys.argv[1]).encoder_
texts = open(sys.argv[2], encoding="utf-8").read().split("\\n")[int(sys.argv[3]):-1]
encode(encoder, texts[:200])
start, computed = time.perf_counter(), time.process_time()
for at in range(0, len(texts), CHUNK):
    encode(encoder, texts[at : at + CHUNK])
print(time.perf_counter() - start, time.process_time() - computed)
"""


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("what", choices=MEASURED)
    parser.add_argument("train", type=Path)
    parser.add_argument("test", type=Path)
    parser.add_argument("--rows", type=int, default=50_000)
    parser.add_argument("--encoder")
    parser.add_argument("--seed", type=int, default=0)
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        draw = random.Random(asked.seed)
        lines = [line for line in asked.train.read_text(encoding="utf-8").split("\n") if line]
        (folder / "s.jsonl").write_text("\n".join(draw.sample(lines, 100)) + "\n", encoding="utf-8")
        learn = ["--support", folder / "s.jsonl", "--save", folder / "model"]
        encoder = ["--encoder", asked.encoder] if asked.encoder else []
        write_queries(folder / "few.txt", asked.test, FEW, draw)
        write_queries(folder / "all.txt", asked.test, asked.rows, draw)
        write_queries(folder / "one.txt", asked.test, 1, draw)
        run(*learn, *encoder, "--query", folder / "one.txt", "--output", folder / "one.csv")
        result, held = MEASURED[asked.what](folder, draw)
    facts = {"rows": asked.rows, "encoder": asked.encoder or "default", "load_average": round(os.getloadavg()[0], 1)}
    versions = {own: version(own) for own in ("fewtext", "torch")}
    print(json.dumps({"what": asked.what, **result, **facts, "device": cpu_name(), "versions": versions}), flush=True)
    sys.exit(not held)


def write_queries(path, test, rows, draw):
    texts = [json.loads(line)["text"] for line in test.read_text(encoding="utf-8").split("\n") if line]
    with path.open("w", encoding="utf-8") as stream:
        for number in range(rows):
            stream.write(f"{' '.join(draw.choice(texts).split())} {number}\n")


def begin(*arguments, **streams):
    command = [sys.executable, "-m", "fewtext", "classify", "--quiet", "--no-cache", *map(str, arguments)]
    return subprocess.Popen(command, **streams)


def run(*arguments):
    """Run the command to its end; return its seconds, those of computing, and its peak memory in megabytes."""
    start = time.perf_counter()
    process = begin(*arguments)
    _, status, used = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        raise SystemExit(f"ended with {process.returncode}")
    computed = used.ru_utime + used.ru_stime
    return time.perf_counter() - start, computed, used.ru_maxrss / 1024  # of Linux: kilobytes


def answers(folder, name):
    return "--model", folder / "model", "--query", folder / f"{name}.txt", "--output", folder / f"{name}.csv"


def memory(folder, draw):
    few, many = (run(*answers(folder, name))[-1] for name in ("few", "all"))
    return {"megabytes_of_10000": round(few), "megabytes": round(many)}, many - few <= MOST_MEGABYTES


def pace(folder, draw):
    few = run(*answers(folder, "few"))
    bare = subprocess.run(
        [sys.executable, "-c", BARE, folder / "model", folder / "all.txt", str(FEW)], check=True, capture_output=True
    )
    many = run(*answers(folder, "all"))
    alone = [float(number) for number in bare.stdout.split()[-2:]]
    wall, computing = (alone[at] / (many[at] - few[at]) for at in range(2))
    sides = {"bare_encoder": alone, "10000_rows": few[:2], "all_rows": many[:2]}
    seconds = {side: {"wall": round(own[0], 1), "computing": round(own[1], 1)} for side, own in sides.items()}
    ratios = {"ratio": round(wall, 3), "ratio_of_computing": round(computing, 3)}  # others at work slow the wall's
    return {**ratios, "seconds": seconds}, computing >= LEAST_RATIO


def kills(folder, draw):
    run(*answers(folder, "all"))
    undisturbed = (folder / "all.csv").read_bytes()
    (folder / "all.csv").unlink()
    part, journal, kept = folder / "all.csv.part", folder / "all.csv.part.json", []
    for share in sorted(draw.uniform(0.1, 0.95) for _ in range(KILLS)):
        process = begin(*answers(folder, "all"), *["--resume"] * bool(kept))
        while process.poll() is None and not (part.exists() and part.stat().st_size >= share * len(undisturbed)):
            time.sleep(0.001)
        time.sleep(draw.uniform(0, 0.5))  # within the writing of a part, or between two
        process.send_signal(signal.SIGKILL)
        if process.wait() != -signal.SIGKILL:
            raise SystemExit("it had ended before it was killed")
        kept.append(json.loads(journal.read_text())["rows"])
    run(*answers(folder, "all"), "--resume")
    same = (folder / "all.csv").read_bytes() == undisturbed
    return {"same_bytes": same, "rows_kept_at_kills": kept}, same


def lines(folder, draw):
    given = (folder / "few.txt").read_text(encoding="utf-8").split("\n")[:LINES]
    command = "--model", folder / "model", "--query", "-", "--format", "jsonl"
    process = begin(*command, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    waited = []
    for line in given:
        if waited:
            time.sleep(1)
        start = time.perf_counter()
        process.stdin.write(line.encode() + b"\n")
        process.stdin.flush()
        assert json.loads(process.stdout.readline())["text"] == line
        waited.append(time.perf_counter() - start)
    process.stdin.close()
    process.wait()
    start, *later = (round(own, 2) for own in waited)  # the first one waits for the libraries, too
    return {"seconds_to_answer": later, "seconds_to_the_first": start}, max(later) <= LONGEST_SECONDS


MEASURED = {own.__name__: own for own in (memory, pace, kills, lines)}

if __name__ == "__main__":
    main()
