"""Encoding by way of the cache: the first run over some texts, which fills it, and a second one, which reads it.

    FEWTEXT_DATA=DATA OMP_WAIT_POLICY=passive python benchmarks/embedding_cache.py [--texts 20000]

Distinct texts of BANKING77 and CLINC150, in the chunks of the command, with a cache of their own. The overhead of the
first run is its time less the encoder's own within it. Both runs must give the same bits. The line is appended to
benchmarks/results/embedding_cache.jsonl.
"""

import argparse
import json
import os
import tempfile
import time
from pathlib import Path

import torch
from encoder_speed import cpu_name
from official import circumstances

from fewtext import cached_features
from fewtext.classify.encoded import CHUNK
from fewtext.datasets.open import open_corpus, read_items
from fewtext.encoders.encode import encode
from fewtext.encoders.load import CLASSIFYING, load_encoder
from fewtext.files.feature_upkeep import cache_facts

RESULTS = Path(__file__).parent / "results" / "embedding_cache.jsonl"
ROUNDS = 3  # of the second run


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--texts", type=int, default=20_000)
    asked = parser.parse_args()
    distinct = dict.fromkeys(
        text for name in ("banking77", "clinc150") for text in read_items(open_corpus(name), None).items
    )
    texts = list(distinct)[: asked.texts]
    assert len(texts) == asked.texts, f"there are {len(texts)} texts only"
    encoder = load_encoder(CLASSIFYING)
    encode(encoder, texts[:200])
    within, encode_them = [], encoder.encode

    def timed(items, progress=None):
        start = time.perf_counter()
        x = encode_them(items, progress)
        within.append(time.perf_counter() - start)
        return x

    encoder.encode = timed
    with tempfile.TemporaryDirectory() as folder:
        os.environ["FEWTEXT_CACHE"] = folder
        first, x = run(encoder, texts)
        own, within = sum(within), []
        runs = [run(encoder, texts) for _ in range(ROUNDS)]
        size = cache_facts().bytes
    assert not within and all(torch.equal(x, again) for _, again in runs)
    second = sorted(seconds for seconds, _ in runs)[ROUNDS // 2]
    line = {
        "texts": len(texts), "first": round(first, 2), "encoder_seconds": round(own, 2),
        "overhead": round(first / own - 1, 4), "second": round(second, 3), "times_faster": round(own / second, 1),
        "bytes_per_text": round(size / len(texts)),
        "dtype": str(getattr(encoder, "dtype", "")),
        "threads": torch.get_num_threads(), "cpu": cpu_name(), **circumstances(encoder),
    }  # fmt: skip
    with RESULTS.open("a", encoding="utf-8") as stream:
        stream.write(json.dumps(line) + "\n")
    print(json.dumps(line))


def run(encoder, texts):
    """Encode texts as the command does; return the seconds, those of opening and closing included, and the features."""
    start = time.perf_counter()
    with cached_features():
        parts = [encode(encoder, texts[at : at + CHUNK]) for at in range(0, len(texts), CHUNK)]
    return time.perf_counter() - start, torch.cat(parts)


if __name__ == "__main__":
    main()
