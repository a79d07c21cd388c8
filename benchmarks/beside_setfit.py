"""Beside SetFit and two baselines: the same encoder, supports and test texts, one after the other in one process.

    FEWTEXT_DATA=DATA python benchmarks/beside_setfit.py run --corpora banking77 --shots 5 --seeds 1
    FEWTEXT_DATA=DATA python benchmarks/beside_setfit.py run --tuned --seeds 5
    python benchmarks/beside_setfit.py table

``run`` draws supports as the full-way track does and appends a JSON line for each system to
benchmarks/results/beside_setfit.jsonl; what is there is not run again. Seconds to fit start at texts and end at a model
that answers; the encoder is loaded before. Ours is the default encoder with what it has learned, and SetFit trains the
same model once as it was before (SetFit) and once as it has learned, with the mean and the first token as features
(SetFit, meta-trained). SetFit has its defaults but for ``num_iterations``, pairs drawn for each
text, which is fixed by the number of shots so that a run ends in minutes (PAIRS). ``--tuned`` is where frozen features
are not enough: TREC and SST-2 at 8 and 16 examples, SetFit beside a classifier that tunes its encoder, too. The
baselines are scikit-learn's logistic regression at its defaults on sentence-transformers' vectors, and at C=10 on
TF-IDF.
"""

import argparse
import base64
import itertools
import json
import math
import os
import tempfile
import time
import warnings
from importlib.metadata import version
from pathlib import Path

import numpy as np
import torch
from official import hardware
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline, make_union

from fewtext import FewShotClassifier
from fewtext.datasets.open import open_corpus
from fewtext.encoders.adapter import SHIPPED, Adapter
from fewtext.encoders.load import CLASSIFYING, load_encoder
from fewtext.encoders.model_folder import find_model
from fewtext.evaluation.full_way import Supports
from fewtext.metrics.intervals import half_width, paired_bootstrap

RESULTS = Path(__file__).parent / "results" / "beside_setfit.jsonl"
CORPORA = ("banking77", "clinc150", "hwu64", "trec6", "sst2")
SHOTS = (1, 5, 10)
PAIRS = {1: 20, 5: 10, 8: 10, 10: 5, 16: 5}
LEARNERS = ("logistic", "protonet")
TUNED = "logistic, tuned"
TUNED_CORPORA, TUNED_SHOTS = ("trec6", "sst2"), (8, 16)
SETFIT, LEARNED = "SetFit", "SetFit, meta-trained"
PLAIN, FLOOR = "sentence-transformers + scikit-learn", "TF-IDF + scikit-learn"


def done():
    lines = RESULTS.read_text(encoding="utf-8").splitlines() if RESULTS.exists() else []
    return [json.loads(line) for line in lines]


def learned_body():
    """Return the bundled model with the shipped adapter, as sentence-transformers has it."""
    from sentence_transformers import SentenceTransformer
    from sentence_transformers.models import Normalize, Pooling

    body = SentenceTransformer(str(find_model(None, offline=True)), device="cpu")
    Adapter.read(SHIPPED).apply(body[0].auto_model)
    pooling = Pooling(
        body[0].get_word_embedding_dimension(), pooling_mode_mean_tokens=True, pooling_mode_cls_token=True
    )
    return SentenceTransformer(modules=[body[0], pooling, Normalize()], device="cpu")


def setfit(system, texts, labels, shots, seed, test):
    """Train SetFit; return its answers and the seconds to fit and to predict."""
    from datasets import Dataset
    from setfit import SetFitModel, Trainer, TrainingArguments

    if system == LEARNED:
        model = SetFitModel(model_body=learned_body(), model_head=LogisticRegression())
    else:
        model = SetFitModel.from_pretrained(str(find_model(None, offline=True)))
    with tempfile.TemporaryDirectory() as folder:
        arguments = TrainingArguments(
            output_dir=folder, num_iterations=PAIRS[shots], seed=seed, report_to="none", save_strategy="no",
            show_progress_bar=False, logging_strategy="no",
        )  # fmt: skip
        trainer = Trainer(model, args=arguments, train_dataset=Dataset.from_dict({"text": texts, "label": labels}))
        start = time.perf_counter()
        trainer.train()
        fitted = time.perf_counter()
        answers = [str(answer) for answer in model.predict(test)]
    return answers, fitted - start, time.perf_counter() - fitted


def plain(texts, labels, test):
    """Fit a logistic regression on sentence-transformers' vectors."""
    from sentence_transformers import SentenceTransformer

    return timed(
        SentenceTransformer(str(find_model(None, offline=True))).encode, LogisticRegression(), texts, labels, test
    )


def floor(texts, labels, test):
    """Fit a logistic regression on TF-IDF of words and pieces of words."""
    words = TfidfVectorizer(ngram_range=(1, 2), sublinear_tf=True)
    pieces = TfidfVectorizer(analyzer="char_wb", ngram_range=(2, 5), sublinear_tf=True)
    model = make_pipeline(make_union(words, pieces), LogisticRegression(C=10, max_iter=300))
    return timed(lambda some: some, model, texts, labels, test)


def timed(encode, model, texts, labels, test):
    start = time.perf_counter()
    model.fit(encode(texts), labels)
    fitted = time.perf_counter()
    answers = model.predict(encode(test)).tolist()
    return answers, fitted - start, time.perf_counter() - fitted


def ours(learner, encoder, texts, labels, test):
    """Fit fewtext's classifier; return its answers and the seconds to fit and to predict."""
    start = time.perf_counter()
    tuner = "contrastive" if learner == TUNED else None
    model = FewShotClassifier(learner=learner.partition(",")[0], encoder=encoder, tuner=tuner).fit(texts, labels)
    fitted = time.perf_counter()
    answers = model.predict(test).tolist()
    return answers, fitted - start, time.perf_counter() - fitted


