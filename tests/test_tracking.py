"""Trackers log the metrics of training; one that fails is named and does not disturb training."""

import json
import subprocess
import sys
import zipfile
from collections import deque
from importlib.util import find_spec
from pathlib import Path

import pytest
import torch
from fewtext_plugins.protonet import ProtoNet

from fewtext.contracts.recipe import Range, Recipe
from fewtext.contracts.tracker import Tracker
from fewtext.datasets.features import Features
from fewtext.errors import FewtextWarning, InputError, PluginError
from fewtext.learners.spec import RunSettings
from fewtext.registry import discovery
from fewtext.registry.options import build_learner
from fewtext.training.loop import Listener, meta_train
from fewtext.training.runs import Run
from fewtext.training.trackers import Trackers

SETTINGS = {"learner": "protonet", "recipe": {"steps": 3}}


def train(trackers, steps=3):
    """Train on a few random vectors; return the metrics as the trackers heard them."""
    x = torch.randn(24, 4, generator=torch.Generator().manual_seed(0))
    features = Features(x, torch.arange(24) % 3, ("a", "b", "c"))
    recipe = Recipe(ways=Range(2, 2), shots=Range(1, 1), queries=2, tasks=2, steps=steps)
    heard = {}

    def log(step, metrics):
        heard[step] = metrics
        trackers.log(step, metrics)

    learner = build_learner(ProtoNet, {}, (4,), "linear", 0)
    meta_train(learner, features, None, recipe, listener=Listener(log))
    trackers.close()
    return heard


def events(folder):
    accumulator = pytest.importorskip("tensorboard.backend.event_processing.event_accumulator")
    return accumulator.EventAccumulator(str(folder / "tensorboard")).Reload()


def curve(folder, tag):
    return [(event.step, event.value) for event in events(folder).Scalars(tag)]


def test_tensorboard_gets_every_metric_of_every_step(tmp_path):
    pytest.importorskip("tensorboard")
    heard = train(Trackers(["tensorboard"], tmp_path, SETTINGS))
    assert sorted(heard) == [1, 2, 3] and {"loss", "gradient_norm", "rate"} <= set(heard[1])
    for tag in heard[1]:
        expected = [(step, pytest.approx(metrics[tag], rel=1e-6)) for step, metrics in heard.items()]  # kept as float32
        assert curve(tmp_path, tag) == expected


def test_tensorboard_gets_the_settings_once(tmp_path):
    pytest.importorskip("tensorboard")
    for steps in ([1, 2], [3, 4]):
        trackers = Trackers(["tensorboard"], tmp_path, SETTINGS)
        deque((trackers.log(step, {"loss": 1.0}) for step in steps), maxlen=0)
        trackers.close()
    (message,) = events(tmp_path).Tensors("settings/text_summary")
    assert json.loads(message.tensor_proto.string_val[0]) == SETTINGS


def test_a_resumed_run_is_one_curve(tmp_path):
    """Killed at step 4 with a checkpoint at step 2, it logs 3 and 4 again: they show once, as they were last."""
    pytest.importorskip("tensorboard")
    for steps, value in (([0, 1, 2, 3, 4], 1.0), ([3, 4, 5], 2.0)):
        trackers = Trackers(["tensorboard"], tmp_path, SETTINGS)
        deque((trackers.log(step, {"loss": value}) for step in steps), maxlen=0)
        trackers.close()
    assert curve(tmp_path, "loss") == [(0, 1.0), (1, 1.0), (2, 1.0), (3, 2.0), (4, 2.0), (5, 2.0)]


ALONE = """
import json, random, socket, sys
from pathlib import Path
asked = []
socket.getaddrinfo = lambda *where, **how: asked.append(where) or []
random.random = lambda: 0.99  # above one half, the library would report its own warnings
sys.path.insert(0, sys.argv[2])
from test_tracking import SETTINGS, train
from fewtext.registry import discovery
from fewtext.training.trackers import Trackers
discovery.offers("learners")  # as the command does first
import transformers.integrations.integration_utils  # which imports the library where it is installed
heard = train(Trackers(["comet"], Path(sys.argv[1]), SETTINGS))
assert not asked, asked
print(json.dumps({step: of["loss"] for step, of in heard.items()}))
"""


