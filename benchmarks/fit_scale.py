"""Seconds and peak memory of each stage of a fit with many labels, many examples, or several labels a text.

    OMP_NUM_THREADS=1 python benchmarks/fit_scale.py [--cases labels rows several] [--learners logistic protonet]
        [--seconds 600] [--gigabytes 10] [--state after] [--stages promises shift]
        [--brief]

Features are made up: unit vectors of width 1536 around the centres of classes, so that encoding is not measured. Each
pair of a case and a learner runs in a process of its own, and what follows the fit in a forked one, within a limit of
memory; a stage that fails or takes longer is recorded as such. Seconds are those of the processor, with one thread the
time that an idle machine would take. Peak memory is that of the whole process while the stage runs. ``--brief`` ends
the fits of ``logistic`` after one step, for stages to which it does not matter what was fitted, such as save and load.
Lines are appended to benchmarks/results/fit_scale.jsonl.
"""

import argparse
import json
import multiprocessing
import os
import platform
import resource
import signal
import sys
import tempfile
import time
import warnings
from contextlib import contextmanager
from importlib.metadata import version
from pathlib import Path

import fewtext_plugins.logistic
import torch
from torch.nn.functional import normalize

import fewtext.classify.multi_label
import fewtext.classify.single_label
from fewtext import FewShotClassifier
from fewtext.classify.multi_label import MultiLabelClassifier
from fewtext.classify.shift import Shift
from fewtext.classify.single_label import SingleLabelClassifier
from fewtext.contracts.encoder import Encoder

RESULTS = Path(__file__).parent / "results" / "fit_scale.jsonl"
WIDTH, INNER = 1536, 64
CASES = {"labels": (5000, 3, 1), "rows": (2, 50_000, 1), "several": (1500, 10, 3)}  # labels, examples each, of a text
LEARNERS = ("logistic", "protonet", "ridge", "lda", "matchingnet")
QUERIES, POOL = 1000, 4000
STAGES = {
    fewtext.classify.single_label: (
        "gather_support", "held_out_answers", "with_best_parts", "without_harmful_names", "fit_temperature"),
    SingleLabelClassifier: ("_fit_classifier",),
    fewtext.classify.multi_label: ("gather_support", "calibrate"),
    MultiLabelClassifier: ("_fit_classifier",),
}  # fmt: skip


class MadeUp(Encoder):
    """Reads a text as ``1 20 300 text 7``: the centres of its classes, and noise of its own."""

    name, shape, fingerprint, shares = "made-up", (WIDTH,), "made-up", (0.7, 0.3)

    def __init__(self, labels, count):
        self.device = torch.device("cpu")
        generator = torch.Generator().manual_seed(0)
        self.centres = torch.randn(labels, INNER, generator=generator)
        self.noise = torch.randn(count, INNER, generator=generator)
        self.up = torch.randn(INNER, WIDTH, generator=generator)

    def encode(self, items, progress=None):
        """Return features ``[n, WIDTH]``."""
        rows = []
        for item in items:
            own, _, number = item.partition(" text ")
            ways = [int(word) for word in own.replace("class ", "").split()]
            rows.append(self.centres[ways].mean(0) + (0.8 * self.noise[int(number)] if number else 0))
        return normalize(torch.stack(rows) @ self.up, dim=-1)


def made_up(case):
    """Return the encoder of a case, its texts and their labels, and texts to answer."""
    labels, shots, several = CASES[case]
    n = labels * shots
    own = [[(i + 7 * k * (i % labels)) % labels for k in range(1 + i % several)] for i in range(n + POOL)]
    texts = [f"{' '.join(map(str, ways))} text {i}" for i, ways in enumerate(own)]
    named = [[f"class {way}" for way in ways] for ways in own[:n]]
    given = [tuple(dict.fromkeys(ways)) for ways in named] if several > 1 else [ways[0] for ways in named]
    return MadeUp(labels, n + POOL), texts[:n], given, texts[n:]


def peak():
    lines = Path("/proc/self/status").read_text(encoding="ascii").splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith("VmHWM")) // 1024


@contextmanager
def measured(stages, name):
    """Measure a block; ``stages`` gets its seconds and peak memory in MB, summed and the most of all its runs."""
    Path("/proc/self/clear_refs").write_text("5", encoding="ascii")  # the peak starts anew
    start = time.process_time()
    try:
        yield
    finally:
        seconds, most = stages.get(name, (0.0, 0))
        stages[name] = [round(seconds + time.process_time() - start, 2), max(most, peak())]


def watch(stages):
    """Measure each stage of a fit."""
    for place, names in STAGES.items():
        for name in names:
            inner = getattr(place, name)

            def timed(*args, inner=inner, name=name, **more):
                with measured(stages, name.strip("_")):
                    return inner(*args, **more)

            setattr(place, name, timed)


