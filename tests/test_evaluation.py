"""An evaluation measures the accuracy on tasks that are the same for every learner, with its interval."""

import json
import re

import pytest
import torch

from fewtext.contracts.learner import Learner
from fewtext.contracts.recipe import Range
from fewtext.datasets.features import Features
from fewtext.errors import PluginError
from fewtext.evaluation.report import TIMES
from fewtext.evaluation.task_accuracy import evaluate
from fewtext.learners.spec import find_learner
from fewtext.registry import discovery
from fewtext.registry.options import build_learner
from fewtext.training.episodes import EpisodeSampler

STEPS = "after inner steps", "before training, after inner steps"
OFFICE = ["--corpus", "office", "--dtype", "float32", "--episodes", "40", "--shots", "1"]


@pytest.fixture(scope="module")
def cache(tmp_path_factory):
    return {"FEWTEXT_CACHE": str(tmp_path_factory.mktemp("cache")), "OMP_NUM_THREADS": "1"}


@pytest.fixture(scope="module")
def trained(tmp_path_factory, cache, run_fewtext):
    """A MAML trained on our own corpus by the command, for a few steps."""
    folder = tmp_path_factory.mktemp("runs") / "maml"
    command = ["train", "--corpus", "office", "--fold", "fold_01", "--learner", "maml", "--steps", "4", "--tasks", "4",
               "--validate-every", "2", "--output", str(folder), "--dtype", "float32", "-o", "steps=3"]  # fmt: skip
    done = run_fewtext(*command, **cache)
    assert done.returncode == 0 and done.stdout == b"", done.stderr.decode()
    assert b"4 steps on office/fold_01; accuracy on validation classes " in done.stderr
    return folder


def gaussians(noise, classes=8, each=30):
    generator = torch.Generator().manual_seed(0)
    y = torch.arange(classes).repeat_interleave(each)
    x = torch.randn(classes, 12, generator=generator)[y] + noise * torch.randn(len(y), 12, generator=generator)
    return Features(x, y, tuple(map(str, range(classes))))


def episodes_of(features, count, shots=2):
    sampler = EpisodeSampler(features, Range(4, 4), Range(shots, shots), 5)
    return sampler.draw(count, torch.Generator().manual_seed(0))


def test_accuracy_is_the_share_of_right_answers_whatever_the_batches():
    features = gaussians(1.5)
    episodes = episodes_of(features, 61)
    learner = build_learner(discovery.learner("protonet"), {}, (12,))
    found = evaluate(learner, features, episodes)
    (batch,) = episodes.batches(features, 61)
    looped = [
        (learner.fit(e.support)(e.query).argmax(-1) == e.target).double().mean()
        for e in map(batch.episode, range(61))
    ]  # fmt: skip
    torch.testing.assert_close(found.answers.by_task, torch.stack(looped), atol=1e-6, rtol=0)
    assert found.accuracy == pytest.approx(found.answers.by_task.mean().item())
    assert found.interval == pytest.approx(1.96 * found.answers.by_task.std().item() / 61**0.5)
    assert found.by_step is None and found.seconds_to_adapt > 0 and found.seconds_to_predict > 0


def test_the_interval_has_its_nominal_coverage():
    """Of forty independent evaluations about 95 % of intervals hold the accuracy of very many tasks."""
    features = gaussians(2.0)
    learner = build_learner(discovery.learner("protonet"), {}, (12,))
    sampler = EpisodeSampler(features, Range(4, 4), Range(1, 1), 5)
    truth = evaluate(learner, features, sampler.draw(20_000, torch.Generator().manual_seed(99))).accuracy
    tries = [evaluate(learner, features, sampler.draw(100, torch.Generator().manual_seed(s))) for s in range(40)]
    assert sum(abs(found.accuracy - truth) <= found.interval for found in tries) >= 33


def test_accuracy_rises_with_the_inner_steps():
    """An inner loop that adapts nothing would stay where it started, at chance."""
    features = gaussians(0.8)
    learner = build_learner(discovery.learner("anil"), {"steps": 4, "rate": 0.3}, (12,))
    by_step = evaluate(learner, features, episodes_of(features, 50)).by_step
    assert len(by_step) == 5 and by_step[0] == pytest.approx(0.25, abs=0.05) and by_step[-1] > by_step[0] + 0.4


def test_logits_that_are_nan_are_an_error_and_not_wrong_answers():
    features = gaussians(0.8)
    learner = build_learner(discovery.learner("anil"), {"rate": 1e300}, (12,))
    with pytest.raises(PluginError, match="anil failed: logits are NaN or infinite.*a smaller rate"):
        evaluate(learner, features, episodes_of(features, 30))


class LooksAtItsNeighbours(Learner):
    """Keeps the mean of the batch in mind: answers change with the company."""

    name = "transductive"
    vectorizes = False

    def fit(self, support):
        return lambda x: (x - x.mean(0))[:, : support.ways]


def test_a_learner_that_does_not_vectorize_is_looped():
    features = gaussians(1.0)
    found = evaluate(LooksAtItsNeighbours(build_learner(discovery.learner("protonet"), {}, (12,)).backbone), features,
                     episodes_of(features, 5))  # fmt: skip
    assert len(found.answers.right) == 5


def test_a_report_is_reproducible(run_fewtext, cache):
    done = run_fewtext("evaluate", *OFFICE, "--learner", "protonet", "--format", "json", **cache)
    report = json.loads(done.stdout)
    assert done.returncode == 0 and report["schema"] == 3
    assert report["corpus"] == "office/all splits" and report["learner"] == "protonet" and report["seed"] == 0
    assert 0.3 < report["accuracy"] < 1 and 0 < report["interval"] < 0.1 and report["inductive"] is True
    assert report["versions"]["torch"] and len(report["episode_list"]) == 16 and report["trained"] is None
    again = json.loads(run_fewtext("evaluate", *OFFICE, "--learner", "protonet", "--format", "json", **cache).stdout)
    assert {k: v for k, v in report.items() if k not in TIMES} == {k: v for k, v in again.items() if k not in TIMES}


