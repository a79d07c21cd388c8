"""ProtoNet with the encoder trained end to end on class folds, beside the same encoder frozen.

    FEWTEXT_DATA=DATA python benchmarks/end_to_end.py run --corpora banking77 --starts untouched
    python benchmarks/end_to_end.py table

The encoder's whole layers learn from tasks of a fold's training classes, from the untouched model or from what ships
(which saw none of these corpora), stopped on the validation classes. Then it answers the 600 tasks of 5 unseen classes
that benchmarks/meta_learners.py draws. ``run`` appends a JSON line per corpus, fold, start and shots to
benchmarks/results/end_to_end.jsonl and skips what is there.
"""

import argparse
import json
import os
import platform
import time
from collections import defaultdict
from dataclasses import asdict, replace
from importlib.metadata import version
from pathlib import Path

import torch
from meta_learners import CORPORA, EPISODES, QUERIES, SEED, SHOTS, WAYS, pooled

from fewtext.contracts.corpus import Items
from fewtext.contracts.recipe import Range
from fewtext.datasets.features import encode_items
from fewtext.datasets.folds import class_fold, fold_names
from fewtext.datasets.open import open_corpus
from fewtext.encoders.load import load_encoder
from fewtext.evaluation.task_accuracy import evaluate
from fewtext.registry import discovery
from fewtext.registry.options import build_learner
from fewtext.training.corpus_list import Member
from fewtext.training.end_to_end import EncoderRecipe, train_encoder
from fewtext.training.episodes import EpisodeSampler

RESULTS = Path(__file__).parent / "results" / "end_to_end.jsonl"
STARTS = {"untouched": "bert", "meta-trained": "layers"}
EVERY, STEPS, PATIENCE = 40, 120, 2  # steps between validations, at most, and validations without a better one
VALID_TASKS, VALID_TEXTS = 200, 40  # tasks, and texts of a class
RECIPE = EncoderRecipe(
    ways=Range(5, 10), shots=Range(1, 5), most_texts=80, tasks=1, names=0.0, steps=STEPS, warmup=20, rate=5e-5,
    rank=None, keep=0.0, checkpoint_every=STEPS,
)  # fmt: skip


def done():
    lines = RESULTS.read_text(encoding="utf-8").splitlines() if RESULTS.exists() else []
    return [json.loads(line) for line in lines]


def of_classes(items, labels, most=None):
    """Return the items of these labels, of each at most so many."""
    counts, texts, own = defaultdict(int), [], []
    for text, label in zip(items.items, items.labels, strict=True):
        if label in labels and (most is None or counts[label] < most):
            counts[label] += 1
            texts.append(text)
            own.append(label)
    return Items(texts, own)


def episodes(features, shots, tasks):
    sampler = EpisodeSampler(features, Range(WAYS, WAYS), Range(shots, shots), QUERIES)
    return sampler.draw(tasks, torch.Generator().manual_seed(SEED))


def trained(encoder, start, train, valid):
    """Return the encoder with the weights of the best validation, and what training was like."""
    learner = build_learner(discovery.learner("protonet"), {"distance": "cosine", "scale": 20.0}, encoder.shape)
    recipe = RECIPE
    if start == "untouched":
        recipe = replace(recipe, parts=((encoder_layers(encoder), "mean", 1.0),), alone=0.0)
    member, at = Member("fold", "fold", 1.0, "", train), None
    begin, best, best_step, found = time.perf_counter(), accuracy(encoder, learner, valid), 0, encoder
    accuracies = [best]
    for stop in range(EVERY, STEPS + 1, EVERY):
        if at is not None:
            at.finished = False
        at, _ = train_encoder(encoder, learner, [member], replace(recipe, stop=stop), seed=SEED, resume=at)
        prefix = "encoder."
        weights = {k.removeprefix(prefix): v for k, v in at.weights.items() if k.startswith(prefix)}
        now = encoder.with_weights(weights)
        accuracies.append(accuracy(now, learner, valid))
        if accuracies[-1] > best:
            best, best_step, found = accuracies[-1], stop, now
        elif stop - best_step >= PATIENCE * EVERY:
            break
    seconds = round(time.perf_counter() - begin, 1)
    facts = {"train_seconds": seconds, "best_step": best_step, "valid": accuracies, "recipe": asdict(recipe)}
    return found, learner, facts