@pytest.mark.processes
@pytest.mark.skipif(not find_spec("comet_ml"), reason="needs comet-ml")
def test_comet_writes_a_zip_and_uses_no_network(tmp_path):
    """In a process of its own: whoever imports the library first decides whom it tells."""
    done = subprocess.run([sys.executable, "-c", ALONE, tmp_path, Path(__file__).parent], capture_output=True)
    assert done.returncode == 0 and done.stderr == b"", done.stderr.decode()
    heard = {int(step): loss for step, loss in json.loads(done.stdout).items()}
    (path,) = (tmp_path / "comet").iterdir()
    messages = [json.loads(line)["payload"] for line in zipfile.ZipFile(path).read("messages.json").splitlines()]
    metrics = [message["metric"] for message in messages if message.get("metric")]
    losses = {metric["step"]: metric["metricValue"] for metric in metrics if metric["metricName"] == "loss"}
    assert losses == {step: pytest.approx(loss) for step, loss in heard.items()}
    parameters = [message["param"] for message in messages if message.get("param")]
    assert "protonet" in str(parameters) and tmp_path.name in str(messages)


class Good(Tracker):
    name = "good"

    def __init__(self, folder, settings):
        self.heard, self.closed = [], 0
        Good.last = self

    def log(self, step, metrics):
        self.heard.append(step)

    def close(self):
        self.closed += 1


def failing(method):
    def fail(self, *arguments):
        raise OSError("no space left")

    return type("Bad", (Good,), {"name": "bad", method: fail})


@pytest.mark.parametrize("method", ["__init__", "log", "close"])
def test_a_tracker_that_fails_is_named_and_the_others_go_on(method, tmp_path, monkeypatch):
    monkeypatch.setattr(discovery, "tracker", {"good": Good, "bad": failing(method)}.__getitem__)
    with pytest.warns(
        FewtextWarning, match="tracker bad failed and is skipped from here on: OSError: no space left"
    ) as message:
        # The good one is made last, so that ``Good.last`` is it.
        heard = train(Trackers(["bad", "good"], tmp_path, SETTINGS))
    assert len(message) == 1, "after the first failure it is left alone"
    assert Good.last.heard == sorted(heard) == [1, 2, 3] and Good.last.closed == 1


def test_an_author_sees_the_trackers_own_error(tmp_path, monkeypatch):
    monkeypatch.setattr(discovery, "tracker", {"bad": failing("log")}.__getitem__)
    monkeypatch.setenv("FEWTEXT_STRICT", "1")
    with pytest.raises(OSError, match="no space left"):
        Trackers(["bad"], tmp_path, SETTINGS).log(1, {"loss": 0.0})


def test_an_unknown_tracker_is_an_error_before_any_starts(tmp_path):
    pytest.importorskip("tensorboard")
    with pytest.raises(PluginError, match="no tracker 'tensorbord'; did you mean tensorboard\\? installed: "):
        Trackers(["tensorboard", "tensorbord"], tmp_path, SETTINGS)
    assert not list(tmp_path.iterdir())


def test_trackers_without_their_library_are_not_offered(monkeypatch):
    from fewtext_plugins import comet, tensorboard

    for plugin in (comet, tensorboard):
        monkeypatch.setattr(plugin, "find_spec", lambda name: None)
        assert plugin.trackers() == []


def test_a_run_killed_before_its_first_validation_starts_again_beside_its_trackers_folders(tmp_path):
    settings = RunSettings("protonet", {}, "linear", [4], "toy", "toy", None, "", "c", "", "f", [], [], {}, 0)
    folder = tmp_path / "run"
    with Run(folder, settings, resume=False) as run:
        run.log(1, {"loss": 0.0})
    (folder / "tensorboard").mkdir()
    with Run(folder, settings, resume=False) as again:
        assert again.checkpoint is None and (folder / "metrics.jsonl").read_text() == ""


def test_a_folder_with_other_folders_is_not_a_run(tmp_path):
    settings = RunSettings("protonet", {}, "linear", [4], "toy", "toy", None, "", "c", "", "f", [], [], {}, 0)
    (tmp_path / "photos").mkdir()
    with pytest.raises(InputError, match="exists and is not a training run"):
        Run(tmp_path, settings, resume=False)


def test_the_command_can_run_without_trackers(tmp_path, run_fewtext):
    run = run_fewtext(
        *["train", "--corpus", "office", "--learner", "protonet", "--output", tmp_path / "run"],
        *["--steps", 2, "--validate-every", 1, "--tracker", "none"],
    )
    assert run.returncode == 0, run.stderr.decode()
    assert not any(path.is_dir() for path in (tmp_path / "run").iterdir())
