"""Omniglot by the papers' protocols: train a learner, evaluate it on tasks of unseen characters, print a table.

    FEWTEXT_DATA=DATA python benchmarks/omniglot.py train protonet [--seed 1]
    FEWTEXT_DATA=DATA python benchmarks/omniglot.py evaluate protonet
    FEWTEXT_DATA=DATA python benchmarks/omniglot.py control
    python benchmarks/omniglot.py table

``train`` calls ``fewtext train`` with the options in RUNS, and then with those in SECOND, on the characters of Vinyals
et al. (1,028 to train, 172 to validate, 423 to test, every quarter turn a class), and leaves the learner in
benchmarks/runs/NAME; ``evaluate`` calls ``fewtext evaluate`` on the test classes, 15 queries a class; ``control``
trains and evaluates a memory network's controller without its memory. Lines are appended to
benchmarks/results/omniglot.jsonl.
"""

import argparse
import json
import os
import platform
import subprocess
import sys
import time
from dataclasses import asdict
from pathlib import Path

import torch
from torch import nn
from torch.nn.functional import cross_entropy, one_hot

from fewtext.api import SequentialLearner
from fewtext.contracts.recipe import Range
from fewtext.datasets.features import encode_items
from fewtext.datasets.folds import class_fold
from fewtext.datasets.open import open_corpus
from fewtext.encoders.load import load_encoder
from fewtext.evaluation.task_accuracy import evaluate_sequences
from fewtext.learners.backbones import Conv4
from fewtext.registry import discovery
from fewtext.training.episodes import EpisodeSampler
from fewtext.training.loop import meta_train

RESULTS = Path(__file__).parent / "results" / "omniglot.jsonl"
FOLDER = Path(__file__).parent / "runs"
FOLDS = {"protonet-lake": "lake"}  # others: Vinyals et al.'s
HALF = ["--backbone", "conv4:precision=bfloat16"]
LONG = "conv4:precision=bfloat16,length=400"
MOVED = ["--jitter", "0.1"]
WIDE = [*MOVED, "--ways", "60", "--tasks", "1", "-o", "rate=0.003", "--validate-every", "500", "--patience", "30"]
BENT = [*MOVED, "--distort", "0.06", "--mirror", "--ways", "60", "--shots", "1", "--validation-episodes", "150",
        "--patience", "100"]  # fmt: skip
LARGE = [*BENT, "--average", "0.998", "--tasks", "8", "--rate", "0.003"]  # for a GPU
VIEWS = ["--backbone", "conv4:down=ceil,views=5"]
STEPS_TAKEN = ["-o", "steps=2", "-o", "rate=0.003", "-o", "first_order=0.0"]
# A second training from the weights of the first, on a processor; its tasks are those of another seed.
EIGHT = ["--backbone", "conv4:down=ceil,precision=bfloat16,views=5,orientations=8"]
SECOND = {"protonet": ["protonet", *EIGHT, *LARGE, "--rate", "0.0015", "--steps", "1000", "--validate-every", "500",
                       "--validation-episodes", "300"]}  # fmt: skip
SECOND_SEEDS = 10
# The options that differ from the learner's recipe for images.
RUNS = {
    "protonet": ["protonet", *VIEWS, *LARGE, "--steps", "3200", "--validate-every", "640"],
    "protonet-lake": ["protonet", *EIGHT, *LARGE, "--average", "0.99", "--steps", "700", "--validate-every", "700"],
    "maml++": ["maml++", "--backbone", "conv4:down=ceil,length=400", *BENT, *STEPS_TAKEN, "--average", "0.99",
               "--tasks", "4", "--rate", "0.002", "--steps", "2200", "--validate-every", "440"],
    "matchingnet": ["matchingnet", *HALF],
    "maml": ["maml", "--backbone", LONG, *WIDE, "--steps", "8000"],
    "maml-transductive": ["maml", "--backbone", f"{LONG},norm=batch", *WIDE, "--steps", "2000"],
    "reptile": ["reptile", "--backbone", "conv4:length=5,precision=bfloat16", *MOVED],
    "mann": ["mann", *HALF],
}  # fmt: skip
CELLS = [(5, 1), (5, 5), (20, 1), (20, 5)]
ONLY_5_1 = {"maml", "maml-transductive", "reptile"}
SEQUENCES = {"mann"}
QUERIES, SEED = 15, 0
MANY = {"protonet", "protonet-lake", "maml++"}  # evaluated on 10,000 tasks, the others on 1,000
PUBLISHED = {
    "protonet": "98.8 / 99.7 / 96.0 / 98.9",
    "maml++": "99.47 / 99.93 / 97.65 / 99.33 (transductive)",
    "matchingnet": "98.1 / 98.9 / 93.8 / 98.5",
    "maml": "98.7 (transductive)",
    "maml-transductive": "98.7",
    "reptile": "95.4",
}
PUBLISHED_SEQUENCES = {"mann": "36.4 82.8 91.0 92.6 94.9 … 98.1", "lstm": "24.4 49.5 55.3 61.0 63.6 … 62.5"}


