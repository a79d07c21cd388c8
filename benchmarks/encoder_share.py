"""What share of the machine's own rate for products of matrices the encoder reaches, with its parts and without.

    OMP_NUM_THREADS=1 python benchmarks/encoder_share.py TEXTS.jsonl [--count 1500] [--rounds 5]

The default encoder describes a text by the mean of the last layer, its first token as a second view, and two layers in
the middle; ``bert`` has the mean alone. Short texts are as they are, long ones are joined from several. Each round
measures the machine, with the product that ``fewtext encode --benchmark`` measures, before and after every side, since
its rate changes by the minute: the share is of the faster of both. Seconds are those of computing, so that other work
on the machine shows little. Prints a JSON line for each side: medians of the rounds.
"""

import argparse
import json
import os
import statistics
import time
from importlib.metadata import version
from itertools import islice
from pathlib import Path
from unittest.mock import patch

import torch
from encoder_speed import cpu_name, joined

from fewtext.encoders.arithmetic import Sizes, matrix_rate
from fewtext.encoders.encode import encode
from fewtext.encoders.load import CLASSIFYING, load_encoder

WORDS = {"short": 1, "long": 175}
VIEWS = {"the last layer's mean": "bert", "all parts": CLASSIFYING}
DTYPES = "bfloat16", "float32"


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("texts", type=Path)
    parser.add_argument("--count", type=int, default=1500, help="of short texts, and a tenth as many long ones")
    parser.add_argument("--rounds", type=int, default=5)
    asked = parser.parse_args()
    lines = asked.texts.read_text(encoding="utf-8").splitlines()
    all_texts = [json.loads(line)["text"] for line in lines]
    texts = {
        name: list(islice(joined(all_texts, words), asked.count // (10 if words > 1 else 1)))
        for name, words in WORDS.items()
    }
    encoders = {(view, dtype): load_encoder(spec, dtype=dtype) for view, spec in VIEWS.items() for dtype in DTYPES}
    sides = [(length, view, dtype) for length in texts for view, dtype in encoders]
    found = {side: [] for side in sides}
    for _ in range(asked.rounds):
        for length, view, dtype in sides:
            found[length, view, dtype].append(measured(encoders[view, dtype], texts[length]))
    for (length, view, dtype), rounds in found.items():
        shares, paces, rates = zip(*rounds, strict=True)
        line = {
            "texts": length, "view": view, "dtype": dtype, "share": round(statistics.median(shares), 3),
            "shares": [round(share, 3) for share in shares], "texts_per_second": round(statistics.median(paces), 1),
            "gigaflops": round(statistics.median(rates) / 1e9), "count": len(texts[length]),
            "tokens_of_a_text": round(statistics.mean(lengths_of(encoders[view, dtype], texts[length])), 1),
            "device": cpu_name(), "threads": torch.get_num_threads(), "load_average": round(os.getloadavg()[0], 1),
            "versions": {name: version(name) for name in ("fewtext", "torch")},
        }  # fmt: skip
        print(json.dumps(line), flush=True)


def lengths_of(encoder, texts):
    return encoder.lengths(texts)


def measured(encoder, texts):
    """Return the share of the machine's rate, texts a second, and that rate, all by seconds of computing."""
    lengths, sizes = lengths_of(encoder, texts), Sizes.of(encoder.config)

    def rate():
        with patch("time.perf_counter", time.process_time):
            return matrix_rate(sizes, encoder.token_budget, encoder.dtype, encoder.device)

    before = rate()
    start = time.process_time()
    encode(encoder, texts)
    seconds = time.process_time() - start
    best = max(before, rate())
    return sizes.operations(lengths) / seconds / best, len(texts) / seconds, best


if __name__ == "__main__":
    main()
