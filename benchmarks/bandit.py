"""Learning by trial and error: ``rl2``, told right or wrong, beside ``mann``, told the labels, a bandit and chance.

    FEWTEXT_DATA=DATA python benchmarks/bandit.py run rl2 mann --jobs 2
    FEWTEXT_DATA=DATA python benchmarks/bandit.py stored omniglot banking77
    python benchmarks/bandit.py table

``run`` calls ``fewtext train`` with the options in RUNS and ``fewtext evaluate --sequence`` on the test classes: 1,000
sequences of 5 classes with 10 examples each, in random order. ``stored`` trains ``rl2`` on stored features alone, of
the default encoder or of the network in examples/omniglot-protonet, which a processor does in minutes. Lines are
appended to benchmarks/results/bandit.jsonl.
"""

import argparse
import hashlib
import json
import os
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, replace
from importlib.metadata import version
from pathlib import Path

import torch
from omniglot import HALF, hardware

from fewtext.contracts.recipe import Range
from fewtext.datasets.features import Features, encode_items
from fewtext.datasets.folds import class_fold
from fewtext.datasets.open import open_corpus
from fewtext.encoders.load import load_encoder
from fewtext.evaluation.task_accuracy import evaluate_sequences
from fewtext.evaluation.trial_and_error import beside
from fewtext.learners.spec import find_learner
from fewtext.registry import discovery
from fewtext.registry.options import build_learner
from fewtext.training.episodes import EpisodeSampler
from fewtext.training.loop import Listener, meta_train

ROOT = Path(__file__).parents[1]
RESULTS = Path(__file__).parent / "results" / "bandit.jsonl"
KEPT = ROOT / "examples" / "omniglot-protonet"
FOLDS = {"omniglot": "vinyals", "banking77": "protaugment_01"}
# The corpus, the learner, and the options that differ from its recipe.
RUNS = {
    "rl2": ("omniglot", "rl2", HALF),
    "mann": ("omniglot", "mann", HALF),
}
WAYS, SHOTS, QUERIES, EPISODES = 5, 10, 1, 1000


def keep(record, results):
    """Append a line, with the machine that made it."""
    machine = {"hardware": hardware(), "threads": torch.get_num_threads(), "when": time.strftime("%Y-%m-%d")}
    with results.open("a", encoding="utf-8") as stream:
        stream.write(json.dumps({**record, **machine}) + "\n")


def run(name, seed, folder, results):
    """Train a learner and evaluate it, both by the command."""
    corpus, learner, options = RUNS[name]
    place, where = folder / f"{name}-{seed}", ["--corpus", corpus, "--fold", FOLDS[corpus]]
    start = time.perf_counter()
    command("train", *where, "--learner", learner, *options, "--seed", seed, "--output", place, "--tracker", "none",
            "--resume")  # fmt: skip
    hours = (time.perf_counter() - start) / 3600
    task = f"--ways {WAYS} --shots {SHOTS} --episodes {EPISODES} --seed 0 --sequence".split()
    done = command("evaluate", *where, "--learner", place, *task, "--format", "json", stdout=subprocess.PIPE)
    report, settings = json.loads(done.stdout), json.loads((place / "learner.json").read_text(encoding="utf-8"))
    kept = {"recipe": settings["recipe"], "train_hours": hours, "train_seed": seed}
    keep({"name": name, **report, **kept}, results)
    say(name, seed, rewards(report), report["regret"], report["beside"])


def command(*arguments, **options):
    """Run the command."""
    return subprocess.run([sys.executable, "-m", "fewtext", *map(str, arguments)], check=True, **options)


