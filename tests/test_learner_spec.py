"""A learner by what a person writes: a name, a name with options, a folder."""

import pytest

from fewtext import FewtextError
from fewtext.learners.spec import find_learner


def test_options_may_stand_behind_the_name():
    spec = find_learner("logistic:C=1,steps=50")
    assert spec.learner.name == "logistic" and spec.options == {"C": 1.0, "steps": 50}
    assert find_learner("logistic", {"C": 1.0, "steps": 50}).build((4,)).C == spec.build((4,)).C == 1.0
    assert find_learner("logistic:C=1", {"steps": 50}).options == {"C": 1.0, "steps": 50}


@pytest.mark.parametrize(
    ("spec", "options", "message"),
    [
        ("logistic:C=1", {"C": 2.0}, "option C of logistic is given twice: in logistic:C=1 and beside it"),
        ("logistic:c=1", {}, r"logistic has no option 'c'; did you mean C\? its options: C=20.0"),
        ("logistic:C", {}, "option 'C' of logistic has no value"),
        ("logistik:C=1", {}, "no learner 'logistik'; did you mean logistic?"),
    ],
)
def test_a_mistake_names_the_option(spec, options, message):
    with pytest.raises(FewtextError, match=message):
        find_learner(spec, options)


def test_training_takes_them_and_says_what_it_makes_of_its_folder(run_fewtext, tmp_path, monkeypatch):
    monkeypatch.setenv("FEWTEXT_CACHE", str(tmp_path / "cache"))
    command = ["train", "--corpus", "office", "--encoder", "tfidf", "--learner"]
    done = run_fewtext(*command, "maml:steps=0", "--output", tmp_path / "run")
    assert done.returncode == 1 and b"steps=0" in done.stderr, done.stderr
    done = run_fewtext(*command, "protonet", "--output", tmp_path / "run", "--tracker", "none", "--tracker", "comet")
    assert done.returncode == 1 and b"--tracker none and another tracker contradict each other" in done.stderr
