"""Figures are drawn and written atomically, and refused before the work where they cannot be."""

import pytest
import torch

from fewtext.errors import FewtextError, InputError
from fewtext.evaluation import figures
from fewtext.registry import discovery
from fewtext.registry.options import build_learner
from fewtext.training.batching import Batch

pytest.importorskip("matplotlib", reason="needs matplotlib: fewtext[figures]")
METRICS = [{"step": 0, "valid_accuracy": 0.3}] + [{"step": s, "loss": 2.0 / s} for s in range(1, 200)] + [
    {"step": 200, "loss": 0.01, "valid_accuracy": 0.8}
]  # fmt: skip
STARTS = {"png": b"\x89PNG", "svg": b"<?xml", "pdf": b"%PDF"}


def images(tasks=3, ways=3, shots=2, queries=4, shape=(1, 16, 16)):
    torch.manual_seed(0)
    y = torch.arange(ways).repeat_interleave(shots).expand(tasks, -1)
    target = torch.arange(ways).repeat_interleave(queries).expand(tasks, -1)
    x, query = torch.rand(*y.shape, *shape), torch.rand(*target.shape, *shape)
    return Batch(x, y, torch.ones(y.shape), query, target, ways)


@pytest.mark.parametrize("ending", figures.FORMATS)
def test_curves_are_drawn_in_every_format(ending, tmp_path):
    path = tmp_path / f"curves.{ending}"
    figures.draw_curves(METRICS, path, "a run")
    assert path.read_bytes().startswith(STARTS[ending])


@pytest.mark.parametrize("metrics", [[], METRICS[:1], METRICS[1:2], [{"step": 1, "loss": -0.5}]])
def test_a_run_of_few_steps_has_curves_too(metrics, tmp_path):
    figures.draw_curves(metrics, tmp_path / "c.png", "a run")
    assert (tmp_path / "c.png").stat().st_size > 1000


@pytest.mark.parametrize(("shape", "ways"), [((1, 16, 16), 3), ((3, 16, 16), 12)])
def test_an_episode_figure_frames_right_and_wrong(shape, ways, tmp_path, monkeypatch):
    learner = build_learner(discovery.learner("protonet"), {}, shape, "identity")
    batch = images(ways=ways, shape=shape)
    frames = []
    drawn = figures._image
    monkeypatch.setattr(figures, "_image", lambda axes, x, colour: frames.append(colour) or drawn(axes, x, colour))
    figures.draw_episodes(learner, batch, tmp_path / "episodes.png", "episodes")
    answers = torch.stack([learner.fit(e.support)(e.query).argmax(-1) for e in map(batch.episode, range(3))])
    shown = batch.target < figures.MOST_ROWS
    right = int(((answers == batch.target) & shown).sum())
    assert frames.count(figures.RIGHT) == right and frames.count(figures.WRONG) == int(shown.sum()) - right
    assert (tmp_path / "episodes.png").read_bytes().startswith(STARTS["png"])


def test_vectors_cannot_be_drawn(tmp_path):
    learner = build_learner(discovery.learner("protonet"), {}, (4,), "identity")
    with pytest.raises(FewtextError, match="an episode figure shows images"):
        figures.draw_episodes(learner, images(shape=(4,)), tmp_path / "episodes.png", "")
    assert not list(tmp_path.iterdir())


def test_a_figure_that_cannot_be_drawn_is_refused_first(tmp_path, monkeypatch):
    with pytest.raises(FewtextError, match=r"cannot tell the format of .*; use the suffix .png, .svg, .pdf"):
        figures.check_figure(tmp_path / "curves.docx")
    with pytest.raises(InputError, match="its folder does not exist"):
        figures.check_figure(tmp_path / "none/curves.png")
    monkeypatch.setattr(figures, "find_spec", lambda name: None)
    with pytest.raises(FewtextError, match=r'pip install "fewtext\[figures\]"'):
        figures.check_figure(tmp_path / "curves.png")
