"""Adaptability: accuracy by inner step and by second, the areas under both, and a learned start beside its own."""

import json
import math
import re

import numpy as np
import pytest
import torch

from fewtext.contracts.recipe import Range
from fewtext.datasets.features import Features
from fewtext.errors import PluginError
from fewtext.evaluation import adaptability, episodic
from fewtext.evaluation.adaptability import LATE, SOON, accuracy_by_step, area_by_seconds, area_by_step
from fewtext.evaluation.report import TIMES
from fewtext.evaluation.task_accuracy import evaluate
from fewtext.learners.spec import find_learner
from fewtext.registry import discovery
from fewtext.registry.options import build_learner
from fewtext.training.episodes import EpisodeSampler


def gaussians(classes=8, each=30, width=12):
    generator = torch.Generator().manual_seed(0)
    y = torch.arange(classes).repeat_interleave(each)
    x = torch.randn(classes, width, generator=generator)[y] + torch.randn(len(y), width, generator=generator)
    return Features(x, y, tuple(map(str, range(classes))))


def drawn(features, count):
    return EpisodeSampler(features, Range(4, 4), Range(2, 2), 5).draw(count, torch.Generator().manual_seed(0))


@pytest.fixture
def clock(monkeypatch):
    """A clock that goes on by a millisecond whenever it is read, so that a test knows what was measured."""
    reads = iter(range(1_000_000))
    monkeypatch.setattr(adaptability, "now", lambda device: next(reads) / 1000)


def test_the_area_by_step_is_the_mean_over_steps():
    assert area_by_step([0.2, 0.6, 0.7]) == pytest.approx(0.5)
    assert area_by_step([0.8]) == 0.8


def test_each_power_of_ten_counts_alike_in_the_area_by_seconds():
    """From 0.1 ms to 1 s are four: one at chance, one at each classifier but the last, which has two."""
    assert math.log10(LATE / SOON) == pytest.approx(4)
    assert area_by_seconds([0.5, 0.9], [1e-3, 1e-2], 0.1) == pytest.approx((0.1 + 0.5 + 2 * 0.9) / 4)
    assert area_by_seconds([0.9], [1e-2], 0.1) == pytest.approx((2 * 0.1 + 2 * 0.9) / 4)


@pytest.mark.parametrize(("seconds", "area"), [(1e-9, 0.9), (SOON, 0.9), (LATE, 0.1), (60.0, 0.1)])
def test_what_is_there_at_once_counts_in_full_and_what_comes_too_late_not_at_all(seconds, area):
    assert area_by_seconds([0.9], [seconds], 0.1) == pytest.approx(area)


def test_the_sooner_of_two_equally_accurate_learners_adapts_better():
    areas = [area_by_seconds([0.2, 0.9], [t, 2 * t], 0.2) for t in (1e-4, 1e-3, 1e-2, 1e-1)]
    assert areas == sorted(areas, reverse=True) and len(set(areas)) == 4


def test_the_curve_of_a_gradient_learner_has_a_point_for_each_step(clock):
    features = gaussians()
    learner = build_learner(discovery.learner("anil"), {"steps": 4, "rate": 0.3}, (12,))
    episodes = drawn(features, 30)
    found = evaluate(learner, features, episodes)
    assert found.seconds_by_step == pytest.approx([0.001, 0.002, 0.003, 0.004, 0.005])
    assert found.seconds_to_adapt == pytest.approx(0.005) and found.seconds_to_predict == pytest.approx(0.001)
    assert found.area_by_seconds == pytest.approx(area_by_seconds(found.by_step, found.seconds_by_step, 0.25))
    assert accuracy_by_step(learner, features, episodes, 7) == pytest.approx(found.by_step)


def test_the_curve_of_a_closed_form_learner_is_one_point(clock):
    features = gaussians()
    learner = build_learner(discovery.learner("protonet"), {}, (12,))
    episodes = drawn(features, 30)
    found = evaluate(learner, features, episodes)
    assert found.by_step is None and found.seconds_by_step == pytest.approx([0.001])
    assert found.area_by_seconds == pytest.approx((0.25 + 3 * found.accuracy) / 4)
    assert accuracy_by_step(learner, features, episodes, 7) == pytest.approx([found.accuracy])


