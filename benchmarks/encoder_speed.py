"""Texts per second: our encoder beside sentence-transformers' ``encode`` at its defaults, in one run, same texts.

    python benchmarks/encoder_speed.py TEXTS.jsonl [--count 4000] [--rounds 3] [--words 180]

Each round runs every side once, in turn, so that a slow minute of the machine slows all; the medians are compared.
On a machine that others use, with OMP_NUM_THREADS=1, compare the seconds of computing.
With ``--words`` texts are joined until each has so many. Prints one JSON line per side.
"""

import argparse
import json
import os
import platform
import statistics
import time
from importlib.metadata import version
from itertools import islice
from pathlib import Path

import torch
from sentence_transformers import SentenceTransformer
from torch.nn.functional import cosine_similarity

from fewtext.encoders.encode import encode
from fewtext.encoders.load import CLASSIFYING, load_encoder
from fewtext.encoders.model_folder import find_model


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("texts", type=Path)
    parser.add_argument("--count", type=int, default=4000)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--words", type=int, default=1, help="join texts until each has so many words")
    asked = parser.parse_args()
    lines = asked.texts.read_text(encoding="utf-8").splitlines()
    texts = list(islice(joined((json.loads(line)["text"] for line in lines), asked.words), asked.count))
    theirs = SentenceTransformer(str(find_model(None, offline=True)))
    float32, half = load_encoder(dtype="float32"), load_encoder(dtype="bfloat16")
    untouched, learned = load_encoder(f"{CLASSIFYING}+none"), load_encoder(CLASSIFYING)
    rough, rough_learned = (load_encoder(spec, dtype="int8") for spec in (None, CLASSIFYING))
    sides = {
        "sentence-transformers encode()": lambda some: theirs.encode(some, convert_to_tensor=True).cpu(),
        "fewtext float32": lambda some: encode(float32, some),
        "fewtext bfloat16": lambda some: encode(half, some),
        "fewtext to classify, untouched": lambda some: encode(untouched, some),
        "fewtext to classify": lambda some: encode(learned, some),
        "fewtext int8": lambda some: encode(rough, some),
        "fewtext to classify, int8": lambda some: encode(rough_learned, some),
    }
    for run in sides.values():
        run(texts[:200])  # the first call of a kernel pays for its choice
    seconds, computing, vectors = {name: [] for name in sides}, {name: [] for name in sides}, {}
    for _ in range(asked.rounds):
        for name, run in sides.items():
            start, computed = time.perf_counter(), time.process_time()
            vectors[name] = run(texts)
            seconds[name].append(time.perf_counter() - start)
            computing[name].append(time.process_time() - computed)
    reference, *_ = sides
    for name, measured in seconds.items():
        result = {
            "side": name,
            "texts_per_second": round(len(texts) / statistics.median(measured)),
            "times_sentence_transformers": round(
                statistics.median(seconds[reference]) / statistics.median(measured), 2
            ),
            "times_by_computing": round(
                statistics.median(computing[reference]) / statistics.median(computing[name]), 2
            ),
            "least_cosine": least_cosine(vectors[name], vectors[reference]),
            "seconds": [round(value, 2) for value in measured],
            "computing": [round(value, 2) for value in computing[name]],
            "texts": len(texts),
            "tokens_of_a_text": round(statistics.mean(lengths_of(half, texts)), 1),
            "load_average": round(os.getloadavg()[0], 1),
            "device": torch.cuda.get_device_name() if torch.cuda.is_available() else cpu_name(),
            "threads": torch.get_num_threads(),
            "versions": {name: version(name) for name in ("fewtext", "torch", "transformers", "sentence-transformers")},
        }
        print(json.dumps(result), flush=True)


def lengths_of(encoder, texts):
    return encoder.lengths(texts)


def joined(texts, words):
    """Yield texts of at least so many words, of as many of these as that takes."""
    long = []
    for text in texts:
        long += text.split()
        if len(long) >= words:
            yield " ".join(long)
            long = []


def least_cosine(ours, theirs):
    """Return how far the features of a text are from the reference's at most; None where they are of another kind."""
    return round(float(cosine_similarity(ours, theirs).min()), 5) if ours.shape == theirs.shape else None


def cpu_name():
    info = Path("/proc/cpuinfo")
    names = (
        [line.partition(": ")[2] for line in info.read_text().splitlines() if "model name" in line]
        if info.exists()
        else []
    )
    return names[0] if names else platform.processor()


if __name__ == "__main__":
    main()