def stored(corpus, seed, results):
    """Train ``rl2`` on features that no training changes, and evaluate it on the test classes."""
    opened = open_corpus(corpus)
    items = opened.load_all()
    encoder = load_encoder(opened.encoder)
    fold = class_fold(opened, FOLDS[corpus], sorted(set(items.labels)))
    features = encode_items(encoder, items)
    network = find_learner(str(KEPT)).build(encoder.shape).backbone if features.are_images else None
    weights = hashlib.sha256((KEPT / "learner.safetensors").read_bytes()).hexdigest()[:16]
    parts = {part: embedded(network, features.of(getattr(fold, part))) for part in ("train", "valid", "test")}
    learner_class = discovery.learner("rl2")
    recipe = replace(learner_class.recipe_for("text"), backbone="identity")
    learner = build_learner(learner_class, {}, parts["train"].x.shape[1:], recipe.backbone, seed)
    test = parts["test"]
    sampler = EpisodeSampler(test, Range(WAYS, WAYS), Range(SHOTS, SHOTS), QUERIES)
    drawn = sampler.draw(EPISODES, torch.Generator().manual_seed(0))
    before = evaluate_sequences(learner, test, drawn)
    assert before.regret is not None
    start = time.perf_counter()
    log = Listener(log=lambda step, metrics: "valid_accuracy" in metrics and print(step, metrics, flush=True))
    end = meta_train(learner, parts["train"], parts["valid"], recipe, seed=seed, listener=log)
    hours = (time.perf_counter() - start) / 3600
    after, others = evaluate_sequences(learner, test, drawn), beside(learner, test, drawn)
    others = {name: asdict(earned) for name, earned in others.items()}
    keep(
        {
            "name": f"stored-{corpus}", "corpus": f"{corpus}/{fold.name}", "learner": "rl2", "train_seed": seed,
            "features": f"examples/{KEPT.name}, {weights}" if network else encoder.fingerprint,
            "steps": end.step, "best_step": end.best_step, "accuracy": after.accuracy, "interval": after.interval,
            "reward_by_presentation": after.by_presentation, "regret": after.regret, "beside": others,
            "untrained": {"reward_by_presentation": before.by_presentation, "regret": before.regret[-1]},
            "episode_list": drawn.fingerprint, "recipe": asdict(recipe), "train_hours": hours,
            "versions": {library: version(library) for library in ("fewtext", "torch")},
        },
        results,
    )  # fmt: skip
    say(f"stored-{corpus}", seed, after.by_presentation, after.regret, others)


def embedded(network, features):
    """Return the network's embeddings in the place of images."""
    if network is None:
        return features
    with torch.no_grad():
        x = torch.cat([network(part) for part in features.x.split(1000)])
    return Features(x, features.y, features.labels)


def rewards(line):
    """Return the share that is right at the 1st, 2nd, … example of a class, whatever the learner was told."""
    return line["reward_by_presentation"] or line["by_presentation"]


def say(name, seed, shares, regret, others):
    """Print what was measured."""
    print(name, seed, *(f"{100 * share:.1f}" for share in shares), f"regret {regret[-1]:.2f}", end="")
    print(*(f"; {other} {earned['regret'][-1]:.2f}" for other, earned in (others or {}).items()), flush=True)


def table(results):
    """Print the latest line of each run, and what others earned on the same sequences."""
    lines = [json.loads(line) for line in results.read_text(encoding="utf-8").splitlines()]
    latest = {(line["name"], line["train_seed"]): line for line in lines}
    print("| run | " + " | ".join(map(str, range(1, SHOTS + 1))) + " | wrong of 50 |\n" + "|---" * (SHOTS + 2) + "|")
    for (name, seed), line in latest.items():
        rows = [(f"{name}, seed {seed}", rewards(line), line["regret"])]
        rows += [(f"{other}, {name}", rewards(e), e["regret"]) for other, e in (line["beside"] or {}).items()]
        for row, shares, regret in rows:
            print(f"| {row} | {' | '.join(f'{100 * share:.1f}' for share in shares)} | {regret[-1]:.2f} |")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("what", choices=["run", "stored", "table"])
    parser.add_argument("names", nargs="*", help=f"Of {', '.join(RUNS)}; with stored of {', '.join(FOLDS)}.")
    parser.add_argument("--seeds", type=int, nargs="+", default=[0])
    parser.add_argument("--jobs", type=int, default=1, help="Runs at a time.")
    parser.add_argument("--folder", type=Path, default=ROOT / "benchmarks" / "runs", help="Where learners are kept.")
    parser.add_argument("--results", type=Path, default=RESULTS)
    given = parser.parse_args()
    torch.set_num_threads(int(os.environ.get("OMP_NUM_THREADS", "0")) or torch.get_num_threads())
    if given.what == "table":
        table(given.results)
        return
    if unknown := set(given.names) - set(RUNS if given.what == "run" else FOLDS):
        parser.error(f"unknown: {', '.join(unknown)}")
    cells = [(name, seed) for seed in given.seeds for name in given.names]
    if given.what == "stored":
        for corpus, seed in cells:
            stored(corpus, seed, given.results)
        return
    given.folder.mkdir(parents=True, exist_ok=True)
    with ThreadPoolExecutor(given.jobs) as pool:
        for done in [pool.submit(run, *cell, given.folder, given.results) for cell in cells]:
            done.result()


if __name__ == "__main__":
    main()
