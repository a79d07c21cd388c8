"""What a plugin raises, returns or changes while it runs is one named error, and nothing that others would notice."""

import os
import random
import signal
import sys
import warnings
from pathlib import Path

import numpy as np
import pytest
import torch
from fewtext_plugins.protonet import ProtoNet

from fewtext.classify.fine_tuning import fine_tuned
from fewtext.contracts.corpus import Corpus, Items
from fewtext.contracts.recipe import Range, Recipe
from fewtext.datasets.features import Features
from fewtext.datasets.open import read_items
from fewtext.encoders.encode import encode
from fewtext.encoders.load import checked_encoder
from fewtext.errors import FewtextError, FewtextWarning, PluginError
from fewtext.evaluation.task_accuracy import evaluate
from fewtext.registry.failures import plugin_errors
from fewtext.registry.guard import Guard
from fewtext.registry.options import build_learner
from fewtext.training.episodes import EpisodeSampler
from fewtext.training.loop import meta_train

ROOT = Path(__file__).parent.parent


def leave(*_, **__):
    sys.exit(0)


@pytest.mark.parametrize("error", [SystemExit(0), KeyboardInterrupt(), GeneratorExit(), StopIteration(), ValueError()])
def test_whatever_a_plugin_raises_names_it(error):
    with (
        pytest.raises(PluginError, match=f"encoder odd failed: {type(error).__name__}"),
        plugin_errors("encoder", "odd"),
    ):
        raise error


def test_an_error_that_cannot_be_shown_is_named_by_its_type():
    class Odd(Exception):
        __str__ = leave

    with pytest.raises(PluginError, match="encoder odd failed: Odd"), plugin_errors("encoder", "odd"):
        raise Odd


def test_an_error_for_the_user_stays_as_it_is():
    with pytest.raises(FewtextError, match="^no such model$"), plugin_errors("encoder", "odd"):
        raise FewtextError("no such model")


@pytest.mark.parametrize("swallowed", [False, True])
def test_an_interruption_by_the_user_is_no_error_of_the_plugin(swallowed):
    with pytest.raises(KeyboardInterrupt), plugin_errors("encoder", "odd"):
        try:
            signal.raise_signal(signal.SIGINT)
        except BaseException:
            if not swallowed:
                raise
    assert signal.getsignal(signal.SIGINT) is signal.default_int_handler


def unset_environment():
    os.environ["FEWTEXT_DEVICE"] = "none"


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda: torch.set_default_dtype(torch.float64), "torch's default dtype"),
        (lambda: torch.set_default_device("meta"), "torch's default device"),
        (lambda: torch.manual_seed(11), "torch's random numbers"),
        (lambda: torch.set_num_threads(torch.get_num_threads() + 1), "torch's threads"),
        (lambda: torch.set_grad_enabled(False), "torch's gradient mode"),
        (lambda: torch.use_deterministic_algorithms(True), "torch's deterministic mode"),
        (lambda: np.random.seed(11), "numpy's random numbers"),
        (lambda: np.seterr(all="raise"), "numpy's handling of errors"),
        (lambda: random.seed(11), "random's numbers"),
        (lambda: os.chdir("/"), "the working directory"),
        (lambda: os.umask(0o770), "the umask"),
        (unset_environment, "environment variables"),
        (lambda: sys.path.insert(0, "/nowhere"), "sys.path"),
        (lambda: sys.argv.clear(), "sys.argv"),
        (lambda: setattr(sys, "stdout", None), "the standard streams"),
        (lambda: setattr(sys, "excepthook", None), "sys.excepthook"),
        (lambda: signal.signal(signal.SIGINT, signal.SIG_IGN), "signal handlers"),
        (lambda: sys.modules.pop("json"), "modules that were loaded"),
    ],
)
def test_what_a_plugin_changes_in_the_process_is_restored_with_a_warning(change, message):
    with Guard("plugin", loading=True) as guard:
        change()
    assert guard.changes == [f"changed {message}"] and guard.error is None
    with Guard("plugin", loading=True) as guard:
        pass
    assert guard.changes == []