class Lstm(SequentialLearner):
    """The control of Santoro et al.: the controller sees each example with the label before it, and has no memory."""

    name = "lstm"

    def __init__(self, backbone, *, hidden: int = 200, ways: int = 5):
        super().__init__(backbone)
        self.ways, self.hidden = ways, hidden
        self.gates = nn.Linear(backbone.features + ways + hidden, 4 * hidden)
        self.answer = nn.Linear(hidden, ways)

    def sequence(self, support):
        """Return logits for each example in order."""
        x, labels = nn.functional.normalize(self.backbone(support.x), dim=-1), one_hot(support.y, self.ways)
        output, cell = x.new_zeros(self.hidden), x.new_zeros(self.hidden)
        late, logits = torch.zeros_like(labels[0]), []
        for x_t, label in zip(x, labels, strict=True):
            write, keep, show, content = self.gates(torch.cat([x_t, late.to(x.dtype), output])).chunk(4)
            cell = (keep + 1).sigmoid() * cell + write.sigmoid() * content.tanh()
            output = show.sigmoid() * cell.tanh()
            logits.append(self.answer(output))
            late = label
        return torch.stack(logits)

    def fit(self, support):
        """Refuse: the control answers no queries."""
        raise NotImplementedError("a control follows sequences only")

    def loss(self, episode):
        """Return the cross-entropy along the sequence."""
        return cross_entropy(self.sequence(episode.support), episode.support.y)


def fewtext(*arguments, **options):
    return subprocess.run([sys.executable, "-m", "fewtext", *map(str, arguments)], check=True, **options)


def keep(record):
    machine = {"hardware": hardware(), "threads": torch.get_num_threads(), "when": time.strftime("%Y-%m-%d")}
    with RESULTS.open("a", encoding="utf-8") as stream:
        stream.write(json.dumps({**record, **machine}) + "\n")


def hardware():
    if torch.cuda.is_available():
        return torch.cuda.get_device_name()
    lines = Path("/proc/cpuinfo").read_text().splitlines() if Path("/proc/cpuinfo").exists() else []
    return next((line.split(":")[1].strip() for line in lines if line.startswith("model name")), platform.processor())


def train(name, folder, seed):
    first = folder.with_name(f"{folder.name}-first") if name in SECOND else folder
    run(name, RUNS[name], seed, first)
    if name in SECOND:
        run(name, [*SECOND[name], "--start", first], SECOND_SEEDS + seed, folder)


def where(name):
    return ["--corpus", "omniglot", "--fold", FOLDS.get(name, "vinyals")]


def run(name, learner_and_options, seed, folder):
    learner, *options = learner_and_options
    fewtext("train", *where(name), "--learner", learner, *options, "--seed", seed, "--output", folder,
            "--tracker", "none", "--resume")  # fmt: skip


