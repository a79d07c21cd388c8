"""Every learner trained on class folds and evaluated on unseen classes, beside untrained prototypes.

    FEWTEXT_DATA=DATA python benchmarks/meta_learners.py run --corpora banking77 --learners protonet maml
    python benchmarks/meta_learners.py table

Each learner is trained once per fold by its own recipe (1 to 5 shots, stopped on the validation classes), then answers
600 tasks of 5 classes from the test classes at 1 and at 5 shots, 15 queries a class: the same tasks for all. ``run``
appends a JSON line per learner, fold and shots to benchmarks/results/meta_learners.jsonl and skips what is there.
"""

import argparse
import json
import math
import os
import platform
import statistics
import time
from collections import defaultdict
from dataclasses import asdict
from importlib.metadata import version
from pathlib import Path

import torch

from fewtext.contracts.recipe import Range
from fewtext.datasets.features import encode_items
from fewtext.datasets.folds import class_fold, fold_names
from fewtext.datasets.open import open_corpus
from fewtext.encoders.load import load_encoder
from fewtext.evaluation.task_accuracy import evaluate
from fewtext.registry import discovery
from fewtext.registry.options import build_learner
from fewtext.training.episodes import EpisodeSampler
from fewtext.training.loop import meta_train

RESULTS = Path(__file__).parent / "results" / "meta_learners.jsonl"
CORPORA = ("banking77", "clinc150", "hwu64")
BASELINE = "prototypes, untrained"
SHOTS = (1, 5)
EPISODES, WAYS, QUERIES, SEED = 600, 5, 15, 0


def done():
    lines = RESULTS.read_text(encoding="utf-8").splitlines() if RESULTS.exists() else []
    return [json.loads(line) for line in lines]


def trained(name, fold, features, shape):
    """Return the learner of this name, trained by its recipe, and what training was like."""
    if name == BASELINE:
        return build_learner(discovery.learner("protonet"), {}, shape), {}
    cls = discovery.learner(name)
    recipe = cls.recipe_for("text")
    learner = build_learner(cls, {}, shape, recipe.backbone, SEED)
    start = time.perf_counter()
    end = meta_train(learner, features.of(fold.train), features.of(fold.valid), recipe, seed=SEED)
    facts = {"train_seconds": round(time.perf_counter() - start, 1), "best_step": end.best_step, "steps": end.step}
    return learner, {**facts, "valid_accuracy": end.best_accuracy, "recipe": asdict(recipe)}


def run(corpora, folds, learners):
    torch.set_num_threads(int(os.environ.get("OMP_NUM_THREADS", "1")))
    encoder = load_encoder()
    finished = {(line["corpus"], line["fold"], line["learner"], line["shots"]) for line in done()}
    for corpus in map(open_corpus, corpora):
        items = corpus.load_all()
        features = encode_items(encoder, items)
        for fold in (class_fold(corpus, name, items.labels) for name in folds or fold_names(corpus)):
            test = features.of(fold.test)
            lists = {
                shots: EpisodeSampler(test, Range(WAYS, WAYS), Range(shots, shots), QUERIES).draw(
                    EPISODES, torch.Generator().manual_seed(SEED)
                )
                for shots in SHOTS
            }
            baseline, _ = trained(BASELINE, fold, features, encoder.shape)
            before = {shots: evaluate(baseline, test, lists[shots]).answers.by_task for shots in SHOTS}
            for name in learners:
                if all((corpus.name, fold.name, name, shots) in finished for shots in SHOTS):
                    continue
                learner, facts = trained(name, fold, features, encoder.shape)
                for shots in SHOTS:
                    measured = evaluate(learner, test, lists[shots])
                    gain = measured.answers.by_task - before[shots]
                    line = {
                        "track": "episodic, inductive, no label names",
                        "corpus": corpus.name,
                        "fold": fold.name,
                        "learner": name,
                        "shots": shots,
                        "accuracy": measured.accuracy,
                        "sd": measured.answers.by_task.std().item(),
                        "gain": gain.mean().item(),
                        "gain_sd": gain.std().item(),
                        "by_step": measured.by_step,
                        "seconds_to_adapt": measured.seconds_to_adapt,
                        "seconds_to_predict": measured.seconds_to_predict,
                        **facts,
                        "episodes": EPISODES,
                        "ways": WAYS,
                        "queries": QUERIES,
                        "seed": SEED,
                        "episode_list": lists[shots].fingerprint,
                        "encoder": encoder.fingerprint,
                        "dtype": str(getattr(encoder, "dtype", "")),
                        "device": platform.processor() or platform.machine(),
                        "threads": torch.get_num_threads(),
                        "versions": {name: version(name) for name in ("fewtext", "torch", "transformers")},
                    }
                    with RESULTS.open("a", encoding="utf-8") as file:
                        file.write(json.dumps(line) + "\n")
                    print(
                        f"{corpus.name} {fold.name} {name} {shots}: {measured.accuracy:.4f} ({line['gain']:+.4f})",
                        flush=True,
                    )


def pooled(lines, value):
    """Return the mean over all episodes of all folds and half its 95 % interval, from each fold's mean and sd."""
    means, spreads = (
        [line[value] for line in lines],
        [line["sd" if value == "accuracy" else f"{value}_sd"] for line in lines],
    )
    total = sum(line["episodes"] for line in lines)
    variance = statistics.fmean(s * s for s in spreads) + (statistics.pvariance(means) if len(means) > 1 else 0)
    return statistics.fmean(means), 1.96 * math.sqrt(variance / total)


def table():
    cells = defaultdict(list)
    for line in done():
        cells[line["learner"], line["corpus"], line["shots"]].append(line)
    columns = [(corpus, shots) for corpus in CORPORA for shots in SHOTS]
    names = sorted({name for name, _, _ in cells}, key=lambda n: (n != BASELINE, n))
    print("| learner | " + " | ".join(f"{corpus} {shots}-shot" for corpus, shots in columns) + " |")
    print("|---" * (len(columns) + 1) + "|")
    for name in names:
        row = []
        for corpus, shots in columns:
            lines = cells[name, corpus, shots]
            if not lines:
                row.append("–")
                continue
            mean, half = pooled(lines, "accuracy")
            gain, gain_half = pooled(lines, "gain")
            shown = f"{100 * mean:.1f} ± {100 * half:.1f}"
            beside = "" if name == BASELINE else f" ({100 * gain:+.1f} ± {100 * gain_half:.1f})"
            row.append(shown + beside + ("" if len(lines) == 5 else f" [{len(lines)} folds]"))
        print(f"| {'' if name == BASELINE else '`'}{name}{'' if name == BASELINE else '`'} | " + " | ".join(row) + " |")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    commands = parser.add_subparsers(dest="command", required=True)
    runner = commands.add_parser("run")
    runner.add_argument("--corpora", nargs="+", default=CORPORA)
    runner.add_argument("--folds", nargs="+")
    runner.add_argument("--learners", nargs="+", default=[BASELINE, *(o.name for o in discovery.offers("learners"))])
    commands.add_parser("table")
    asked = parser.parse_args()
    if asked.command == "table":
        table()
    else:
        run(asked.corpora, asked.folds, asked.learners)


if __name__ == "__main__":
    main()
