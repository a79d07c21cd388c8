"""Training resumes bit for bit where it stopped, keeps the best weights, and survives a kill."""

import itertools
import os
import signal
import subprocess
import sys
import time
from dataclasses import asdict, replace
from pathlib import Path
from types import SimpleNamespace

import pytest
import torch
from tiny_models import write_model

from fewtext.contracts.learner import Learner
from fewtext.contracts.recipe import Range, Recipe
from fewtext.datasets.features import Features
from fewtext.errors import FewtextError, InputError
from fewtext.files.json_files import read_json, read_lines, write_json
from fewtext.learners.spec import WEIGHTS, LearnerSpec, find_learner, settings_of
from fewtext.registry import discovery
from fewtext.registry.options import build_learner
from fewtext.training.loop import Checkpoint, Listener, meta_train, validation_episodes
from fewtext.training.runs import CHECKPOINT, LAST, METRICS, Run

SMALL = Recipe(
    backbone="mlp:hidden=8,features=8", ways=Range(3, 3), shots=Range(1, 2), queries=3, tasks=2, steps=12,
    validate_every=4, patience=99, rate=0.01,
)  # fmt: skip


def gaussians(classes=8, each=9, noise=2.0, seed=0):
    generator = torch.Generator().manual_seed(seed)
    centres = torch.randn(classes, 6, generator=generator)
    y = torch.arange(classes).repeat_interleave(each)
    x = centres[y] + noise * torch.randn(len(y), 6, generator=generator)
    return Features(x, y, tuple(f"class {i}" for i in range(classes)))


TOY_ENCODER = SimpleNamespace(shape=(6,), fingerprint="toy", max_length=None, dtype="")
TRAIN, VALID = gaussians(), gaussians(classes=4, seed=1)


def built(name, recipe=SMALL, seed=0):
    learner = discovery.learner(name)
    return build_learner(learner, {}, (6,), recipe.backbone, seed)


def toy_settings(name, recipe=SMALL):
    return settings_of(
        LearnerSpec(discovery.learner(name), {}, recipe.backbone), TOY_ENCODER, "toy",
        corpus="toy", data="", fold="random_0",
        train=list(TRAIN.labels), valid=list(VALID.labels), recipe=asdict(recipe), seed=0,
    )  # fmt: skip


def run_in(folder, name, resume, stop_at=None, recipe=SMALL):
    """Train in a folder as the command does; ``stop_at`` raises at the end of a step, as a Ctrl-C does."""
    learner = built(name, recipe)
    with Run(folder, toy_settings(name, recipe), resume) as run:

        def log(step, metrics):
            run.log(step, metrics)
            if step == stop_at:
                raise KeyboardInterrupt

        if not run.finished:
            meta_train(learner, TRAIN, VALID, recipe, resume=run.checkpoint, listener=Listener(log, run.keep))
    return learner


def metrics(folder):
    return list(read_lines(folder / METRICS))


@pytest.mark.parametrize("name", ["protonet", "maml", "reptile"])
@pytest.mark.parametrize("stops", [[7], [3], [5, 9], [8]])
def test_a_stopped_run_resumes_bit_for_bit(tmp_path, name, stops):
    recipe = replace(SMALL, optimizer="sgd" if name == "reptile" else "adam", average=0.9 if name == "maml" else 0.0)
    whole = run_in(tmp_path / "whole", name, resume=False, recipe=recipe)
    for stop in stops:
        with pytest.raises(KeyboardInterrupt):
            run_in(tmp_path / "parts", name, resume=True, stop_at=stop, recipe=recipe)
    again = run_in(tmp_path / "parts", name, resume=True, recipe=recipe)
    for one, other in zip(whole.parameters(), again.parameters(), strict=True):
        assert torch.equal(one, other)
    assert metrics(tmp_path / "whole") == metrics(tmp_path / "parts")
    assert [line["step"] for line in metrics(tmp_path / "parts")] == list(range(13))
    files = [(tmp_path / part / WEIGHTS).read_bytes() for part in ("whole", "parts")]
    assert files[0] == files[1] and not (tmp_path / "parts" / CHECKPOINT).exists()


