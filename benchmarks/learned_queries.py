"""Whether a query strategy that is learned over many tasks chooses better than ``fewtext suggest``.

    FEWTEXT_DATA=DATA python benchmarks/learned_queries.py gains FOLDER
    FEWTEXT_DATA=DATA python benchmarks/learned_queries.py run FOLDER [CORPUS ...]
    python benchmarks/learned_queries.py table

In the spirit of learning active learning (Konyushkova et al., 2017). FOLDER has corpora as ``query_states.py`` reads
them, others than those that it is measured on. ``gains`` draws states from them: a few labelled texts, a pool, and for
some candidates of the pool how much the mean probability of the right label of other texts rises when the candidate is
labelled. It keeps them in the cache, and says how much the choice of each regressor gains, in standard deviations of a
state, on families of corpora that it was not fitted to. ``run`` fits the better one to all of them and labels five
rounds of 20 texts by it, by the strategy of ``suggest`` and at random, out of 2,000 of the train split, from one
example of each class; accuracy is on the official test split after each round. Nothing was chosen by the test splits.
"""

import argparse
import json
import random
import time
from collections import defaultdict
from pathlib import Path
from statistics import fmean

import numpy as np
import torch
from meta_tasks import family_of
from official import circumstances, official_splits
from query_states import all_gains, start_of
from sklearn.ensemble import HistGradientBoostingRegressor
from sklearn.linear_model import RidgeCV
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from fewtext.classify.wording import wordings
from fewtext.evaluation.full_way import Supports
from fewtext.metrics.intervals import half_width

RESULTS = Path(__file__).parent / "results" / "learned_queries.jsonl"
CORPORA = ("banking77", "clinc150", "hwu64", "trec6", "sst2")
ROUNDS, EACH, POOL, STARTS = 5, 20, 2000, 3
REGRESSORS = {
    "ridge": lambda: make_pipeline(StandardScaler(), RidgeCV(np.logspace(-2, 4, 13))),
    "boosted trees": lambda: HistGradientBoostingRegressor(
        max_iter=60, max_leaf_nodes=7, learning_rate=0.06, min_samples_leaf=40, l2_regularization=10.0, random_state=0
    ),
}


def chosen(state, score, count, forms):
    """Return ``count`` rows of the pool, the best by ``score`` first, no two of one form, each in view of the last."""
    covered, left, rows = state.covered, torch.ones(len(state.x), dtype=torch.bool), []
    left[state.rows] = False
    for _ in range(count):
        best = int(torch.as_tensor(score(state, covered)).double().masked_fill(~left, -torch.inf).argmax())
        rows.append(best)
        left &= forms != forms[best]
        covered = torch.maximum(covered, state.near[best])
    return torch.tensor(rows)


def _fitted(kind, states):
    spread = [(f, (g - g.mean()) / (g.std() + 1e-9)) for f, g, _ in states]
    return REGRESSORS[kind]().fit(np.concatenate([f for f, _ in spread]), np.concatenate([g for _, g in spread]))


def compare(found):
    """Return the mean standardised gain of the first choice by each regressor, fitted to other families, and today."""
    families, scores = sorted({family_of(name) for name in found}), defaultdict(list)
    for family in families:
        rest = [state for name, own in found.items() if family_of(name) != family for state in own]
        fits = {kind: _fitted(kind, rest) for kind in REGRESSORS}
        for features, gain, today in (
            state for name, own in found.items() if family_of(name) == family for state in own
        ):
            gain = (gain - gain.mean()) / (gain.std() + 1e-9)
            scores["suggest"].append(gain[today.argmax()])
            for kind, fit in fits.items():
                scores[kind].append(gain[fit.predict(features).argmax()])
    return {kind: [float(np.mean(own)), half_width([float(v) for v in own])] for kind, own in scores.items()}


def run(folder, corpora):
    found = all_gains(folder)
    apart = compare(found)
    kind = max(REGRESSORS, key=lambda own: apart[own][0])
    regressor = _fitted(kind, [state for own in found.values() for state in own])
    ways = {
        "learned": lambda state, covered: regressor.predict(state.features(covered)),
        "suggested": lambda state, covered: state.gain(covered),
        "random": None,
    }
    print(apart, kind, flush=True)
    for name, known, train, test in official_splits(corpora):
        begun, curves = time.perf_counter(), {way: [] for way in ways}
        for seed, start in enumerate(Supports(shots=1, count=STARTS).draw(train)):
            rest = sorted(set(range(len(train.items))) - set(start))
            pool = random.Random(seed).sample(rest, POOL)
            texts, shots = [train.items[row] for row in pool], [(train.items[row], train.labels[row]) for row in start]
            number: dict[str, int] = {}
            forms = torch.tensor([number.setdefault(form, len(number)) for form in wordings(texts)])
            for way, score in ways.items():
                state, y, x = start_of(known, texts, [train.labels[row] for row in pool], shots, test.items)
                place = {label: i for i, label in enumerate(state.model.classes_.tolist())}
                truth, draw = torch.tensor([place[label] for label in test.labels]), random.Random(seed)
                curve = [(state.classify(x).argmax(-1) == truth).double().mean().item()]
                for _ in range(ROUNDS):
                    free = sorted(set(range(POOL)) - set(state.rows.tolist()))
                    rows = chosen(state, score, EACH, forms) if score else torch.tensor(draw.sample(free, EACH))
                    state.label(rows, y[rows])
                    curve.append((state.classify(x).argmax(-1) == truth).double().mean().item())
                curves[way].append(curve)
        over = {
            other: [fmean(a[1:]) - fmean(b[1:]) for a, b in zip(curves["learned"], curves[other], strict=True)]
            for other in ("suggested", "random")
        }
        line = {
            "track": "full-way, inductive", "corpus": name, "regressor": kind, "families": apart,
            **{f"learned_over_{other}": [fmean(own), half_width(own, few=True)] for other, own in over.items()},
            **{way: [fmean(at) for at in zip(*own, strict=True)] for way, own in curves.items()},
            "starts": STARTS, "rounds": ROUNDS, "each": EACH, "seed": 0, "learner": "logistic",
            "states": sum(map(len, found.values())), "corpora": len(found),
            "hours": round((time.perf_counter() - begun) / 3600, 3), **circumstances(known, "scikit-learn"),
        }  # fmt: skip
        print(line, flush=True)
        before = (
            [json.loads(own) for own in RESULTS.read_text(encoding="utf-8").splitlines()] if RESULTS.exists() else []
        )
        lines = sorted(
            [own for own in before if own["corpus"] != name] + [line], key=lambda own: CORPORA.index(own["corpus"])
        )
        RESULTS.write_text("".join(json.dumps(own) + "\n" for own in lines), encoding="utf-8")


def table():
    print(
        "| corpus | at the start | learned | suggested | random | learned over suggested |\n|---|---|---|---|---|---|"
    )
    for line in map(json.loads, RESULTS.read_text(encoding="utf-8").splitlines()):
        ends = " | ".join(f"{100 * line[way][-1]:.1f}" for way in ("learned", "suggested", "random"))
        gain, half = line["learned_over_suggested"]
        print(f"| {line['corpus']} | {100 * line['random'][0]:.1f} | {ends} | {100 * gain:+.1f} ± {100 * half:.1f} |")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("what", choices=["gains", "run", "table"])
    parser.add_argument("folder", nargs="?")
    parser.add_argument("corpora", nargs="*", default=CORPORA)
    given = parser.parse_args()
    if given.what == "table":
        table()
    elif given.what == "gains":
        print(compare(all_gains(given.folder)))
    else:
        run(given.folder, given.corpora)