def test_a_plugin_cannot_make_our_warnings_errors_or_hide_them():
    for action in ("error", "ignore"):
        with warnings.catch_warnings():
            warnings.simplefilter("always", FewtextWarning)
            with Guard("plugin", loading=True) as guard:
                warnings.simplefilter(action)
            assert guard.changes == ["changed which warnings are shown"]
            with pytest.warns(FewtextWarning):
                warnings.warn("still here", FewtextWarning, stacklevel=1)


def test_a_library_may_add_to_the_process_what_changes_no_answers(monkeypatch):
    monkeypatch.setenv("ANOTHERS", "1")
    monkeypatch.delenv("ANOTHERS")
    with Guard("plugin", loading=True) as guard:
        os.environ["ANOTHERS"] = "1"
        sys.path.append("/nowhere")
        warnings.filterwarnings("ignore", message="numpy.ndarray size changed")
        torch.rand(3, generator=torch.Generator())
    assert guard.changes == [] and os.environ["ANOTHERS"] == "1" and sys.path.pop() == "/nowhere"


@pytest.mark.parametrize(
    ("returned", "message"),
    [
        (lambda items: None, "encode returned a NoneType"),
        (lambda items: np.zeros((len(items), 1024), np.float32), "encode returned a ndarray"),
        (lambda items: torch.zeros(len(items) + 1, 1024), r"features of shape \(3, 1024\), not \(2, 1024\)"),
        (lambda items: torch.zeros(len(items), 7), r"features of shape \(2, 7\), not \(2, 1024\)"),
        (lambda items: torch.zeros(len(items), 1024).double(), "encode returned torch.float64"),
        (leave, "SystemExit: 0"),
        (lambda items: 1 / 0, "ZeroDivisionError"),
    ],
)
def test_features_that_are_not_what_was_promised_are_an_error(toy_encoder, monkeypatch, returned, message):
    monkeypatch.setattr(toy_encoder, "encode", lambda items, progress=None: returned(items))
    with pytest.raises(PluginError, match=f"encoder toy failed: .*{message}"):
        encode(toy_encoder, ["a", "b", "a"])


def test_features_keep_no_gradient_and_can_be_trained_on(toy_encoder, monkeypatch):
    weight = torch.ones(1024, requires_grad=True)
    monkeypatch.setattr(toy_encoder, "encode", lambda items, progress=None: weight.expand(len(items), -1) * 2)
    assert not encode(toy_encoder, ["a"]).requires_grad
    with torch.inference_mode():
        made = torch.ones(1, 1024)
    monkeypatch.setattr(toy_encoder, "encode", lambda items, progress=None: made)
    (encode(toy_encoder, ["a"]) * weight).sum().backward()
    assert weight.grad.eq(1).all()


@pytest.mark.parametrize("attribute", [{"shape": None}, {"shape": (0,)}, {"fingerprint": 3}, {"modalities": "text"}])
def test_an_encoder_says_what_it_is(toy_encoder, monkeypatch, attribute):
    ((name, value),) = attribute.items()
    assert checked_encoder(toy_encoder, "toy") is toy_encoder
    monkeypatch.setattr(toy_encoder, name, value, raising=False)
    with pytest.raises(PluginError, match="encoder toy failed: TypeError"):
        checked_encoder(toy_encoder, "toy")


@pytest.mark.parametrize(
    ("reader", "message"),
    [
        (leave, "SystemExit"),
        (lambda: None, "the reader returned a NoneType"),
        (lambda: Items(["a", "b"], ["x"]), "2 items but 1 labels"),
        (lambda: Items(["a", 3], ["x", "y"]), "an item is a int"),
        (lambda: Items(["a"], [3]), "a label is a int"),
    ],
)
def test_a_corpus_that_reads_something_else_is_named(reader, message):
    with pytest.raises(PluginError, match=f"corpus odd failed: .*{message}"):
        read_items(Corpus("odd", "text", "", "", "", {"train": reader}), "train")


