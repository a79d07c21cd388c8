"""Damage: every file that is read back is refused, by its name, where a single bit of it is flipped.

Models of one and of several labels, a training run that has ended and one that was stopped, a grid's results and the
cache of features are made; then random bits of each file are flipped, one at a time, and the file is read. What is in
the cache is replaced: there the features have to be the undamaged ones. A model's head is fitted again, with a warning
that names its file. Prints a table of what was tried and what held, and exits with 1 where not all of it did.

    python benchmarks/damage.py --bits 50
"""

from __future__ import annotations

import argparse
import os
import random
import sys
import tempfile
import warnings
from collections.abc import Callable
from pathlib import Path

import torch
from small_grid import small_grid

from fewtext import FewShotClassifier, load
from fewtext.benchmark.grid import read_grid
from fewtext.benchmark.results import read_results
from fewtext.benchmark.run import run_grid
from fewtext.datasets.features import encoded
from fewtext.datasets.session import Session
from fewtext.encoders.load import load_encoder
from fewtext.errors import FewtextWarning, InputError
from fewtext.files.json_files import read_lines
from fewtext.learners.spec import find_learner
from fewtext.registry import discovery
from fewtext.training.loop import Listener
from fewtext.training.plan import plan_training
from fewtext.training.runs import CHECKPOINT, Run

TEXTS = [f"{which} {kind}" for kind in ("apple", "car", "boat") for which in ("red", "old", "this", "big")]
LABELS = [label for label in ("fruit", "vehicle", "on_water") for _ in range(4)]
OTHERS = ["this fog", "red rain", "big snow", "old wind", "my sun"]
GRID = small_grid("protonet")
Reader = Callable[[], object]


def models(folder: Path) -> dict[Path, Reader]:
    """Save classifiers; return their files with what reads them. The card is for people, and not read back."""
    one = FewShotClassifier(encoder="tfidf", oos_label="other")
    one.fit([*TEXTS, *OTHERS], [*LABELS, *["other"] * 5]).save(folder / "model")
    several = [(label, "old") if "old" in text else (label,) for text, label in zip(TEXTS, LABELS, strict=True)]
    FewShotClassifier(encoder="tfidf").fit(TEXTS, several).save(folder / "multi-label model")
    found = {}
    for path in (folder / "model", folder / "multi-label model"):
        for file in sorted(set(path.iterdir()) - {path / "README.md"}):
            found[file] = lambda path=path: loaded(path)
    return found


def loaded(folder: Path) -> None:
    """Load a model; raise ``InputError`` where a warning says that its head is damaged, and it answers."""
    with warnings.catch_warnings(record=True) as said:
        warnings.simplefilter("always", FewtextWarning)
        model = load(folder)
    for warning in said:
        where, _, what = str(warning.message).partition(": ")
        if "is damaged" in what and len(model.predict(TEXTS)) == len(TEXTS):
            raise InputError(what, where=where)


def runs(folder: Path) -> dict[Path, Reader]:
    """Train a learner to the end, and one until it is stopped."""
    recipe = {"backbone": "conv4:width=2", "steps": 4, "validate_every": 2, "tasks": 1, "ways": "2", "shots": "1"}
    plan = plan_training(Session(), "glyphs", "protonet", {}, recipe, fold=None, encoder="pixels:16x16x1", seed=0)
    done, stopped = folder / "run", folder / "stopped run"
    with Run(done, plan.settings, resume=False) as run:
        plan.carry_out(run, Listener(run.log, run.keep))
    with Run(stopped, plan.settings, resume=False) as run:

        def stop(checkpoint: object) -> None:
            run.keep(checkpoint)
            raise KeyboardInterrupt

        try:
            plan.carry_out(run, Listener(run.log, stop))
        except KeyboardInterrupt:
            pass
    return {
        done / "learner.json": lambda: find_learner(str(done)),
        done / "learner.safetensors": lambda: find_learner(str(done)),
        done / "metrics.jsonl": lambda: list(read_lines(done / "metrics.jsonl")),
        stopped / CHECKPOINT: lambda: Run(stopped, plan.settings, resume=True).close(),
    }


def grids(folder: Path) -> dict[Path, Reader]:
    """Measure a small grid."""
    (folder / "bench.toml").write_text(GRID, encoding="utf-8")
    grid = folder / "grid"
    assert not run_grid(read_grid(folder / "bench.toml"), grid, Session(), lambda *_: None)
    readers: dict[Path, Reader] = {
        grid / name: lambda: read_results(grid) for name in ("results.jsonl", "timings.jsonl")
    }
    for result in read_results(grid):
        readers[grid / "cells" / f"{result.key}.safetensors"] = result.right
    return readers


def cache(folder: Path) -> dict[Path, Reader]:
    """Encode images; the reader raises ``InputError`` where their features are those that were encoded first."""
    os.environ["FEWTEXT_CACHE"] = str(folder / "cache")
    encoder, glyphs = load_encoder("pixels:16x16x1", device="cpu"), discovery.corpus("glyphs").load_all().items[:400]
    whole = encoded(encoder, glyphs)
    (file,) = (folder / "cache" / "features").iterdir()

    def again() -> None:
        if torch.equal(encoded(encoder, glyphs), whole):
            raise InputError("was replaced", where=str(file))

    return {file: again}


def main(bits: int) -> int:
    """Print the table; return 1 where something did not hold."""
    torch.set_num_threads(1)
    draw, failed = random.Random(0), 0
    print(f"{'file':60} {'tried':>6} {'held':>6}")
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        for make in (models, runs, grids, cache):
            for path, read in make(folder).items():
                whole = path.read_bytes()
                places = draw.sample(range(8 * len(whole)), min(bits, 8 * len(whole)))
                held = sum(_is_refused(path, whole, place, read) for place in places)
                path.write_bytes(whole)
                failed += len(places) - held
                print(f"{path.relative_to(folder).as_posix()[-60:]:60} {len(places):6} {held:6}", flush=True)
    return int(failed > 0)


def _is_refused(path: Path, whole: bytes, place: int, read: Reader) -> bool:
    content = bytearray(whole)
    content[place // 8] ^= 1 << place % 8
    path.write_bytes(content)
    try:
        read()
    except InputError as error:
        return error.where.startswith(str(path))
    except Exception as error:
        print(f"    {path.name}, bit {place}: {type(error).__name__}: {error}")
    return False


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--bits", type=int, default=50, help="flipped in each file, default 50")
    sys.exit(main(parser.parse_args().bits))
