"""The encoder on a GPU: its share of the chip's rate, and sentence-transformers' ``encode`` on the same texts.

    python benchmarks/gpu_encoder.py TEXTS.jsonl --model MODEL [--count 20000] [--rounds 3]

``share``: texts of 256 tokens by a model with BERT-base's sizes and random weights, in bfloat16, from texts to features
on the host; beside the rate of one product of 8,192 x 8,192 matrices, and that of the model's own largest product.
``texts``: the texts of the file, and texts of 256 tokens made of them, by MODEL, in turn by every side: features
in one order, medians of the rounds. ``one``: one text at a time. Prints one JSON line each.
"""

import argparse
import json
import statistics
import tempfile
import time
from importlib.metadata import version
from pathlib import Path

import torch
from sentence_transformers import SentenceTransformer
from torch.nn.functional import cosine_similarity
from transformers import BertConfig, BertModel

from fewtext.encoders.arithmetic import Sizes, matrix_rate
from fewtext.encoders.bert import BertEncoder
from fewtext.encoders.encode import encode
from fewtext.encoders.load import load_encoder

LENGTH, SQUARE = 256, 8192


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("texts", type=Path)
    parser.add_argument("--model", required=True)
    parser.add_argument("--count", type=int, default=20000)
    parser.add_argument("--rounds", type=int, default=3)
    asked = parser.parse_args()
    lines = asked.texts.read_text(encoding="utf-8").split("\n")[: asked.count]
    texts = [json.loads(line)["text"] for line in lines if line]
    keep(share(texts, asked.model, asked.rounds))
    for some in (texts, long_texts(texts, 4096)):
        for result in beside(some, asked.model, asked.rounds):
            keep(result)
    keep(one(texts[:200], asked.model))


def keep(result):
    names = "fewtext", "torch", "transformers", "sentence-transformers"
    machine = {"device": torch.cuda.get_device_name(), "versions": {name: version(name) for name in names}}
    print(json.dumps({**result, **machine}), flush=True)


def share(texts, model, rounds):
    """Return how much of the chip's rate a model with BERT-base's sizes reaches."""
    with tempfile.TemporaryDirectory() as folder:
        torch.manual_seed(0)
        BertModel(BertConfig(), add_pooling_layer=False).save_pretrained(folder)
        for name in ("tokenizer.json", "tokenizer_config.json", "vocab.txt", "special_tokens_map.json"):
            (Path(folder) / name).write_bytes((Path(model) / name).read_bytes())
        encoder = load_encoder(f"bert:{folder}", dtype="bfloat16", max_length=LENGTH)
        assert isinstance(encoder, BertEncoder)
    some = long_texts(texts, 32768)
    encode(encoder, some[:1024])
    seconds = [timed(lambda: encode(encoder, some))[0] for _ in range(rounds)]
    lengths, sizes = encoder.lengths(some), Sizes.of(encoder.config)
    reached = sizes.operations(lengths) / statistics.median(seconds)
    square = matrix_rate(Sizes(1, SQUARE, SQUARE), SQUARE, encoder.dtype, encoder.device)
    own = matrix_rate(sizes, encoder.token_budget, encoder.dtype, encoder.device)
    return {
        "what": "share", "texts": len(some), "tokens": sum(lengths), "seconds": rounded(seconds),
        "tflops": round(reached / 1e12), "tflops_square": round(square / 1e12), "tflops_own_product": round(own / 1e12),
        "share_of_square": round(reached / square, 3), "share_of_own_product": round(reached / own, 3),
        "tokens_per_second": round(sum(lengths) / statistics.median(seconds)),
    }  # fmt: skip


def long_texts(texts, count):
    """Return texts of more than LENGTH tokens, each different: words of the texts, from another place on each."""
    words = " ".join(texts).split()
    return [" ".join(words[(start := 7 * i % (len(words) - LENGTH)) : start + LENGTH]) for i in range(count)]


def beside(texts, model, rounds):
    """Yield the texts a second of every side."""
    theirs, half = (
        SentenceTransformer(model, model_kwargs={"dtype": dtype}) for dtype in (torch.float32, torch.bfloat16)
    )
    ours = {dtype: load_encoder(f"bert:{model}", dtype=dtype) for dtype in ("bfloat16", "float32")}
    sides = {
        "sentence-transformers encode()": lambda some: theirs.encode(some, convert_to_tensor=True).cpu(),
        "sentence-transformers bfloat16, batches of 512": lambda some: half.encode(
            some, batch_size=512, convert_to_tensor=True
        ).cpu(),
        "fewtext bfloat16": lambda some: encode(ours["bfloat16"], some),
        "fewtext float32": lambda some: encode(ours["float32"], some),
    }
    for run in sides.values():
        run(texts[:1024])
    measured = {name: [] for name in sides}
    vectors = {}
    for _ in range(rounds):
        for name, run in sides.items():
            seconds, vectors[name] = timed(lambda run=run: run(texts))
            measured[name].append(seconds)
    reference, *_ = sides
    for name, seconds in measured.items():
        least = cosine_similarity(vectors[name].float(), vectors[reference]).min()
        yield {
            "what": "texts", "side": name, "texts": len(texts), "words_a_text": round(words_of(texts), 1),
            "texts_per_second": round(len(texts) / statistics.median(seconds)),
            "times": round(statistics.median(measured[reference]) / statistics.median(seconds), 1),
            "least_cosine": round(float(least), 5), "seconds": rounded(seconds),
        }  # fmt: skip


def one(texts, model):
    """Return the milliseconds for one text, from text to features on the host."""
    encoder = load_encoder(f"bert:{model}", dtype="bfloat16")
    encoder.encode(texts[:20])
    seconds = [timed(lambda text=text: encoder.encode([text]))[0] for text in texts]
    return {"what": "one", "milliseconds": round(1000 * statistics.median(seconds), 2), "texts": len(texts)}


def words_of(texts):
    return sum(len(text.split()) for text in texts) / len(texts)


def rounded(seconds):
    return [round(value, 3) for value in seconds]


def timed(run):
    start = time.perf_counter()
    found = run()
    return time.perf_counter() - start, found


if __name__ == "__main__":
    main()
