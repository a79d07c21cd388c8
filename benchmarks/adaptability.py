"""Adaptability: accuracy after every inner step and second, and from a learned start beside the start of its training.

    FEWTEXT_DATA=DATA python benchmarks/adaptability.py train
    FEWTEXT_DATA=DATA python benchmarks/adaptability.py evaluate
    FEWTEXT_DATA=DATA python benchmarks/adaptability.py omniglot [FOLDER ...]

``train`` trains every learner by its own recipe on the first class fold of three corpora of intents, as
benchmarks/meta_learners.py does, and leaves the weights in benchmarks/runs/adaptability. ``evaluate`` answers 600 tasks
of 5 unseen classes at one example and 15 queries a class, the same tasks for all: with the learned weights, and with
those that training began with. ``omniglot`` does the same with learners in folders whose training began at random, by
default the first training of ``omniglot.py train protonet``, on 100 tasks of 5 and of 20 characters. A line for each
learner replaces the older one in benchmarks/results/adaptability.jsonl. Seconds are of one thread of the processor that
it names, and count its own work alone, whatever else the machine did.
"""

import argparse
import json
import os
import time
from importlib.metadata import version
from pathlib import Path

import torch
from omniglot import hardware

from fewtext.contracts.recipe import Range
from fewtext.datasets.features import encode_items
from fewtext.datasets.folds import class_fold
from fewtext.datasets.open import open_corpus
from fewtext.encoders.load import load_encoder
from fewtext.evaluation.adaptability import LATE, SOON, TIMED, accuracy_by_step, area_by_seconds, area_by_step, timed
from fewtext.evaluation.task_accuracy import TASKS, evaluate
from fewtext.learners.spec import find_learner
from fewtext.registry import discovery
from fewtext.registry.options import build_learner
from fewtext.training.episodes import EpisodeSampler
from fewtext.training.loop import meta_train

RESULTS = Path(__file__).parent / "results" / "adaptability.jsonl"
FOLDER = Path(__file__).parent / "runs" / "adaptability"
FIRST = Path(__file__).parent / "runs" / "protonet-first"
CORPORA, FOLD = ("banking77", "clinc150", "hwu64"), "protaugment_01"
WAYS, SHOTS, QUERIES, SEED = 5, 1, 15, 0
EPISODES = {"text": 600, "image": 100}


def built(name, shape):
    """Return a learner with the weights that training begins with, and its recipe."""
    kind = discovery.learner(name)
    recipe = kind.recipe_for("text")
    return build_learner(kind, dict(recipe.options), shape, recipe.backbone, SEED), recipe


def texts(corpus):
    """Return the features of a corpus, its first class fold and its encoder."""
    opened, encoder = open_corpus(corpus), load_encoder()
    items = opened.load_all()
    return encode_items(encoder, items), class_fold(opened, FOLD, items.labels), encoder


def train(corpora, learners):
    FOLDER.mkdir(parents=True, exist_ok=True)
    for corpus in corpora:
        features, fold, encoder = texts(corpus)
        for name in learners:
            path = FOLDER / f"{corpus}-{name}.pt"
            if path.exists():
                continue
            learner, recipe = built(name, encoder.shape)
            start = time.perf_counter()
            end = meta_train(learner, features.of(fold.train), features.of(fold.valid), recipe, seed=SEED)
            facts = {"best_step": end.best_step, "steps": end.step, "train_seconds": time.perf_counter() - start}
            torch.save({"weights": learner.state_dict(), "temperature": learner.temperature, **facts}, path)
            print(f"{corpus} {name}: step {end.best_step} of {end.step}, {facts['train_seconds']:.0f} s", flush=True)


def evaluate_texts(corpora, learners):
    for corpus in corpora:
        features, fold, encoder = texts(corpus)
        for name in learners:
            path = FOLDER / f"{corpus}-{name}.pt"
            if not path.exists():
                print(f"{corpus} {name}: not trained yet")
                continue
            start, _ = built(name, encoder.shape)
            learner, _ = built(name, encoder.shape)
            run = torch.load(path, weights_only=True)
            learner.load_state_dict(run["weights"])
            learner.temperature = run["temperature"]
            facts = {"best_step": run["best_step"], "steps": run["steps"], "encoder": encoder.fingerprint}
            measure(name, f"{corpus}/{FOLD}", learner, start, features.of(fold.test), WAYS, facts)