def run(name, shots, seeds, systems, busy):
    finished = {(line["corpus"], line["shots"], line["seed"], line["system"]) for line in done()}
    corpus = open_corpus(name)
    train, test = corpus.load("train"), corpus.load("test")
    encoder = load_encoder(CLASSIFYING)
    encoder.encode(["warm"])
    for seed in range(seeds):
        (rows,) = Supports(shots, 1, seed).draw(train)
        texts, labels = [train.items[row] for row in rows], [train.labels[row] for row in rows]
        for system in systems:
            if (name, shots, seed, system) in finished:
                continue
            if system in (SETFIT, LEARNED):
                answers, fit, predict = setfit(system, texts, labels, shots, seed, test.items)
            elif system in (PLAIN, FLOOR):
                answers, fit, predict = (plain if system == PLAIN else floor)(texts, labels, test.items)
            else:
                answers, fit, predict = ours(system, encoder, texts, labels, test.items)
            right = np.array([a == b for a, b in zip(answers, test.labels, strict=True)])
            line = {
                "track": "full-way, official test split, inductive",
                "corpus": name,
                "shots": shots,
                "seed": seed,
                "system": system,
                "accuracy": float(right.mean()),
                "seconds_to_fit": None if busy else round(fit, 3),
                "seconds_to_predict": None if busy else round(predict, 3),
                "num_iterations": PAIRS[shots] if system in (SETFIT, LEARNED) else None,
                "encoder": encoder.fingerprint,
                "dtype": "float32" if system in (SETFIT, LEARNED) else str(getattr(encoder, "dtype", "")),
                "hardware": f"{hardware()}, {os.cpu_count()} cores",
                "threads": torch.get_num_threads(),
                "versions": {lib: version(lib) for lib in ("fewtext", "torch", "setfit", "sentence-transformers")},
                "right": base64.b64encode(np.packbits(right)).decode(),
                "queries": len(right),
            }
            with RESULTS.open("a", encoding="utf-8") as stream:
                stream.write(json.dumps(line) + "\n")
            print(f"{name} {shots}-shot seed {seed} {system}: {line['accuracy']:.1%}, {fit:.1f} s", flush=True)


def rights(lines):
    return np.stack(
        [np.unpackbits(np.frombuffer(base64.b64decode(x["right"]), np.uint8))[: x["queries"]] for x in lines]
    )


def table():
    found = {(line["corpus"], line["shots"], line["seed"], line["system"]): line for line in done()}
    _table(found, (FLOOR, PLAIN, SETFIT, LEARNED, *LEARNERS), CORPORA, SHOTS)
    print()
    _table(found, (SETFIT, LEARNED, "logistic", TUNED), TUNED_CORPORA, TUNED_SHOTS)


def _table(found, systems, corpora, all_shots):
    print("| corpus | shots | supports | " + " | ".join(systems) + " |\n" + "|---" * (3 + len(systems)) + "|")
    for corpus, shots in itertools.product(corpora, all_shots):
        seeds = sorted(seed for c, s, seed, system in found if (c, s, system) == (corpus, shots, SETFIT))
        if not seeds:
            continue
        lines = {
            name: [found[key] for seed in seeds if (key := (corpus, shots, seed, name)) in found] for name in systems
        }
        cells = [
            f"{shown(lines[name])}{beside(lines[name], lines[SETFIT], name)}" if lines[name] else "–"
            for name in systems
        ]
        print(f"| {corpus} | {shots} | {len(seeds)} | " + " | ".join(cells) + " |")


def beside(lines, peers, name):
    """Return the seconds to fit, and of our learners the paired difference to SetFit with its interval, in points."""
    timed = [line["seconds_to_fit"] for line in lines if line["seconds_to_fit"] is not None]
    seconds = np.mean(timed) if timed else 0.0
    message = f"{seconds:.0f} s" if seconds >= 10 else f"{seconds:.1f} s" if timed else "not timed"
    if name in (*LEARNERS, TUNED):
        gap = paired_bootstrap([rights(lines).astype(float) - rights(peers)])
        message += f"; {100 * gap.mean:+.1f} [{100 * gap.low:.1f}, {100 * gap.high:.1f}]"
    return f" ({message})"


def shown(lines):
    values = [line["accuracy"] for line in lines]
    half = half_width(values, few=True)
    return f"{100 * np.mean(values):.1f}" + ("" if math.isnan(half) else f" ± {100 * half:.1f}")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("what", choices=["run", "table"])
    parser.add_argument("--corpora", nargs="*", choices=CORPORA, default=CORPORA)
    parser.add_argument("--shots", type=int, nargs="*", default=SHOTS)
    parser.add_argument("--seeds", type=int, default=1)
    parser.add_argument("--systems", nargs="*", default=(*LEARNERS, PLAIN, FLOOR, LEARNED, SETFIT))
    parser.add_argument("--tuned", action="store_true", help="TREC and SST-2 at 8 and 16 examples, and tuning beside.")
    parser.add_argument("--busy", action="store_true", help="The machine does other work, too: keep no seconds.")
    given = parser.parse_args()
    if given.tuned:
        given.corpora, given.shots, given.systems = TUNED_CORPORA, TUNED_SHOTS, (SETFIT, LEARNED, "logistic", TUNED)
    warnings.simplefilter("ignore")
    if given.what == "table":
        table()
        return
    for corpus in given.corpora:
        for shots in given.shots:
            run(corpus, shots, given.seeds, given.systems, given.busy)


if __name__ == "__main__":
    main()