def test_an_incomplete_line_of_metrics_is_written_again(tmp_path):
    with pytest.raises(KeyboardInterrupt):
        run_in(tmp_path, "protonet", resume=False, stop_at=6)
    with (tmp_path / METRICS).open("a") as file:
        file.write('{"step": 7, "lo')
    run_in(tmp_path, "protonet", resume=True)
    assert [line["step"] for line in metrics(tmp_path)] == list(range(13))


@pytest.mark.processes
def test_a_killed_process_loses_the_steps_since_the_checkpoint_alone(tmp_path, run_process, run_fewtext):
    """kill -9 at any moment; --resume then ends with the files of a run that nobody disturbed."""
    options = ["train", "--corpus", "office", "--learner", "protonet", "--steps", "60", "--validate-every", "5",
               "--patience", "99", "--tasks", "4", "--tracker", "none",
               "--encoder", write_model(tmp_path / "bert", "bert")]  # fmt: skip
    environment = os.environ | {"FEWTEXT_CACHE": str(tmp_path / "cache"), "OMP_NUM_THREADS": "1"}
    whole = run_process(*options, "--output", tmp_path / "whole", **environment)
    assert whole.returncode == 0, whole.stderr.decode()
    command = [sys.executable, "-m", "fewtext", *map(str, options), "--output", str(tmp_path / "killed")]
    process = subprocess.Popen(command, env=environment, stderr=subprocess.PIPE)
    for _ in itertools.count():
        if (tmp_path / "killed" / CHECKPOINT).exists() or process.poll() is not None:
            break
        time.sleep(0.01)
    process.send_signal(signal.SIGKILL)
    process.wait()
    assert not (tmp_path / "killed" / METRICS).read_text().count("\n") == 61, "it was not stopped in time"
    done = run_process(*options, "--output", tmp_path / "killed", "--resume", **environment)
    assert done.returncode == 0, done.stderr.decode()
    for name in (WEIGHTS, METRICS, "learner.json"):
        assert (tmp_path / "killed" / name).read_bytes() == (tmp_path / "whole" / name).read_bytes(), name
    assert b"is finished already" in run_fewtext(*options, "--output", tmp_path / "killed", "--resume").stderr


class Killed(BaseException):
    """What ends a process where it stands."""


@pytest.mark.parametrize("at", range(1, 15))
def test_wherever_a_file_is_being_put_in_place_a_kill_there_loses_nothing(tmp_path, monkeypatch, at):
    """Killed at the n-th rename or removal: the run still ends with the files of one that nobody disturbed."""
    whole = run_in(tmp_path / "whole", "protonet", resume=False)
    calls = itertools.count(1)
    plain = {name: getattr(Path, name) for name in ("replace", "unlink")}

    def killing(name):
        def method(self, *arguments, **options):
            if next(calls) == at:
                raise Killed
            return plain[name](self, *arguments, **options)

        return method

    with monkeypatch.context() as patch:
        for name in plain:
            patch.setattr(Path, name, killing(name))
        with pytest.raises(Killed):
            run_in(tmp_path / "killed", "protonet", resume=False)
    again = run_in(tmp_path / "killed", "protonet", resume=True)
    files = {path.name for path in (tmp_path / "killed").iterdir()}
    assert files == {"learner.json", WEIGHTS, METRICS, LAST}
    for name in files:
        assert (tmp_path / "killed" / name).read_bytes() == (tmp_path / "whole" / name).read_bytes(), name
    assert type(whole) is type(again)


def test_two_trainings_do_not_write_into_one_folder(tmp_path):
    pytest.importorskip("fcntl", reason="needs file locks")
    with pytest.raises(InputError, match="is in use by another training"):
        with Run(tmp_path, toy_settings("protonet"), resume=False):
            run_in(tmp_path, "protonet", resume=True)
    run_in(tmp_path, "protonet", resume=True)


@pytest.mark.parametrize("name", ["learner.json", METRICS, "notes.txt"])
def test_the_file_of_another_program_is_not_overwritten(tmp_path, name):
    (tmp_path / name).write_text('{"my": "notes"}')
    with pytest.raises(InputError, match="not a training run|is damaged"):
        run_in(tmp_path, "protonet", resume=True)
    assert (tmp_path / name).read_text() == '{"my": "notes"}' and len(list(tmp_path.iterdir())) == 1


