"""The leaderboard: fewtext and its peers on the supports and test texts of ``benchmarks/grids/official.toml``.

    FEWTEXT_DATA=DATA python benchmarks/leaderboard.py
    FEWTEXT_DATA=DATA python benchmarks/leaderboard.py --peers setfit --shots 5 --supports 3

Appends a line for each support to benchmarks/results/leaderboard.jsonl; what is there is not measured again. A peer
runs in a process of its own, in the environment that benchmarks/peers/peers.toml names (``make peers``). Seconds are
the processor's, all threads together, so that other work on the machine counts little: to fit, from texts on, with the
model loaded; to answer, the whole test split. The peak memory is that process's so far, on a corpus, from the fewest
examples to the most. Without examples the labels' names are the examples.
"""

import argparse
import base64
import contextlib
import hashlib
import json
import os
import subprocess
import sys
import tomllib
from pathlib import Path

import numpy as np
import torch
from official import hardware

from fewtext.classify.label_names import words
from fewtext.datasets.open import open_corpus
from fewtext.encoders.model_folder import find_model
from fewtext.evaluation.full_way import PRECISE, Supports
from fewtext.files.json_files import read_lines, sealed_line
from fewtext.metrics.classification import calibration_error, reliability

HERE = Path(__file__).parent
RESULTS = HERE / "results" / "leaderboard.jsonl"
CORPORA = ("sst2", "trec6", "hwu64", "banking77", "clinc150")  # the cheap ones first
SHOTS = (0, 1, 5, 10)
SUPPORTS = 10  # that are drawn; a slow peer gets the first of them
LIMIT = 1800  # seconds that a support may take
SILENT = {("clinc150", 0)}  # one of its labels has a name without words


def listed():
    """Return what peers.toml says of each peer."""
    return tomllib.loads((HERE / "peers" / "peers.toml").read_text(encoding="utf-8"))


def measured():
    """Return the lines that are there, each of which must be what was written."""
    return list(read_lines(RESULTS, "restore it from git")) if RESULTS.is_file() else []


def drawn(train, shots):
    """Return the supports of the official grid, and their hash as its results have it."""
    supports = Supports(shots, SUPPORTS).draw(train) if shots else [[]]
    return supports, hashlib.sha256(repr(supports).encode()).hexdigest()[:16]


class Process:
    """A peer that runs, with the test texts of one corpus."""

    def __init__(self, peer, test, environments):
        python = str(environments / peer["environment"] / "bin" / "python") if "environment" in peer else sys.executable
        if not Path(python).is_file():
            raise SystemExit(f"{python} is not there: make peers makes the environments")
        paths = [str(HERE), *filter(None, [os.environ.get("PYTHONPATH")])]
        quiet = {"HF_HUB_OFFLINE": "1", "TOKENIZERS_PARALLELISM": "false", "FEWTEXT_CACHE": "off"}
        self._process = subprocess.Popen(
            [python, "-W", "ignore", "-m", f"peers.{peer['adapter']}"], stdin=subprocess.PIPE, stdout=subprocess.PIPE,
            encoding="utf-8", env=os.environ | quiet | {"PYTHONPATH": os.pathsep.join(paths)},
        )  # fmt: skip
        body = str(find_model(None, offline=True))
        self._say(body=body, options=peer.get("options", {}), test=test, precision=PRECISE, limit=LIMIT)

    def _say(self, **content):
        with contextlib.suppress(BrokenPipeError):  # it has ended, and answers nothing
            self._process.stdin.write(json.dumps(content) + "\n")
            self._process.stdin.flush()

    def ask(self, **support):
        """Return what the peer makes of a support; None where it ended instead."""
        self._say(**support)
        answer = self._process.stdout.readline()
        return json.loads(answer) if answer else None

    def close(self):
        """Let it end; return its exit status."""
        with contextlib.suppress(BrokenPipeError):
            self._process.stdin.close()
        return self._process.wait()


