"""Help with several labels a text: what ``check`` finds and expects, and what suggested texts are worth.

    FEWTEXT_DATA=DATA python benchmarks/multi_label_help.py run
    python benchmarks/multi_label_help.py table

The two tasks of benchmarks/multi_label.py, the default learner, five supports each. ``check``: in one text in ten a
label is changed to another, so that one is wrong and one is missing; recall and precision of the suspected labels of
either kind (the corpus has errors of its own, which count against precision). Its F1 by held-out examples of the
support as it is is compared with that on 1,000 test texts. The likelihood ratios of ``fewtext.quality.multi_label``
were chosen on four other draws of the train split. ``suggest``: from 100 texts, three rounds of 50 out of 1,000 others
of the train split, beside random ones, micro F1 on the test texts. Lines go to
benchmarks/results/multi_label_help.jsonl, which is overwritten.
"""

import argparse
import json
from collections import defaultdict
from pathlib import Path
from statistics import mean

import numpy as np
from multi_label import ASKED, EACH, LEARNT, SUPPORTS, mixed, parts
from official import circumstances, official_splits

from fewtext.classify.active_learning import suggest
from fewtext.classify.multi_label import MultiLabelClassifier
from fewtext.metrics.intervals import half_width
from fewtext.quality.multi_label import report_multi_label

RESULTS = Path(__file__).parent / "results" / "multi_label_help.jsonl"
CHANGED, START, POOL, ROUNDS, ADDED = 0.1, 100, 1000, 3, 50


def changed(labels, draw):
    """Return labels, in one text in ten one of them another; and which, as (place, label), are wrong and missing."""
    known, labels = sorted({label for own in labels for label in own}), [list(own) for own in labels]
    wrong, missing = set(), set()
    for place in draw.permutation(len(labels))[: round(CHANGED * len(labels))]:
        at, new = draw.integers(len(labels[place])), known[draw.integers(len(known))]
        if new not in labels[place]:
            wrong.add((place, new))
            missing.add((place, labels[place][at]))
            labels[place][at] = new
    return labels, wrong, missing


def suspicions(known, texts, labels, draw):
    labels, *planted = changed(labels, draw)
    found = report_multi_label(MultiLabelClassifier(encoder=known).fit(texts, labels))
    line = {"detection_rate_wrong": found.detection_rate_wrong, "detection_rate_missing": found.detection_rate_missing}
    for name, there in zip(("wrong", "missing"), planted, strict=True):
        errors = [error for error in found.suspected_errors if error.missing == (name == "missing")]
        suspected = {(error.place, error.label) for error in errors}
        hits = len(suspected & there)
        line |= {f"{name}_recall": hits / len(there), f"{name}_precision": hits / max(len(suspected), 1)}
    return line


def f1(model, queries, answers):
    return model.measure(model.probabilities(model.encoder_.encode(queries)), answers).micro_f1


def expectation(known, texts, labels, queries, answers):
    model = MultiLabelClassifier(encoder=known).fit(texts, labels)
    found, true = report_multi_label(model).held_out, f1(model, queries, answers)
    low, high = found.interval
    return {"held_out_f1": found.micro_f1, "test_f1": true, "covered": float(low <= true <= high)}


def rounds(known, texts, labels, queries, answers, draw, chosen):
    """Return the F1 after each round; ``chosen`` says which texts of the pool are labelled next."""
    have, pool = list(range(START)), list(range(START, len(texts)))
    scores = []
    for _ in range(ROUNDS + 1):
        model = MultiLabelClassifier(encoder=known).fit([texts[i] for i in have], [labels[i] for i in have])
        scores.append(f1(model, queries, answers))
        new = [pool[place] for place in chosen(model, [texts[i] for i in pool], draw)]
        have, pool = have + new, [i for i in pool if i not in new]
    return scores


def suggested(model, texts, draw):
    return [found.place for found in suggest(model, texts, ADDED)]


def at_random(model, texts, draw):
    return draw.permutation(len(texts))[:ADDED].tolist()


def run():
    checks, gains = defaultdict(list), defaultdict(list)
    for _, known, train, test in official_splits(["hwu64"]):
        for seed in range(SUPPORTS):
            draw = np.random.default_rng(seed)
            tasks = {
                "parts of a label": (parts(train, draw, EACH), parts(test, draw), parts(train, draw)),
                "mixed": (
                    mixed(train, draw, LEARNT),
                    mixed(test, draw, ASKED),
                    mixed(train, draw, START + POOL),
                ),
            }
            for task, (support, asked, pool) in tasks.items():
                checks[task].append(suspicions(known, *support, draw=draw) | expectation(known, *support, *asked))
                order = draw.permutation(len(pool[0]))[: START + POOL]
                texts, labels = ([part[i] for i in order] for part in pool)
                both = [
                    rounds(known, texts, labels, *asked, draw=draw, chosen=chosen) for chosen in (suggested, at_random)
                ]
                gains[task].append(both)
                print(task, seed, checks[task][-1], both, flush=True)
        about = {"corpus": "hwu64", "supports": SUPPORTS, **circumstances(known)}
    lines = [
        {"what": "check", "task": task, **{key: mean(one[key] for one in found) for key in found[0]}, **about}
        for task, found in checks.items()
    ]
    for task, found in gains.items():
        both = np.array(found)  # [supports, suggested or random, rounds + 1]
        gain = (both[:, 0] - both[:, 1])[:, 1:].mean(1)
        lines.append(
            {
                "what": "suggest", "task": task, "gain": gain.mean(), "interval": half_width(gain, few=True),
                "suggested": both[:, 0].mean(0).tolist(), "random": both[:, 1].mean(0).tolist(), **about,
            }
        )  # fmt: skip
    RESULTS.write_text("".join(json.dumps(line) + "\n" for line in lines), encoding="utf-8")


def table():
    for line in map(json.loads, RESULTS.read_text(encoding="utf-8").splitlines()):
        shown = {name: 100 * x for name, x in line.items() if isinstance(x, float)}
        if line["what"] == "check":
            print(f"{line['task']}: " + ", ".join(f"{name} {x:.0f}" for name, x in shown.items()))
        else:
            ends = f"{100 * line['suggested'][-1]:.1f} suggested, {100 * line['random'][-1]:.1f} random at the end"
            print(f"{line['task']}: {ends}; gain {shown['gain']:+.1f} ± {shown['interval']:.1f}")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("what", choices=["run", "table"])
    {"run": run, "table": table}[parser.parse_args().what]()
