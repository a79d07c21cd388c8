"""The prior of ``--precision``: how calibration curves differ between tasks, measured on many labelled corpora.

    FEWTEXT_META=FOLDER python benchmarks/precision_prior.py

``FOLDER`` (or the argument) holds corpora as NAME.jsonl. The tasks of benchmarks/meta_tasks.py, fitted as the product
fits them, are kept in the cache. Empirical Bayes: mean and covariance of the tasks' curves by expectation and
maximisation, each family of corpora with the same weight. Then the same on families left out, a part at a time: the
posterior's own confidence that keeps promises there as often as stated is what the product uses.

The default encoder was trained on most of these corpora, and what it says of texts that it has seen shows nothing. So
the prior is measured with the same encoder before that training, ``layers+none``, and the prior without a family is
tried on the default encoder's tasks of that family, of corpora that it has not seen (``trained`` in the results).
Writes fewtext/classify/precision_prior.json, and a line for each family left out to
benchmarks/results/precision_prior.jsonl.
"""

import argparse
import json
import os
import tomllib
from collections import Counter, defaultdict
from pathlib import Path

import numpy as np
import torch
from meta_tasks import tasks_of
from official import circumstances

from fewtext.classify.precision_prior import PrecisionPrior, TaskFacts, log_odds
from fewtext.classify.selective import cuts_of
from fewtext.encoders.load import CLASSIFYING, load_encoder

ROOT = Path(__file__).parent
PRIOR = ROOT.parent / "fewtext" / "classify" / "precision_prior.json"
RESULTS = ROOT / "results" / "precision_prior.jsonl"
TRAINED_ON = ROOT / "adapter.toml"
ROUNDS, STEPS = 15, 6  # of expectation and maximisation, and of Newton's method in each
PARTS = 4  # of the families: one is left out, the others fitted to
QUERIES, HELD_OUT = 80, 10  # at least, of a task
STATED = (0.5, 0.6, 0.7, 0.8, 0.9, 0.95, 0.99)
LEVELS = np.r_[0.3:0.98:0.02, 0.985, 0.99, 0.995, 0.999]
ASKED = (0.8, 0.9, 0.95)
GROUPS = (2, 8)  # classes from which on tasks have a prior of their own: few classes are of another kind


def trained_on(path):
    """Return the corpora in a list for ``fewtext adapter train``."""
    families = tomllib.loads(path.read_text(encoding="utf-8"))["family"]
    return {Path(corpus).stem for family in families for corpus in family["corpora"]}


def facts_of(task):
    mean = float(task.held_confidence.mean())
    return TaskFacts(task.shots, task.ways, task.names, task.temperature, mean)


def padded(parts):
    full = np.zeros((len(parts), max(map(len, parts))))
    mask = np.zeros_like(full)
    for row, part in enumerate(parts):
        full[row, : len(part)], mask[row, : len(part)] = part, 1
    return full, mask


def answers_of(tasks):
    """Return log-odds, mask and outcome of the answers to queries, and of the held-out ones: ``[tasks, most]`` each."""
    sides = []
    for sure, hit in (("confidence", "right"), ("held_confidence", "held_right")):
        odds, mask = padded([log_odds(torch.tensor(getattr(task, sure))).numpy() for task in tasks])
        sides.append((odds, mask, padded([getattr(task, hit).astype(float) for task in tasks])[0]))
    return sides


def curves(sides, mean, covariance, at, steps):
    """Return each task's most probable four numbers, and their covariance (Laplace)."""
    inverse = np.linalg.inv(covariance)
    for _ in range(steps):
        slope, bend = -(at - mean) @ inverse, np.broadcast_to(inverse, (len(at), 4, 4)).copy()
        for k, (odds, mask, right) in zip((0, 2), sides, strict=True):
            chance = 1 / (1 + np.exp(-(at[:, k : k + 1] + at[:, k + 1 : k + 2] * odds)))
            off, weight = (right - chance) * mask, chance * (1 - chance) * mask
            slope[:, k] += off.sum(1)
            slope[:, k + 1] += (off * odds).sum(1)
            bend[:, k, k] += weight.sum(1)
            bend[:, k + 1, k + 1] += (weight * odds**2).sum(1)
            bend[:, k, k + 1] += (weight * odds).sum(1)
            bend[:, k + 1, k] += (weight * odds).sum(1)
        step = np.linalg.solve(bend, slope[..., None])[..., 0]
        at = at + step * np.minimum(1, 1.5 / np.maximum(np.abs(step).max(1, keepdims=True), 1e-12))
    return at, np.linalg.inv(bend)


def fit_prior(tasks, encoder="", levels=None):
    """Return the prior that makes the answers of these tasks most probable."""
    count = Counter(task.family for task in tasks)
    weight = np.array([1 / count[task.family] for task in tasks])
    known = np.stack([facts_of(task).covariates().numpy() for task in tasks])
    coefficients, covariance = np.zeros((known.shape[1], 4)), np.diag([1.0, 0.3, 1.0, 0.3])
    coefficients[0] = 0, 1, 0, 1
    sides, at = answers_of(tasks), known @ coefficients
    for _ in range(ROUNDS):
        at, spread = curves(sides, known @ coefficients, covariance, at, STEPS)
        root = np.sqrt(weight)[:, None]
        coefficients = np.linalg.lstsq(known * root, at * root, rcond=None)[0]
        away = at - known @ coefficients
        outer = spread + away[:, :, None] * away[:, None]
        covariance = (weight[:, None, None] * outer).sum(0) / weight.sum()
    return PrecisionPrior(torch.tensor(coefficients), torch.tensor(covariance), levels or {}, encoder, "logistic")