def run(name, corpus, all_shots, count, environments):
    """Measure what is missing of a peer on a corpus."""
    there = {(line["peer"], line["corpus"], line["shots"], line["support"]) for line in measured()}
    missing = [(shots, i) for shots in all_shots if (corpus, shots) not in SILENT for i in range(count if shots else 1)
               if (name, corpus, shots, i) not in there]  # fmt: skip
    if not missing:
        return
    opened = open_corpus(corpus)
    train, test = opened.load("train"), opened.load("test")
    names = {label: words(label) for label in sorted(set(train.labels))}
    process = Process(listed()[name], test.items, environments)
    for shots, support in missing:
        supports, episode_list = drawn(train, shots)
        rows = supports[support]
        texts, labels = [train.items[row] for row in rows], [train.labels[row] for row in rows]
        found = process.ask(texts=texts, labels=labels, names=names, seed=support)
        if found is None:
            print(f"{name} {corpus} {shots}-shot {support}: ended with {process.close()}", file=sys.stderr, flush=True)
            return
        line = {
            "peer": name, "track": "full-way, official test split, inductive", "corpus": corpus, "shots": shots,
            "support": support, "seed": 0, "episode_list": episode_list,
            "data": hashlib.sha256((train.fingerprint + test.fingerprint).encode()).hexdigest()[:16],
            "rows": hashlib.sha256(repr(rows).encode()).hexdigest()[:16], "examples": len(rows),
            **scored(found, test.labels),
            **{key: round(found[key], 3) for key in ("seconds_to_fit", "seconds_to_answer", "peak_mb", "model_mb")},
            "versions": found["versions"], "hardware": f"{hardware()}, {os.cpu_count()} cores",
            "threads": torch.get_num_threads(),
        }  # fmt: skip
        with RESULTS.open("a", encoding="utf-8") as stream:
            stream.write(sealed_line(line))
        seconds = f"{line['seconds_to_fit']:.1f} s, {line['seconds_to_answer']:.1f} s"
        print(f"{name} {corpus} {shots}-shot {support}: {line['accuracy']:.1%}, {seconds}", flush=True)
    process.close()


def scored(found, labels):
    """Return the accuracy of answers, their calibration, and what a promised precision came to."""
    right = np.array([answer == label for answer, label in zip(found["answers"], labels, strict=True)])
    line = {"accuracy": float(right.mean()), "calibration_error": None, "reliability": None, "promise": None}
    if found["confidence"] is not None:
        confidence = torch.tensor(found["confidence"], dtype=torch.float64)
        bins = reliability(confidence, torch.from_numpy(right))
        line |= {"calibration_error": calibration_error(bins), "reliability": [[round(x, 6) for x in b] for b in bins]}
        if found["threshold"] is not None:
            given = confidence.numpy() >= found["threshold"]
            precision = float(right[given].mean()) if given.any() else None
            line["promise"] = {"asked": PRECISE, "precision": precision, "coverage": float(given.mean())}
    return line | {"queries": len(right), "right": base64.b64encode(np.packbits(right)).decode()}


def main():
    peers = listed()
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--peers", nargs="*", choices=peers, default=list(peers))
    parser.add_argument("--corpora", nargs="*", choices=CORPORA, default=CORPORA)
    parser.add_argument("--shots", type=int, nargs="*", choices=SHOTS, help="Those of peers.toml by default.")
    parser.add_argument("--supports", type=int, help="Those of peers.toml by default.")
    parser.add_argument("--environments", type=Path, default=HERE.parent, help="The folder that has them.")
    given = parser.parse_args()
    for name in given.peers:
        peer = peers[name]
        for corpus in given.corpora:
            shots, supports = peer.get("shots", SHOTS), peer.get("supports", SUPPORTS)
            run(name, corpus, given.shots or shots, given.supports or supports, given.environments)


if __name__ == "__main__":
    main()