def evaluate_images(folders):
    corpus = open_corpus("omniglot")
    items = corpus.load_all()
    for folder in folders:
        spec = find_learner(str(folder))
        encoder = load_encoder(spec.run.encoder)
        test = encode_items(encoder, items).of(class_fold(corpus, spec.run.fold, items.labels).test)
        for ways in (5, 20):
            facts = {"folder": Path(folder).name, "encoder": encoder.fingerprint}
            learned, start = spec.build(encoder.shape), spec.untrained(encoder.shape)
            measure(spec.learner.name, f"omniglot/{spec.run.fold}", learned, start, test, ways, facts)


def measure(name, where, learner, start, test, ways, facts):
    """Answer the tasks with the learned weights and with those before training, and keep a line."""
    episodes = EPISODES["image" if test.are_images else "text"]
    sampler = EpisodeSampler(test, Range(ways, ways), Range(SHOTS, SHOTS), QUERIES)
    drawn = sampler.draw(episodes, torch.Generator().manual_seed(SEED))
    learned = evaluate(learner, test, drawn, curved=episodes)
    with torch.no_grad():
        seconds, _ = timed(learner, next(drawn.batches(test, TIMED)), lambda device: time.process_time())
    before = accuracy_by_step(start, test, drawn, TASKS, episodes)
    by_step = learned.by_step or [learned.accuracy]
    line = {
        "learner": name, "corpus": where, "ways": ways, "shots": SHOTS, "queries": QUERIES, "episodes": episodes,
        "accuracy": learned.accuracy, "interval": learned.interval,
        "by_step": by_step, "area_by_step": area_by_step(by_step),
        "untrained_by_step": before, "untrained_area_by_step": area_by_step(before),
        "seconds_by_step": seconds, "area_by_seconds": area_by_seconds(by_step, seconds, 1 / ways),
        "from_seconds": SOON, "to_seconds": LATE,
        **facts, "seed": SEED, "episode_list": drawn.fingerprint, "hardware": hardware(),
        "threads": torch.get_num_threads(), "when": time.strftime("%Y-%m-%d"),
        "versions": {library: version(library) for library in ("fewtext", "torch")},
    }  # fmt: skip
    keep(line)
    print(f"{where} {ways}-way {name}: {100 * before[-1]:.1f} -> {100 * by_step[-1]:.1f}, area by seconds "
          f"{100 * line['area_by_seconds']:.1f}", flush=True)  # fmt: skip


def keep(line):
    """Put a line in the place of the older one of the same learner and tasks."""
    old = RESULTS.read_text(encoding="utf-8").splitlines() if RESULTS.exists() else []
    lines = {key(known): known for known in map(json.loads, old)}
    lines[key(line)] = line
    RESULTS.write_text("".join(json.dumps(known) + "\n" for known in lines.values()), encoding="utf-8")


def key(line):
    return line["corpus"], line["ways"], line["learner"], line.get("folder")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    commands = parser.add_subparsers(dest="what", required=True)
    for name in ("train", "evaluate"):
        command = commands.add_parser(name)
        command.add_argument("--corpora", nargs="+", default=CORPORA)
        command.add_argument("--learners", nargs="+", default=[offer.name for offer in discovery.offers("learners")])
    commands.add_parser("omniglot").add_argument("folders", nargs="*", type=Path)
    given = parser.parse_args()
    torch.set_num_threads(int(os.environ.get("OMP_NUM_THREADS", "1")))
    if given.what == "omniglot":
        evaluate_images(given.folders or [FIRST])
    else:
        {"train": train, "evaluate": evaluate_texts}[given.what](given.corpora, given.learners)


if __name__ == "__main__":
    main()