def test_a_curve_is_of_the_first_hundred_tasks_whatever_the_batches():
    features = gaussians()
    learner = build_learner(discovery.learner("anil"), {"steps": 2, "rate": 0.3}, (12,))
    many = drawn(features, 130)
    batch = next(many.batches(features, 100))
    logits = torch.stack([list(learner.fit_by_step(e.support))[1](e.query) for e in map(batch.episode, range(100))])
    expected = (logits.argmax(-1) == batch.target).double().mean().item()
    for at_once in (9, 130):
        assert accuracy_by_step(learner, features, many, at_once)[1] == pytest.approx(expected)
    assert evaluate(learner, features, many).by_step[1] == pytest.approx(expected)


@pytest.fixture(scope="module")
def corpus(tmp_path_factory):
    """A folder of twelve classes of noisy images of one shade each."""
    Image = pytest.importorskip("PIL.Image", reason="needs Pillow: fewtext[images]")  # noqa: N806
    folder, rng = tmp_path_factory.mktemp("shades"), np.random.default_rng(0)
    for shade in range(12):
        (folder / f"shade{shade:02}").mkdir()
        for number in range(8):
            pixels = (20 * shade + rng.normal(0, 6, (16, 16))).clip(0, 255).astype(np.uint8)
            Image.fromarray(pixels).save(folder / f"shade{shade:02}" / f"{number}.png")
    return folder


@pytest.fixture(scope="module")
def runs(tmp_path_factory, corpus, run_fewtext):
    """A MAML and a prototypical network, trained on these images a little."""
    folder = tmp_path_factory.mktemp("runs")
    for name, more in (("maml", ["-o", "steps=2", "-o", "rate=0.05"]), ("protonet", [])):
        done = run_fewtext("train", "--corpus", corpus, "--encoder", "pixels:16x16x1", "--learner", name, *more,
                           "--backbone", "conv4:width=4", "--ways", "3", "--shots", "1", "--queries", "3", "--steps",
                           "30", "--rate", "0.01", "--validate-every", "10", "--seed", "7", "--tracker", "none",
                           "--output", folder / name)  # fmt: skip
        assert done.returncode == 0, done.stderr.decode()
    return folder


def reported(run_fewtext, corpus, *arguments):
    small = ["--ways", "3", "--queries", "3", "--episodes", "20"]
    done = run_fewtext("evaluate", "--corpus", corpus, *small, "--format", "json", *arguments)
    assert done.returncode == 0, done.stderr.decode()
    return json.loads(done.stdout)


def test_a_trained_learner_stands_beside_the_start_of_its_training(run_fewtext, corpus, runs):
    report = reported(run_fewtext, corpus, "--learner", runs / "maml")
    assert len(report["by_step"]) == len(report["untrained_by_step"]) == len(report["seconds_by_step"]) == 3
    assert report["area_by_step"] == pytest.approx(sum(report["by_step"]) / 3)
    assert report["untrained_area_by_step"] == pytest.approx(sum(report["untrained_by_step"]) / 3)
    assert report["by_step"] != report["untrained_by_step"]
    closed = reported(run_fewtext, corpus, "--learner", runs / "protonet")
    assert closed["by_step"] is closed["area_by_step"] is closed["untrained_area_by_step"] is None
    assert len(closed["untrained_by_step"]) == len(closed["seconds_by_step"]) == 1


def test_a_start_that_cannot_answer_yet_is_left_out(run_fewtext, corpus, runs, monkeypatch):
    def refused(*_):
        raise PluginError("protonet failed: not trained")

    monkeypatch.setattr(episodic, "accuracy_by_step", refused)
    report = reported(run_fewtext, corpus, "--learner", runs / "protonet")
    assert report["untrained_by_step"] is None and report["accuracy"] > 1 / 3