@pytest.mark.parametrize("name", [CHECKPOINT, WEIGHTS])
def test_a_changed_bit_is_found(tmp_path, name):
    with pytest.raises(KeyboardInterrupt):
        run_in(tmp_path, "protonet", resume=False, stop_at=6)
    content = bytearray((tmp_path / name).read_bytes())
    content[-5] ^= 1
    (tmp_path / name).write_bytes(content)
    with pytest.raises(InputError, match=f"{name}: is damaged: its content is not what was written"):
        run_in(tmp_path, "protonet", resume=True) if name == CHECKPOINT else find_learner(str(tmp_path))


def test_a_run_with_other_settings_is_not_resumed(tmp_path):
    run_in(tmp_path, "protonet", resume=False)
    with pytest.raises(InputError, match="holds a training run already; resume"):
        run_in(tmp_path, "protonet", resume=False)
    with pytest.raises(InputError, match=r"holds a run with other settings: rate 0.01 \(now 0.02\); repeat"):
        run_in(tmp_path, "protonet", resume=True, recipe=replace(SMALL, rate=0.02))


def test_a_run_killed_while_it_wrote_its_first_file_starts_again(tmp_path, monkeypatch):
    """Also where the system has no locks to tell that nobody is writing it."""
    monkeypatch.setattr("fewtext.files.atomic.try_lock", lambda handle: None)
    (tmp_path / ".learner.json.123.0123abcd.part").write_text("{")
    run_in(tmp_path, "protonet", resume=False)
    assert find_learner(str(tmp_path)).run is not None


def test_a_folder_that_is_not_a_run_is_refused(tmp_path):
    (tmp_path / "thesis.tex").write_text("mine")
    with pytest.raises(InputError, match="exists and is not a training run"):
        run_in(tmp_path, "protonet", resume=True)
    assert [path.name for path in tmp_path.iterdir()] == ["thesis.tex"]


def test_a_run_stopped_before_its_first_validation_starts_afresh(tmp_path):
    """Neither a checkpoint nor a learner is there: nothing is lost by beginning again, with any settings."""
    with pytest.raises(KeyboardInterrupt):
        run_in(tmp_path, "protonet", resume=False, stop_at=2)
    with pytest.raises(InputError, match="stopped before its first validation"):
        find_learner(str(tmp_path))
    run_in(tmp_path, "protonet", resume=True, recipe=replace(SMALL, rate=0.02))
    assert find_learner(str(tmp_path)).run.recipe["rate"] == 0.02


def test_the_best_weights_are_kept_and_training_stops_in_time():
    """A rate that ruins the learner: the weights it started with are the best, and patience ends it."""
    recipe = replace(SMALL, steps=400, rate=30.0, clip=1e9, patience=3, validate_every=2)
    learner = built("protonet", recipe)
    before = [p.detach().clone() for p in learner.parameters()]
    end = meta_train(learner, TRAIN, VALID, recipe)
    assert end.step < 100 and end.waited == 3
    if end.best_step == 0:
        assert all(torch.equal(a, b) for a, b in zip(before, learner.parameters(), strict=True))


def test_training_helps_on_classes_that_it_has_not_seen():
    """Ten of sixteen coordinates are noise with three times the spread: what training has to find out."""
    generator = torch.Generator().manual_seed(0)
    y = torch.arange(30).repeat_interleave(20)
    signal_part = torch.randn(30, 6, generator=generator)[y] + 0.7 * torch.randn(600, 6, generator=generator)
    x = torch.cat([signal_part, 3 * torch.randn(600, 10, generator=generator)], 1) / 3
    features = Features(x, y, tuple(map(str, range(30))))
    train, valid = features.of(map(str, range(20))), features.of(map(str, range(20, 30)))
    recipe = Recipe(backbone="linear:gain=3.5", queries=10, tasks=8, steps=300, rate=0.01, validate_every=50)
    found = []
    learner = build_learner(discovery.learner("protonet"), {}, (16,), recipe.backbone)
    listener = Listener(log=lambda step, m: found.append(m["valid_accuracy"]) if "valid_accuracy" in m else None)
    end = meta_train(learner, train, valid, recipe, listener=listener)
    assert found[0] < 0.35 and end.best_accuracy > found[0] + 0.12
    assert end.temperature != type(learner).temperature, "probabilities are calibrated on the validation classes"