@pytest.mark.parametrize("tune", [leave, lambda *_, **__: None])
def test_a_tuner_that_returns_no_encoder_is_named(toy_encoder, tune):
    tuner = type("Odd", (), {"name": "odd", "tune": tune})()
    with pytest.raises(PluginError, match="tuner odd failed"):
        fine_tuned(tuner, toy_encoder, ["a"], torch.tensor([0]))


def features():
    x = torch.randn(24, 4, generator=torch.Generator().manual_seed(0))
    return Features(x, torch.arange(24) % 3, ("a", "b", "c"))


def learner(fit, vectorizes=True):
    odd = type("Odd", (ProtoNet,), {"name": "odd", "fit": lambda self, s: fit(s), "vectorizes": vectorizes})
    return build_learner(odd, {}, (4,), "linear")


@pytest.mark.parametrize("vectorizes", [True, False])
@pytest.mark.parametrize(
    "fit",
    [
        leave,
        lambda s: None,
        lambda s: lambda x: None,
        lambda s: lambda x: np.zeros((len(x), s.ways)),
        lambda s: lambda x: torch.zeros(len(x), s.ways + 1),
        lambda s: lambda x: torch.zeros(len(x) + 1, s.ways),
        lambda s: lambda x: torch.zeros(s.ways),
    ],
)
def test_a_learner_that_answers_something_else_is_named_in_evaluation_and_in_training(fit, vectorizes):
    two = Range(2, 2)
    drawn = EpisodeSampler(features(), two, Range(1, 1), 2).draw(3, torch.Generator().manual_seed(0))
    with pytest.raises(PluginError, match="learner odd failed"):
        evaluate(learner(fit, vectorizes), features(), drawn)
    recipe = Recipe(ways=two, shots=Range(1, 1), queries=2, tasks=2, steps=1)
    with pytest.raises(PluginError, match="learner odd failed"):
        meta_train(learner(fit, vectorizes), features(), None, recipe)


def test_a_loss_is_one_number(monkeypatch):
    odd = learner(lambda s: None)
    monkeypatch.setattr(odd, "loss", lambda episode: odd.backbone(episode.query).sum(1))
    recipe = Recipe(ways=Range(2, 2), shots=Range(1, 1), queries=2, tasks=2, steps=1)
    with pytest.raises(PluginError, match=r"learner odd failed: .*the loss has shape \[4\]"):
        meta_train(odd, features(), None, recipe)


def test_ten_hostile_plugins_at_once_leave_the_answers_as_they_are(monkeypatch):
    monkeypatch.syspath_prepend(ROOT / "benchmarks")
    import hostile_plugins

    ten = {name: hostile_plugins.KINDS[name] for name in hostile_plugins.TEN}
    assert hostile_plugins.faults(ten, hostile_plugins.run(ten), hostile_plugins.run({}).stdout) == []


def test_a_check_of_plugins_outlives_one_that_ends_and_one_that_hangs(monkeypatch, tmp_path):
    monkeypatch.syspath_prepend(ROOT / "benchmarks")
    from hostile_plugins import Kind, install

    from fewtext.registry.installed import installed
    from fewtext.registry.plugin_check import check_apart

    install({"ends": Kind("import os\nos._exit(0)"), "hangs": Kind("while True: pass")}, tmp_path)
    monkeypatch.syspath_prepend(tmp_path)
    found = [plugin for plugin in installed("fewtext") if plugin.distribution.startswith("hostile")]
    ends, hangs = check_apart(found, seconds=5)
    assert "ended the process" in ends.fault and hangs.fault == "did not finish within 5 seconds, while it was imported"
