"""The learner ``auto``: the one with the least log loss on held-out examples, and a sentence that says why."""

import pytest
import torch

from fewtext import FewtextError
from fewtext.classify.load import load_classifier
from fewtext.classify.model_selection import CANDIDATES, choose_learner
from fewtext.classify.single_label import SingleLabelClassifier
from fewtext.contracts.learner import Support

TEXTS = [f"{which} {kind}" for kind in ("apple", "car") for which in ("red", "old", "this", "big")]
LABELS = ["fruit"] * 4 + ["vehicle"] * 4


def support(signal, each=12):
    y = torch.arange(2).repeat_interleave(each)
    x = 0.2 * torch.randn(2 * each, 40, generator=torch.Generator().manual_seed(0))
    return Support(x + signal(y, x), y, 2, torch.ones(2 * each))


def test_the_least_log_loss_is_chosen_and_all_are_named():
    def narrow(y, x):  # in one direction of 40, and that is the quietest: means are far from it
        x[:, 0] *= 0.05
        x[:, 1:4] *= 8
        return 0.15 * (2 * y[:, None] - 1) * torch.eye(40)[0]

    learner, why = choose_learner(support(narrow), 24)
    assert learner.name != "protonet" and why.startswith(f"learner {learner.name}, with the least log loss")
    losses = {name: float(why.split(f"{name} ")[-1].split(" (")[0]) for name in CANDIDATES}
    assert losses[learner.name] == min(losses.values())


def test_too_few_examples_leave_no_choice():
    learner, why = choose_learner(support(lambda y, x: 0 * x, each=2), 4)
    assert learner.name == CANDIDATES[0] and "too few to choose by" in why


def test_the_chosen_one_answers_and_is_saved(toy_encoder, tmp_path):
    model = SingleLabelClassifier(learner="auto", encoder=toy_encoder).fit(TEXTS, LABELS)
    assert model.learner_.name in CANDIDATES and model.learner_.name in model.choice_
    plain = SingleLabelClassifier(learner=model.learner_.name, encoder=toy_encoder).fit(TEXTS, LABELS)
    assert (plain.predict_proba(["an apple", "my car"]) == model.predict_proba(["an apple", "my car"])).all()
    model.save(tmp_path / "model")
    assert load_classifier(tmp_path / "model", encoder=toy_encoder).learner_.name == model.learner_.name


@pytest.mark.parametrize("more", [{"options": {"C": 1.0}}, {"tuner": "contrastive"}])
def test_what_does_not_go_together(toy_encoder, more):
    with pytest.raises(FewtextError, match="name the learner"):
        SingleLabelClassifier(learner="auto", encoder=toy_encoder, **more).fit(TEXTS, LABELS)


def test_the_command_says_which_and_why(run_fewtext, write):
    support = write("s.csv", "text,label\n" + "\n".join(",".join(pair) for pair in zip(TEXTS, LABELS, strict=True)))
    given = ("classify", "--support", support, "--query", write("q.txt", "an apple\n"), "--encoder", "tfidf")
    done = run_fewtext(*given, "--learner", "auto")
    assert done.returncode == 0 and b"with the least log loss" in done.stderr and b"log loss" not in done.stdout
    assert run_fewtext(*given, "--learner", "auto", "-o", "C=1").returncode == 1