def test_a_trained_learner_is_evaluated_on_the_classes_its_training_did_not_see(run_fewtext, cache, trained):
    done = run_fewtext("evaluate", *OFFICE, "--learner", trained, **cache)
    said = done.stdout.decode()
    assert done.returncode == 0 and done.stderr == b"", done.stderr.decode()
    assert said.startswith("maml (trained on office/fold_01, seed 0) on office/fold_01: ")
    learned, before = (re.search(rf"^{what}: 0: .* 3: .*%  mean: ", said, re.M) for what in STEPS)
    assert learned and before and re.search(r"^adaptability from 0.1 ms to 1 s: 0\.\d{3}, on cpu$", said, re.M)
    message = run_fewtext("evaluate", *OFFICE, "--learner", trained, "--fold", "fold_02", **cache).stderr.decode()
    assert "of 6 classes were seen in training" in message


def test_below_the_asked_accuracy_the_exit_code_is_3(run_fewtext, cache):
    done = run_fewtext("evaluate", *OFFICE, "--learner", "protonet", "--at-least", "1", **cache)
    assert done.returncode == 3 and done.stdout and b"is below 100.0%" in done.stderr


def test_a_trained_learner_classifies_a_file_and_is_kept_with_it(run_fewtext, cache, trained, tmp_path):
    command = ["--query", "examples/q.txt", "--dtype", "float32"]
    made = run_fewtext(
        "classify", "--support", "examples/support.csv", "--learner", trained, "--save", tmp_path / "m", *command
    )
    kept = run_fewtext("classify", "--model", tmp_path / "m", *command)
    assert made.returncode == kept.returncode == 0 and made.stdout == kept.stdout and made.stdout.count(b"\n") > 3
    settings = json.loads((tmp_path / "m" / "fewtext.json").read_text())
    assert settings["learner"] == "maml" and settings["trained"] and settings["options"]["steps"] == 3


@pytest.mark.parametrize(
    ("arguments", "complaint"),
    [
        ([], "give either --corpus or --runs"),
        (["--corpus", "office", "--runs", "all_runs.zip"], "give either --corpus or --runs"),
        (["--corpus", "offic"], "did you mean office?"),
        (["--corpus", "office", "--learner", "maml"], "has to be trained first; train it"),
        (["--corpus", "office", "--learner", "no/such"], "no trained learner: no learner.json there"),
        (["--corpus", "office", "--learner", "protonet", "--fold", "fold_9"], "has no fold 'fold_9'"),
        (["--corpus", "office", "--fold", "fold_01", "--split", "test"], "contradict each other"),
        (["--corpus", "office", "--shots", "x"], "write 5 or 1-5"),
        (["--corpus", "office", "--shots", "30"], "needs 45; ask for fewer shots or queries"),
        (["--corpus", "office", "--ways", "99"], "24 classes to draw 99 ways from"),
    ],
)
def test_a_mistake_is_one_line(run_fewtext, cache, arguments, complaint):
    done = run_fewtext("evaluate", *arguments, **cache)
    message = done.stderr.decode()
    assert done.returncode == 1 and complaint in message and message.count("\n") == 1 and done.stdout == b"", message


@pytest.mark.parametrize(
    ("arguments", "complaint"),
    [
        (["--learner", "protonett"], "did you mean protonet?"),
        (["--learner", "protonet", "--backbone", "mpl"], "no backbone 'mpl'; did you mean mlp?"),
        (["--learner", "protonet", "--backbone", "mlp:width=3"], "mlp has no option 'width'"),
        (["--learner", "protonet", "--backbone", "conv4"], "conv4 takes images"),
        (["--learner", "protonet", "--backbone", "identity"], "no weights to train; give it a backbone"),
        (["--learner", "maml", "-o", "steps=0"], "steps=0"),
        (["--learner", "protonet", "--ways", "13"], "12 classes to draw 13 ways from"),
        (["--learner", "protonet", "--rate", "0"], "rate cannot be 0.0"),
        (["--learner", "protonet", "--tracker", "tensorbord"], "no tracker 'tensorbord'; did you mean tensorboard?"),
        (["--learner", "protonet", "--fold", "fold_77"], "has no fold 'fold_77'"),
    ],
)
def test_a_mistake_in_training_is_one_line_and_leaves_no_learner(run_fewtext, cache, tmp_path, arguments, complaint):
    done = run_fewtext(
        "train", "--corpus", "office", "--output", tmp_path / "run", *arguments, "--dtype", "float32", **cache
    )
    message = done.stderr.decode()
    assert done.returncode == 1 and complaint in message and message.count("\n") == 1, message
    assert not (tmp_path / "run" / "learner.safetensors").exists()


def test_an_untrained_learner_that_needs_training_does_not_classify(run_fewtext):
    done = run_fewtext(
        "classify", "--support", "examples/support.csv", "--query", "examples/q.txt", "--learner", "maml"
    )
    assert done.returncode == 1 and b"maml has to be trained first; train it" in done.stderr


def test_another_encoder_than_the_learners_is_refused(trained, toy_encoder):
    from fewtext import FewShotClassifier

    with pytest.raises(Exception, match="was trained on the features of another encoder"):
        FewShotClassifier(learner=str(trained), encoder=toy_encoder).fit(["a b", "c d"], ["red", "blue"])
    assert find_learner(str(trained)).run.corpus == "office"
