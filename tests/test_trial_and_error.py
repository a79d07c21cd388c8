"""What is earned by trial and error: regret, chance, the nearest-neighbour bandit, and the report of them."""

import json

import pytest
import torch
from torch.nn.functional import one_hot

from fewtext.evaluation.trial_and_error import answered, by_presentation, chance, nearest_bandit, regret

Y = torch.tensor([[0, 1, 1, 0], [1, 0, 0, 1]])


def test_rewards_are_counted_by_presentation_and_along_the_sequence():
    right = torch.tensor([[1.0, 0.0, 1.0, 1.0], [0.0, 0.0, 1.0, 0.0]])
    assert by_presentation(right, Y, 2) == [0.25, 0.75]
    assert regret(right) == [0.5, 1.5, 1.5, 2.0]


def test_chance_is_right_once_in_as_many_as_there_are_classes():
    earned = chance(Y, 2)
    assert earned.reward_by_presentation == [0.5, 0.5] and earned.regret == [0.5, 1.0, 1.5, 2.0]


def sequences(count=300, ways=5, each=6, noise=0.2):
    generator = torch.Generator().manual_seed(0)
    y = torch.arange(ways).repeat(each).expand(count, -1)
    y = y.gather(1, torch.rand(y.shape, generator=generator).argsort(1))
    centres = torch.randn(count, ways, 16, generator=generator)
    x = centres.gather(1, y[..., None].expand(-1, -1, 16)) + noise * torch.randn(*y.shape, 16, generator=generator)
    return x, y


def test_a_bandit_that_recognises_knows_a_class_from_its_fifth_example_on():
    """Four wrong answers leave one; the first example is a guess among what no other class was."""
    _, y = sequences()
    same = (y[:, :, None] == y[:, None]).float()
    rewards = by_presentation(answered(same, y, 5, 0.5, 0.0, True, 0), y, 5)
    assert rewards[4:] == [1.0, 1.0] and rewards == sorted(rewards)
    assert 0.2 < rewards[0] < 0.46


def test_a_bandit_that_recognises_nothing_is_at_chance():
    _, y = sequences()
    nothing = torch.zeros(*y.shape, y.shape[1])
    rewards = by_presentation(answered(nothing, y, 5, 0.5, 0.0, False, 0), y, 5)
    assert all(0.15 < reward < 0.25 for reward in rewards), "1,500 answers each: four standard errors are 4 points"


@pytest.mark.parametrize("eliminates", [True, False])
def test_the_bandit_is_what_its_docstring_says(eliminates):
    """Written out for one sequence: exploit the nearest near success, else avoid near failures, then known answers."""
    x, y = sequences(count=1, noise=1.0)
    unit = torch.nn.functional.normalize(x, dim=-1)
    similarity, n = unit @ unit.mT, y.shape[1]
    draw = torch.rand(1, n, 6, generator=torch.Generator().manual_seed(3))[0]
    kept, expected = [], []
    for place in range(n):
        near = [(float(similarity[0, place, j]), a, good) for j, a, good in kept if similarity[0, place, j] >= 0.3]
        successes = [(s, a) for s, a, good in near if good]
        if successes and draw[place, 5] >= 0.1:
            action = max(successes)[1]
        else:
            wrong, known = {a for _, a, good in near if not good}, {a for _, a, good in kept if good}
            action = min(range(5), key=lambda c: (c in wrong, eliminates and c in known, -float(draw[place, c])))
        good = action == int(y[0, place])
        kept.append((place, action, good))
        expected.append(float(good))
    assert answered(similarity, y, 5, 0.3, 0.1, eliminates, 3)[0].tolist() == expected


def test_the_bandit_takes_the_best_of_its_grid():
    x, y = sequences()
    earned = nearest_bandit(x, y, 5)
    unit = torch.nn.functional.normalize(x, dim=-1)
    for closeness in (0.0, 0.9):
        assert earned.regret[-1] <= regret(answered(unit @ unit.mT, y, 5, closeness, 0.1, False, 0))[-1]
    assert earned.reward_by_presentation[5] > 0.9 and earned.settings["epsilon"] == 0.0
    assert one_hot(y, 5).shape[1] == len(earned.regret)


@pytest.fixture(scope="module")
def trained(tmp_path_factory, run_fewtext):
    folder = tmp_path_factory.mktemp("rl2") / "learner"
    small = ["--steps", "1", "--tasks", "2", "--shots", "3", "-o", "controller=8", "-o", "slots=16"]
    done = run_fewtext(
        "train", "--corpus", "office", "--learner", "rl2", *small, "--tracker", "none", "--output", folder
    )
    assert done.returncode == 0, done.stderr
    return str(folder)


def test_a_report_has_reward_regret_and_who_stands_beside(trained, run_fewtext, tmp_path):
    pytest.importorskip("matplotlib", reason="needs matplotlib: fewtext[figures]")
    command = ["evaluate", "--corpus", "office", "--learner", trained, "--sequence", "--ways", "3", "--shots", "3",
               "--episodes", "20"]  # fmt: skip
    done = run_fewtext(*command, "--format", "json", "--figure", str(tmp_path / "regret.svg"))
    assert done.returncode == 0, done.stderr
    report = json.loads(done.stdout)
    assert report["track"] == "sequences, told right or wrong one step late"
    assert len(report["regret"]) == 9 and report["regret"][-1] == pytest.approx(9 * (1 - report["accuracy"]))
    rewards = report["reward_by_presentation"]
    assert len(rewards) == 3 and sum(rewards) / 3 == pytest.approx(report["accuracy"])
    assert report["by_presentation"] is None
    assert report["beside"]["chance"]["regret"][-1] == pytest.approx(6)
    assert set(report["beside"]["nearest-neighbour bandit"]["settings"]) == {"closeness", "epsilon", "eliminates"}
    assert "wrong answers so far" in (tmp_path / "regret.svg").read_text(encoding="utf-8").replace("<!-- ", "")
    words = run_fewtext(*command).stdout.decode()
    assert f"by presentation of a class: 1: {rewards[0]:.1%}  2: {rewards[1]:.1%}" in words
    assert f"wrong answers in a sequence of 9: {report['regret'][-1]:.1f}, chance 6.0, nearest-" in words


def test_an_untrained_one_is_refused_and_a_trained_one_classifies(trained, run_fewtext):
    done = run_fewtext("evaluate", "--corpus", "office", "--learner", "rl2", "--sequence")
    assert done.returncode and b"learner rl2 has to be trained first" in done.stderr
    done = run_fewtext("evaluate", "--corpus", "office", "--learner", trained, "--episodes", "20", "--format", "json")
    report = json.loads(done.stdout)
    assert report["regret"] is None and report["beside"] is None and report["accuracy"] > 0.2


def test_who_follows_sequences_is_read_from_what_is_installed(run_fewtext):
    done = run_fewtext("evaluate", "--corpus", "office", "--learner", "ridge", "--sequence")
    assert done.returncode and b"ridge does not follow sequences" in done.stderr
    hint = " ".join(done.stderr.decode().split())
    assert "take one of mann, rl2" in hint and "protonet" not in hint