def after_fit(case, model, encoder, queries, folder):
    """Return what is measured once a model is fitted."""
    fitted, x = model.model_, encoder.encode(queries[:QUERIES])
    stages = {
        "promises": lambda: fitted.threshold(precision=0.9),
        "shift": lambda: Shift(fitted).outside(queries[:QUERIES], x),
        "explain": lambda: model.classify(queries[:QUERIES], top=3, explain=3),
        "check": model.check,
        "suggest": lambda: model.suggest(queries, 20),
        "save": lambda: model.save(folder / "model"),
        "load": lambda: FewShotClassifier.load(folder / "model", encoder=encoder),
    }
    if case != "several":
        stages["prediction sets"] = lambda: model.predict_set(queries[:QUERIES])
    return stages


def overran(*_):
    raise TimeoutError


def limited(gigabytes, seconds):
    resource.setrlimit(resource.RLIMIT_DATA, (int(gigabytes * 2**30),) * 2)
    signal.signal(signal.SIGPROF, overran)
    signal.setitimer(signal.ITIMER_PROF, seconds)


def failure(error, asked):
    if isinstance(error, TimeoutError) or "TimeoutError" in str(error):
        return f"more than {asked.seconds} s"
    out = isinstance(error, MemoryError) or "allocate memory" in str(error)
    return f"more than {asked.gigabytes:g} GB" if out else f"{type(error).__name__}: {error}"[:200]


def attempt(stages, name, run, asked, result=None):
    """Run a stage; ``result``, a queue, gets what it measured where that is in another process."""
    limited(asked.gigabytes, asked.seconds)
    value = None
    try:
        with measured(stages, name):
            value = run()
    except Exception as error:
        stages[name] = [*stages[name], failure(error, asked)]
    signal.setitimer(signal.ITIMER_PROF, 0)
    if result is not None:
        result.put(stages)
    return value


def measure(case, learner, asked, results):
    """Fit a case, measure all stages, and put the line into a queue."""
    warnings.simplefilter("ignore")
    stages = {}
    if asked.brief:
        fewtext_plugins.logistic.LBFGS_STEPS = 1
    encoder, texts, labels, queries = made_up(case)
    watch(stages)
    model = attempt(
        stages, "fit", lambda: FewShotClassifier(learner=learner, encoder=encoder).fit(texts, labels), asked
    )
    print(case, learner, stages, file=sys.stderr, flush=True)
    context = multiprocessing.get_context("fork")
    with tempfile.TemporaryDirectory() as folder:
        named = after_fit(case, model, encoder, queries, Path(folder)) if model is not None else {}
        for name in asked.stages or named:
            if name not in named:
                continue
            result = context.Queue()
            process = context.Process(target=attempt, args=({}, name, named[name], asked, result))
            process.start()
            process.join()
            stages[name] = result.get()[name] if process.exitcode == 0 else [None, None, "killed"]
            print(case, learner, name, stages[name], file=sys.stderr, flush=True)
    results.put(stages)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--cases", nargs="+", choices=CASES, default=list(CASES))
    parser.add_argument("--learners", nargs="+", choices=LEARNERS, default=LEARNERS)
    parser.add_argument("--seconds", type=int, default=600, help="of the fit, and of each stage that follows it")
    parser.add_argument("--gigabytes", type=float, default=10)
    parser.add_argument("--state", default="after", help="a word for the line: before or after a change")
    parser.add_argument("--stages", nargs="+", help="what follows the fit; all without it")
    parser.add_argument("--brief", action="store_true", help="one step of logistic alone")
    parser.add_argument("--results", type=Path, default=RESULTS)
    asked = parser.parse_args()
    from encoder_speed import cpu_name  # here, so that what it imports is in no measured process

    context = multiprocessing.get_context("spawn")
    for case in asked.cases:
        for learner in asked.learners:
            results = context.Queue()
            process = context.Process(target=measure, args=(case, learner, asked, results))
            process.start()
            stages = None
            while process.is_alive() and stages is None:
                process.join(1)
                stages = results.get() if not results.empty() else None
            process.join()
            labels, shots, several = CASES[case]
            line = {
                "state": asked.state, "case": case, "learner": learner, "labels": labels, "examples": labels * shots,
                "labels_of_a_text": several, "width": WIDTH, "stages": stages or "killed", "brief": asked.brief,
                "threads": torch.get_num_threads(), **{name: version(name) for name in ("fewtext", "torch")},
                "hardware": f"{cpu_name()}, {os.cpu_count()} cores, {platform.machine()}",
            }  # fmt: skip
            with asked.results.open("a", encoding="utf-8") as stream:
                stream.write(json.dumps(line) + "\n")
            print(json.dumps(line), flush=True)


if __name__ == "__main__":
    main()