def evaluate(name, folder):
    cells = [(5, 10)] if name in SEQUENCES else CELLS[:1] if name in ONLY_5_1 else CELLS
    settings = json.loads((folder / "learner.json").read_text(encoding="utf-8"))
    hours = None
    if (folder / "metrics.jsonl").is_file():  # of a run that was not interrupted: its first file and its last
        hours = ((folder / "metrics.jsonl").stat().st_mtime - (folder / "learner.json").stat().st_mtime) / 3600
    episodes = 10_000 if name in MANY else 1000
    asked = ["--sequence"] if name in SEQUENCES else ["--queries", QUERIES]
    for ways, shots in cells:
        task = f"--ways {ways} --shots {shots} --episodes {episodes} --seed {SEED}".split()
        done = fewtext("evaluate", *where(name), "--learner", folder, *task, *asked, "--format", "json",
                       stdout=subprocess.PIPE)  # fmt: skip
        report = json.loads(done.stdout)
        keep({"name": name, "ways": ways, "shots": shots, **report, "recipe": settings["recipe"], "train_hours": hours})
        print(name, ways, shots, f"{report['accuracy']:.2%} ± {report['interval']:.2%}", flush=True)


def control():
    corpus = open_corpus("omniglot")
    items = corpus.load_all()
    fold = class_fold(corpus, "vinyals", sorted(set(items.labels)))
    encoder = load_encoder(corpus.encoder)
    features = encode_items(encoder, items)
    recipe = discovery.learner("mann").recipe_for("image")
    torch.manual_seed(SEED)
    learner = Lstm(Conv4(encoder.shape, precision="bfloat16"))
    start = time.perf_counter()
    end = meta_train(learner, features.of(fold.train), None, recipe, seed=SEED)
    hours = (time.perf_counter() - start) / 3600
    test = features.of(fold.test)
    drawn = EpisodeSampler(test, Range(5, 5), Range(10, 10), 1).draw(1000, torch.Generator().manual_seed(SEED))
    measured = evaluate_sequences(learner, test, drawn)
    keep({"name": "lstm", "ways": 5, "shots": 10, "accuracy": measured.accuracy, "interval": measured.interval,
          "by_presentation": measured.by_presentation, "episode_list": drawn.fingerprint, "seed": SEED,
          "steps": end.step, "backbone": "conv4:precision=bfloat16", "track": "sequences, labels one step late",
          "recipe": asdict(recipe), "train_hours": hours})  # fmt: skip


def table():
    lines = [json.loads(line) for line in RESULTS.read_text(encoding="utf-8").splitlines()]
    latest = {(line["name"], line["ways"], line["shots"]): line for line in lines}
    print(
        "| learner | " + " | ".join(f"{w}-way {s}-shot" for w, s in CELLS) + " | the paper |\n|---|---|---|---|---|---|"
    )
    for name in RUNS:
        found = [latest.get((name, *cell)) for cell in CELLS]
        if any(found):
            shown = [f"{100 * f['accuracy']:.2f} ± {100 * f['interval']:.2f}" if f else "" for f in found]
            print(f"| {name} | {' | '.join(shown)} | {PUBLISHED.get(name, '')} |")
    print("\n| sequences of 50 | " + " | ".join(map(str, range(1, 11))) + " | the paper, 1 2 3 4 5 … 10 |")
    print("|---|" + "---|" * 11)
    for name in PUBLISHED_SEQUENCES:
        if line := latest.get((name, 5, 10)):
            shown = " | ".join(f"{100 * share:.1f}" for share in line["by_presentation"])
            print(f"| {name} | {shown} | {PUBLISHED_SEQUENCES[name]} |")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("what", choices=["train", "evaluate", "control", "table"])
    parser.add_argument("name", nargs="?", choices=[*RUNS])
    parser.add_argument("--seed", type=int, default=SEED, help="Of the training.")
    parser.add_argument("--folder", type=Path, help="The run's folder; default: benchmarks/runs/NAME.")
    given = parser.parse_args()
    torch.set_num_threads(int(os.environ.get("OMP_NUM_THREADS", "0")) or torch.get_num_threads())
    if given.what in ("control", "table"):
        {"control": control, "table": table}[given.what]()
        return
    if given.name is None:
        parser.error("name a run")
    folder = given.folder or FOLDER / (given.name + f"-{given.seed}" * (given.seed != SEED))
    if given.what == "train":
        train(given.name, folder, given.seed)
    else:
        evaluate(given.name, folder)


if __name__ == "__main__":
    main()
