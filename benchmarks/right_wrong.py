"""What answers that are marked right or wrong teach a classifier, beside labels given for the same texts.

    FEWTEXT_DATA=DATA python benchmarks/right_wrong.py run [CORPUS ...] [--supports 5]
    python benchmarks/right_wrong.py table

From 1 and 5 examples of each class, the default learner and encoder answer texts of the train split, drawn at random
and not in the support; each answer is marked right or wrong. Accuracy on the official test split after 50, 100, 200 and
500 answers, learned in three ways: as ``fewtext update`` does (``marked``), from the right ones alone (``right``), and
from the true label of every text (``labels``). Half of an interval is of the difference between two ways over supports.
The calibration error is that at the start, and of ``marked`` after the last answer, of the first two supports. Lines of
the corpora that run are replaced in benchmarks/results/right_wrong.jsonl. Nothing was chosen by the test splits.
"""

import argparse
import json
import random
import time
import warnings
from pathlib import Path
from statistics import fmean

import torch
from official import circumstances, official_splits

from fewtext.classify.complementary import fitted, weights, with_examples
from fewtext.classify.marking import taught
from fewtext.classify.single_label import SingleLabelClassifier
from fewtext.errors import FewtextWarning
from fewtext.evaluation.full_way import Supports
from fewtext.files.answer_log import Answer
from fewtext.metrics.classification import Answers, measure
from fewtext.metrics.intervals import half_width

RESULTS = Path(__file__).parent / "results" / "right_wrong.jsonl"
CORPORA = ("banking77", "clinc150", "hwu64", "trec6", "sst2")
SHOTS, ANSWERS, SUPPORTS = (1, 5), (50, 100, 200, 500), 5
CALIBRATED = 2  # supports whose calibration is measured
WAYS = "marked", "right", "labels"


def learned(model, texts, target):
    """Return by way and number of answers the classifier of features, and the share of right answers."""
    support, learner, x = model.support_, model.learner_, model.encoder_.encode(texts)
    answer = model.probabilities(x).argmax(-1)
    true = torch.nn.functional.one_hot(target, support.ways).float()
    said = true * (answer == target)[:, None]
    denied = torch.nn.functional.one_hot(answer, support.ways).float() * (answer != target)[:, None]
    marks = {"marked": said - denied, "right": said, "labels": true}
    found = {}
    for count in ANSWERS:
        for way, own in marks.items():
            known = own[:count].any(1)  # texts that nothing is said of are not there
            part = x[:count][known], own[:count][known]
            found[way, count] = fitted(
                learner, with_examples(support, part[0], weights(learner, support, *part, model.temperature_))
            )
    return found, (answer == target).double().mean().item()


def of_support(known, train, test, rows, seed):
    """Return accuracy by way and number of answers, the share of right answers, and calibration errors."""
    first = {text: row for row, text in reversed(list(enumerate(train.items)))}  # of texts that occur twice
    rest = sorted(set(first.values()) - {first[train.items[row]] for row in rows})
    stream = random.Random(seed).sample(rest, max(ANSWERS))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", FewtextWarning)
        model = SingleLabelClassifier(encoder=known)
        model.fit([train.items[row] for row in rows], [train.labels[row] for row in rows])
    number = {label: i for i, label in enumerate(model.classes_.tolist())}
    texts, target = [train.items[row] for row in stream], torch.tensor([number[train.labels[row]] for row in stream])
    x, truth = model.encoder_.encode(test.items), torch.tensor([number[label] for label in test.labels])
    heads, right = learned(model, texts, target)
    accuracy = {key: (classify(x).argmax(-1) == truth).double().mean().item() for key, classify in heads.items()}
    accuracy |= dict.fromkeys(
        [(way, 0) for way in WAYS], (model.probabilities(x).argmax(-1) == truth).double().mean().item()
    )
    if seed >= CALIBRATED:
        return accuracy, right, None
    guesses = model.predict(texts).tolist()
    log = [
        Answer("", text, guess, guess == train.labels[row])
        for text, guess, row in zip(texts, guesses, stream, strict=True)
    ]
    after = taught(model, log)
    errors = [_calibration(own.probabilities(x), truth) for own in (model, after)]
    return accuracy, right, errors


def _calibration(probabilities, truth):
    return measure(Answers.of_probabilities(probabilities[None], truth[None])).calibration_error


def run(corpora, supports):
    for name, known, train, test in official_splits(corpora):
        for shots in SHOTS:
            start = time.perf_counter()
            drawn = Supports(shots=shots, count=supports).draw(train)
            found = [of_support(known, train, test, rows, seed) for seed, rows in enumerate(drawn)]
            accuracy = [own for own, _, _ in found]
            counts = (0, *ANSWERS)
            line = {
                "track": "full-way, inductive", "corpus": name, "shots": shots, "answers": counts,
                "right_answers": fmean(right for _, right, _ in found),
                **{way: [fmean(own[way, count] for own in accuracy) for count in counts] for way in WAYS},
                **{
                    f"marked_over_{other}": [_difference(accuracy, other, count) for count in ANSWERS]
                    for other in (*WAYS[1:], "start")
                },
                "calibration_error": [fmean(errors[at] for _, _, errors in found if errors) for at in (0, 1)],
                "supports": supports, "seed": 0, "learner": "logistic",
                "hours": round((time.perf_counter() - start) / 3600, 3),
                "command": f"python benchmarks/right_wrong.py run {name} --supports {supports}", **circumstances(known),
            }  # fmt: skip
            print(line, flush=True)
            _replace(line)


def _difference(accuracy, other, count):
    values = [own["marked", count] - own[(other, count) if other in WAYS else ("marked", 0)] for own in accuracy]
    return [fmean(values), half_width(values, few=True)]


def _replace(line):
    lines = [json.loads(own) for own in RESULTS.read_text(encoding="utf-8").splitlines()] if RESULTS.exists() else []
    lines = [own for own in lines if (own["corpus"], own["shots"]) != (line["corpus"], line["shots"])] + [line]
    lines.sort(key=lambda own: (CORPORA.index(own["corpus"]), own["shots"]))
    RESULTS.write_text("".join(json.dumps(own) + "\n" for own in lines), encoding="utf-8")


def table():
    print("| corpus, examples a label | at the start | marked | right alone | labels given | gain of the wrong ones |")
    print("|---|---|---|---|---|---|")
    for line in map(json.loads, RESULTS.read_text(encoding="utf-8").splitlines()):
        gain, half = line["marked_over_right"][-1]
        shown = " | ".join(f"{100 * line[way][-1]:.1f}" for way in WAYS)
        start, more = 100 * line["marked"][0], f"{100 * gain:+.1f} ± {100 * half:.1f}"
        print(f"| {line['corpus']}, {line['shots']} | {start:.1f} | {shown} | {more} |")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("what", choices=["run", "table"])
    parser.add_argument("corpora", nargs="*", default=CORPORA)
    parser.add_argument("--supports", type=int, default=SUPPORTS)
    given = parser.parse_args()
    run(given.corpora, given.supports) if given.what == "run" else table()
