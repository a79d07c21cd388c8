"""What meta-training teaches of a kind of text that it has not seen: one kind of corpora left out at a time.

    FEWTEXT_DATA=DATA FEWTEXT_META=FOLDER python benchmarks/leave_family_out.py run
    python benchmarks/leave_family_out.py table

A short training, on two tasks of 100 texts a step, of the corpora in benchmarks/adapter.toml: of all of them, and
without the intents, the emotions, …. Measured at 5 examples a class, with the untouched model beside: tasks of the
corpora left out, and supports of the full-way track on up to 1,000 official test texts. ``run`` appends lines to
benchmarks/results/leave_family_out.jsonl and skips what is there.
"""

import argparse
import json
import os
import random
import tempfile
import time
from collections import defaultdict
from dataclasses import asdict
from pathlib import Path
from statistics import mean

import torch
from meta_tasks import fit_task, read_corpus
from official import circumstances, official_splits

from fewtext.classify.single_label import SingleLabelClassifier
from fewtext.contracts.corpus import Items
from fewtext.contracts.recipe import Range
from fewtext.datasets.features import CachedEncoder
from fewtext.datasets.session import Session
from fewtext.encoders.adapter import Adapter
from fewtext.encoders.load import load_encoder
from fewtext.evaluation.full_way import Supports
from fewtext.registry import discovery
from fewtext.registry.options import build_learner
from fewtext.training.corpus_list import read_members
from fewtext.training.end_to_end import EncoderRecipe, train_encoder

HERE = Path(__file__).parent
RESULTS = HERE / "results" / "leave_family_out.jsonl"
KINDS = {
    "sentiment": ("topical_chat_sentiment", "poem_sentiment", "tweet_sentiment", "vader_tweets", "pros_cons"),
    "questions": ("nf_cats_question_category", "medquad_question_type"),
    "intents": ("hint3", "multidogo", "bitext_customer_support", "home_assistant_intents", "chatterbot_topics"),
    "toxicity": ("davidson_hate_offensive", "hatecheck", "surge_toxicity"),
    "emotion": ("goemotions", "xed_emotion"),
}
OFFICIAL = ("banking77", "clinc150", "hwu64", "trec6", "sst2")
SHOTS, TASKS, SUPPORTS, MOST, LENGTH, SEED = 5, 6, 4, 1000, 64, 0
PARTS = ((6, "mean", 0.58), (6, "cls", 0.22), (2, "mean", 0.1), (4, "mean", 0.1))
RECIPE = EncoderRecipe(
    ways=Range(5, 40), most_texts=100, tasks=2, steps=100, warmup=10, rate=1e-4, rank=None, parts=PARTS,
)  # fmt: skip


def done():
    lines = RESULTS.read_text(encoding="utf-8").splitlines() if RESULTS.exists() else []
    return [json.loads(line) for line in lines]


def trained(members):
    """Return the default encoder as it is after training on these corpora, and the seconds that took."""
    encoder = load_encoder("bert", max_length=LENGTH)
    learner = build_learner(discovery.learner("protonet"), {"distance": "cosine", "scale": 20.0}, encoder.shape)
    start = time.perf_counter()
    _, adapter = train_encoder(encoder, learner, members, RECIPE, seed=SEED)
    seconds = time.perf_counter() - start
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "adapter.safetensors"
        Adapter(adapter.changes, adapter.model, adapter.parts, {}).write(path)
        return load_encoder(f"layers:+{path}", max_length=LENGTH), seconds


def on_tasks(encoder, folder, families, members):
    """Yield a line for each corpus of these families: the accuracy on tasks of it."""
    for member in members:
        if member.family in families:
            path = next(Path(folder).glob(f"{Path(member.name).stem}.jsonl"))
            pool, queries = read_corpus(path)
            known, draw = CachedEncoder(encoder), random.Random(path.stem)
            texts = [text for own in pool.values() for text in own] + [text for text, _ in queries]
            known.keep(Items(texts, [""] * len(texts)))
            ways = min(len(pool), 20)
            tasks = [fit_task(known, path.stem, pool, queries, SHOTS, ways, True, draw) for _ in range(TASKS)]
            yield {"corpus": path.stem, "accuracy": mean(float(task.right.mean()) for task in tasks if task)}


def on_tests(encoder):
    """Yield a line for each official corpus: the accuracy on test texts."""
    known = CachedEncoder(encoder)
    for name, _, train, test in official_splits(OFFICIAL):
        rows = sorted(random.Random(SEED).sample(range(len(test.items)), min(MOST, len(test.items))))
        asked, labels = [test.items[row] for row in rows], [test.labels[row] for row in rows]
        accuracies = []
        for support in Supports(SHOTS, SUPPORTS, SEED).draw(train):
            model = SingleLabelClassifier(encoder=known)
            model.fit([train.items[row] for row in support], [train.labels[row] for row in support])
            answers = model.predict(asked).tolist()
            accuracies.append(mean(a == b for a, b in zip(answers, labels, strict=True)))
        yield {"corpus": name, "accuracy": mean(accuracies)}


def run(folder):
    torch.set_num_threads(int(os.environ.get("OMP_NUM_THREADS", "1")))
    members = read_members([str(HERE / "adapter.toml")], Session())
    everything = sorted({member.family for member in members})
    finished = {line["without"] for line in done()}
    for without in ("everything", "nothing", *KINDS):
        if without in finished:
            continue
        out = {"everything": everything, "nothing": []}.get(without) or KINDS.get(without, ())
        kept, seconds = [member for member in members if member.family not in out], 0.0
        encoder = load_encoder("layers+none", max_length=LENGTH)
        if kept:
            encoder, seconds = trained(kept)
        tried = [family for kind in KINDS.values() for family in kind] if without in ("everything", "nothing") else out
        found = [*on_tasks(encoder, folder, tried, members), *on_tests(encoder)]
        facts = {"shots": SHOTS, "recipe": asdict(RECIPE), "seconds": round(seconds), **circumstances(encoder)}
        with RESULTS.open("a", encoding="utf-8") as file:
            file.writelines(json.dumps({"without": without, **line, **facts}) + "\n" for line in found)
        print(without, round(seconds), *(f"{line['corpus']} {line['accuracy']:.3f}" for line in found), flush=True)


def table():
    cells = {(line["without"], line["corpus"]): 100 * line["accuracy"] for line in done()}
    kinds = defaultdict(list)
    for kind, families in KINDS.items():
        for without, corpus in cells:
            if without == kind and corpus.startswith(families):
                kinds[kind].append(corpus)
    print("| left out | corpora | untouched | without them | with them |\n|---|---|---|---|---|")
    for kind, corpora in kinds.items():
        shown = (mean(cells[without, corpus] for corpus in corpora) for without in ("everything", kind, "nothing"))
        print(f"| {kind} | {len(corpora)} | " + " | ".join(f"{value:.1f}" for value in shown) + " |")
    print("\n| left out | " + " | ".join(OFFICIAL) + " |\n|---" + "|---" * len(OFFICIAL) + "|")
    for without in dict.fromkeys(without for without, _ in cells):
        row = " | ".join(f"{cells[without, corpus]:.1f}" for corpus in OFFICIAL)
        print(f"| {'everything (untouched)' if without == 'everything' else without} | {row} |")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("what", choices=["run", "table"])
    parser.add_argument("folder", nargs="?", default=os.environ.get("FEWTEXT_META"))
    asked = parser.parse_args()
    if asked.what == "table":
        table()
    elif not asked.folder:
        parser.error("give the folder of corpora, or set FEWTEXT_META")
    else:
        run(asked.folder)


if __name__ == "__main__":
    main()