def encoder_layers(encoder):
    return int(encoder.trainable().model.config.num_hidden_layers)


def accuracy(encoder, learner, valid):
    features = encode_items(encoder, valid)
    return sum(evaluate(learner, features, episodes(features, shots, VALID_TASKS)).accuracy for shots in SHOTS) / 2


def run(corpora, folds, starts):
    torch.set_num_threads(int(os.environ.get("OMP_NUM_THREADS", "1")))
    finished = {(line["corpus"], line["fold"], line["start"]) for line in done()}
    for corpus in map(open_corpus, corpora):
        items = corpus.load_all()
        for name in folds or fold_names(corpus):
            fold = class_fold(corpus, name, items.labels)
            for start in starts:
                if (corpus.name, name, start) in finished:
                    continue
                encoder = load_encoder(STARTS[start])
                train, valid = of_classes(items, set(fold.train)), of_classes(items, set(fold.valid), VALID_TEXTS)
                end, learner, facts = trained(encoder, start, train, valid)
                unseen = of_classes(items, set(fold.test))
                before, after = (encode_items(model, unseen).of(fold.test) for model in (encoder, end))
                for shots in SHOTS:
                    tasks = episodes(before, shots, EPISODES)
                    frozen, measured = evaluate(learner, before, tasks), evaluate(learner, after, tasks)
                    write(corpus, name, start, shots, frozen, measured, tasks, end, facts)


def write(corpus, fold, start, shots, frozen, measured, tasks, encoder, facts):
    gain = measured.answers.by_task - frozen.answers.by_task
    line = {
        "track": "episodic, inductive, no label names",
        "corpus": corpus.name, "fold": fold, "start": start, "shots": shots,
        "accuracy": measured.accuracy, "sd": measured.answers.by_task.std().item(),
        "frozen": frozen.accuracy, "frozen_sd": frozen.answers.by_task.std().item(),
        "gain": gain.mean().item(), "gain_sd": gain.std().item(),
        **facts, "episodes": EPISODES, "ways": WAYS, "queries": QUERIES, "seed": SEED,
        "episode_list": tasks.fingerprint, "encoder": encoder.fingerprint, "dtype": str(encoder.dtype),
        "device": platform.processor() or platform.machine(), "threads": torch.get_num_threads(),
        "versions": {name: version(name) for name in ("fewtext", "torch", "transformers")},
    }  # fmt: skip
    with RESULTS.open("a", encoding="utf-8") as file:
        file.write(json.dumps(line) + "\n")
    print(f"{corpus.name} {fold} {start} {shots}: {frozen.accuracy:.4f} -> {measured.accuracy:.4f}", flush=True)


def table():
    cells = defaultdict(list)
    for line in done():
        cells[line["start"], line["corpus"], line["shots"]].append(line)
    columns = [(corpus, shots) for corpus in CORPORA for shots in SHOTS]
    print("| encoder | " + " | ".join(f"{corpus} {shots}-shot" for corpus, shots in columns) + " |")
    print("|---" * (len(columns) + 1) + "|")
    for start in STARTS:
        for value, name in (("frozen", "frozen"), ("accuracy", "trained end to end")):
            row = []
            for corpus, shots in columns:
                lines = cells[start, corpus, shots]
                if not lines:
                    row.append("–")
                    continue
                mean, half = pooled(lines, value)
                shown = f"{100 * mean:.1f} ± {100 * half:.1f}"
                row.append(shown + ("" if len(lines) == len(fold_names(open_corpus(corpus))) else f" [{len(lines)}]"))
            print(f"| {start}, {name} | " + " | ".join(row) + " |")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    commands = parser.add_subparsers(dest="command", required=True)
    runner = commands.add_parser("run")
    runner.add_argument("--corpora", nargs="+", default=CORPORA)
    runner.add_argument("--folds", nargs="+")
    runner.add_argument("--starts", nargs="+", default=list(STARTS))
    commands.add_parser("table")
    asked = parser.parse_args()
    if asked.command == "table":
        table()
    else:
        run(asked.corpora, asked.folds, asked.starts)


if __name__ == "__main__":
    main()