class Diverges(Learner):
    name = "diverges"

    def fit(self, support):
        return lambda x: self.backbone(x)[:, : support.ways] / 0


def test_a_loss_that_is_nan_or_infinite_ends_training_with_the_step():
    learner = build_learner(Diverges, {}, (6,), SMALL.backbone)
    with pytest.raises(FewtextError, match="NaN or infinite at step 1; lower the rate"):
        meta_train(learner, TRAIN, None, SMALL)


def test_without_validation_classes_the_last_weights_count():
    end = meta_train(built("protonet"), TRAIN, None, SMALL)
    assert isinstance(end, Checkpoint) and end.step == end.best_step == 12


def test_an_average_is_what_is_kept_and_the_last_weights_stay_beside_it(tmp_path):
    """The moving average of the weights after each step, by its formula, from the same steps."""
    decay, steps = 0.7, []
    recipe = replace(SMALL, average=decay, validate_every=1)
    learner = built("protonet")
    listener = Listener(keep=lambda at: steps.append(at.weights))
    end = meta_train(learner, TRAIN, None, recipe, listener=listener)
    plain = meta_train(built("protonet"), TRAIN, None, replace(SMALL, validate_every=1))
    expected = steps[0]
    for weights in steps[1:]:
        expected = {name: decay * value + (1 - decay) * weights[name] for name, value in expected.items()}
    for name, value in learner.state_dict().items():
        torch.testing.assert_close(value, expected[name])
        torch.testing.assert_close(end.weights[name], plain.weights[name])
        assert not torch.equal(value, end.weights[name])


def test_more_validation_episodes_where_the_recipe_asks_for_them():
    assert len(validation_episodes(VALID, replace(SMALL, validation_episodes=7))) == 7
    assert len(validation_episodes(VALID, SMALL)) == 300


def test_memory_stays_flat_over_steps():
    """Nothing of a step's graph outlives it."""
    import gc

    counts = []

    def log(step, _):
        if step in (4, 11):
            gc.collect()
            counts.append(sum(issubclass(type(thing), torch.Tensor) for thing in gc.get_objects()))

    meta_train(built("maml"), TRAIN, None, replace(SMALL, validate_every=3), listener=Listener(log))
    assert counts[1] <= counts[0]


@pytest.mark.parametrize(
    ("name", "content"),
    [("learner.json", "{"), ("learner.json", "[]"), ("learner.json", '{"schema": 9, "fewtext": "1"}'),
     (WEIGHTS, "x"), (WEIGHTS, "")],
)  # fmt: skip
def test_a_damaged_learner_is_an_error_that_names_the_file(tmp_path, name, content):
    run_in(tmp_path, "protonet", resume=False)
    (tmp_path / name).write_text(content)
    with pytest.raises(InputError, match=f"{name}: is damaged"):
        find_learner(str(tmp_path))


def test_settings_of_wrong_types_are_damaged(tmp_path):
    run_in(tmp_path, "protonet", resume=False)
    settings = read_json(tmp_path / "learner.json")
    for field, value in [("options", []), ("train", [1]), ("shape", ["a"]), ("backbone", None), ("max_length", "x")]:
        write_json(tmp_path / "learner.json", {**settings, field: value})
        with pytest.raises(InputError, match=rf"learner.json: is damaged: field '{field}(\[0\])?': expected"):
            find_learner(str(tmp_path))


def test_the_learner_in_the_examples_is_loaded_as_it_was_trained():
    learner_spec = find_learner("examples/omniglot-protonet")
    learner = learner_spec.build((1, 28, 28))
    assert learner.name == "protonet" and learner.temperature == learner_spec.temperature != 1
    assert len(learner_spec.run.train) == 1028 * 4, "every quarter turn is a class"