def outcomes(prior, task):
    """Return measured precision and coverage ``[asked, levels, 2]``: NaN and 0 where nothing is answered."""
    confidence, order = torch.tensor(task.held_confidence).sort(descending=True, stable=True)
    cuts = cuts_of(confidence)
    precisions = prior.precisions(facts_of(task), confidence, torch.tensor(task.held_right)[order])
    bounds = torch.quantile(precisions[:, cuts - 1], torch.tensor(1 - LEVELS), dim=0)
    found = np.full((len(ASKED), len(LEVELS), 2), np.nan)
    found[..., 1] = 0
    for one, asked in enumerate(ASKED):
        for place, passed in enumerate((bounds >= asked).long().cumprod(1).sum(1).tolist()):
            given = int(cuts[passed - 1]) if passed else 0
            least = 0.0 if given == len(confidence) else confidence[given - 1].item()
            sure = task.confidence >= least
            if given and sure.any():
                found[one, place] = task.right[sure].mean(), sure.mean()
    return found


def enough(tasks):
    return [task for task in tasks if len(task.right) >= QUERIES and len(task.held_right) >= HELD_OUT]


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", nargs="?", default=os.environ.get("FEWTEXT_META"))
    parser.add_argument("--encoder", default=f"{CLASSIFYING}+none")
    parser.add_argument("--repeats", type=int, default=12, help="tasks of a corpus for each number of shots")
    chosen = parser.parse_args()
    if not chosen.folder:
        parser.error("give the folder of corpora, or set FEWTEXT_META")
    encoder, trained = load_encoder(chosen.encoder), load_encoder(CLASSIFYING)
    tasks, unseen, seen = [], [], trained_on(TRAINED_ON)
    for path in sorted(Path(chosen.folder).glob("*.jsonl")):
        tasks += tasks_of(path, encoder, chosen.repeats)
        unseen += tasks_of(path, trained, chosen.repeats) if path.stem not in seen else []
        print(path.stem, len(tasks), flush=True)
    tasks, unseen = enough(tasks), enough(unseen)
    priors, lines = [], []
    for least, most in zip(GROUPS, (*GROUPS[1:], np.inf), strict=True):
        own = [task for task in tasks if least <= task.ways < most]
        measured = left_out(own)
        families = sorted({task.family for task in own})
        levels = {}
        for stated in STATED:
            kept = [min(share_kept(measured, families, one, place) for one in ASKED) for place in range(len(LEVELS))]
            levels[stated] = float(next((lv for lv, share in zip(LEVELS, kept, strict=True) if share >= stated), 0.999))
        prior = fit_prior(own)
        facts = {"least_ways": least, "all_tasks": len(own), "families": len(families), "seed": 0}
        priors.append(
            {
                **facts, "levels": {str(stated): level for stated, level in levels.items()},
                "coefficients": prior.coefficients.tolist(), "covariance": prior.covariance.tolist(),
            }
        )  # fmt: skip
        lines += report(measured, levels, {**facts, **circumstances(encoder)})
        again = left_out(own, [task for task in unseen if least <= task.ways < most])
        lines += report(again, levels, {**facts, **circumstances(trained), "trained": True})
    facts = {**circumstances(encoder), "encoder": trained.fingerprint, "learner": "logistic"}
    content = {**facts, "priors": priors}
    PRIOR.write_text(json.dumps(content, indent=1) + "\n", encoding="utf-8")
    RESULTS.write_text("".join(json.dumps(line) + "\n" for line in lines), encoding="utf-8")


def left_out(tasks, tried=None):
    """Return what comes of each task tried by a prior without its family: ``[levels, (precision, coverage)]`` each."""
    families, measured = sorted({task.family for task in tasks}), defaultdict(list)
    for part in range(PARTS):
        without = set(families[part::PARTS])
        prior = fit_prior([task for task in tasks if task.family not in without])
        for task in tasks if tried is None else tried:
            if task.family in without:
                for asked, found in zip(ASKED, outcomes(prior, task), strict=True):
                    measured[task.family, asked].append(found)
    return measured


def share_kept(measured, families, asked, place):
    """Return the share of tasks whose promise is not broken at a level, each family with the same weight.

    As in learn then test, a task where nothing can be promised breaks no promise.
    """
    broken = [np.mean([task[place, 0] < asked for task in measured[family, asked]]) for family in families]
    return 1 - np.mean(broken)


def report(measured, levels, facts):
    place, lines = int(np.abs(LEVELS - levels[0.9]).argmin()), []
    for (family, asked), tasks in sorted(measured.items()):
        precision, coverage = np.array([task[place] for task in tasks]).T
        answered = precision[~np.isnan(precision)]
        lines.append(
            {
                "left_out": family, "asked": asked, "confidence": 0.9, "tasks": len(tasks), "answered": len(answered),
                "broken": float((answered < asked).sum() / len(tasks)),
                "precision": float(answered.mean()) if len(answered) else None, "coverage": float(coverage.mean()),
                **facts,
            }
        )  # fmt: skip
    for asked in ASKED:
        own = [line for line in lines if line["asked"] == asked]
        shares = [line["precision"] for line in own if line["precision"] is not None]
        print(f"asked {asked}: broken {np.mean([line['broken'] for line in own]):.3f}, mean precision "
              f"{np.mean(shares):.3f}, coverage {np.mean([line['coverage'] for line in own]):.3f}")  # fmt: skip
    print(levels)
    return lines


if __name__ == "__main__":
    main()