def test_an_untrained_learner_has_no_start_beside_it(run_fewtext, corpus):
    report = reported(run_fewtext, corpus, "--learner", "proto-maml", "-o", "steps=1", "--encoder", "pixels:16x16x1")
    assert len(report["by_step"]) == 2 and report["untrained_by_step"] is report["untrained_area_by_step"] is None


def test_the_start_of_a_training_is_that_of_its_seed(runs):
    spec = find_learner(str(runs / "maml"))
    kind, shape = discovery.learner("maml"), tuple(spec.run.shape)
    again = build_learner(kind, spec.options, shape, spec.backbone, 7).state_dict()
    start = spec.untrained(shape).state_dict()
    assert all(torch.equal(start[name], weight) for name, weight in again.items())
    assert any(not torch.equal(start[name], weight) for name, weight in spec.weights.items())
    assert find_learner("protonet").untrained(shape) is None


def test_no_second_is_in_what_a_grid_compares():
    """``results.jsonl`` is the same bytes on every run: what TIMES names is kept beside it."""
    assert set(TIMES) == {"seconds_to_adapt", "seconds_to_predict", "seconds_by_step", "area_by_seconds"}


@pytest.mark.parametrize("name", ["maml", "protonet"])
def test_both_curves_are_drawn(run_fewtext, corpus, runs, name, tmp_path):
    pytest.importorskip("matplotlib", reason="needs matplotlib: fewtext[figures]")
    report = reported(run_fewtext, corpus, "--learner", runs / name, "--curves", tmp_path / "c.svg")
    drawn = (tmp_path / "c.svg").read_text(encoding="utf-8")
    # A comment before each text says what its outlines spell.
    shown = re.findall(r"<!-- (.+?) -->", drawn)
    assert f"area {report['area_by_seconds']:.3f}" in shown
    if name == "maml":
        assert f"trained, area {report['area_by_step']:.3f}" in shown
        assert f"before training, area {report['untrained_area_by_step']:.3f}" in shown


def test_curves_that_cannot_be_drawn_are_refused_first(run_fewtext, tmp_path):
    for more, complaint in (
        (["--curves", tmp_path / "c.docx"], b"cannot tell the format of"),
        (["--curves", tmp_path / "c.png", "--sequence"], b"a sequence has no curves of adaptation"),
        (["--queries", "3", "--sequence"], b"--queries has no effect with --sequence"),
        (["--sequence"], b"protonet does not follow sequences"),
    ):
        done = run_fewtext("evaluate", "--corpus", "office", "--learner", "protonet", *more)
        assert done.returncode == 1 and complaint in done.stderr and not list(tmp_path.iterdir())


def test_the_page_of_a_grid_draws_the_seconds_of_every_step(corpus, write, tmp_path):
    pytest.importorskip("pandas", reason="grids need the extra benchmarks")
    from fewtext.benchmark.grid import read_grid
    from fewtext.benchmark.html import page
    from fewtext.benchmark.results import read_results
    from fewtext.benchmark.run import run_grid
    from fewtext.benchmark.summary import rows
    from fewtext.benchmark.tables import long_table
    from fewtext.datasets.session import Session

    grid = f'''corpora = "{corpus}"\nlearners = ["protonet", {{ learner = "proto-maml", options = {{ steps = 2 }} }}]
encoders = "pixels:16x16x1"\nways = 3\nqueries = 3\nepisodes = 10\n'''
    run_grid(read_grid(write("adapt.toml", grid)), tmp_path / "out", Session(), lambda *_: None)
    results = read_results(tmp_path / "out")
    found = {row.name.split()[0]: row for row in rows(results)}
    assert len(found["proto-maml"].seconds_by_step) == len(found["proto-maml"].by_step) == 3
    assert found["protonet"].seconds_by_step == []
    assert "seconds" not in (tmp_path / "out" / "results.jsonl").read_text(encoding="utf-8")
    assert long_table(rows(results))["area_by_seconds"].between(0, 1).all()
    assert "adaptability, %" in page(results, rows(results), title="a page")
