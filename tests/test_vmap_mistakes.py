"""What authors of learners do wrong is one line in every command: the learner, the rule, the line and the cure."""

import inspect
import re

import numpy as np
import pytest
import torch
from torch.nn.functional import one_hot

import fewtext.registry.failures as failures
from fewtext.classify.single_label import SingleLabelClassifier
from fewtext.contracts.learner import Learner
from fewtext.contracts.recipe import Range, Recipe
from fewtext.datasets.features import Features
from fewtext.errors import FewtextError, FewtextWarning, PluginError
from fewtext.evaluation.task_accuracy import evaluate
from fewtext.learners.spec import LearnerSpec
from fewtext.registry.options import build_learner
from fewtext.training.episodes import EpisodeSampler
from fewtext.training.loop import meta_train

TWO = Range(2, 2)
TEXTS = [f"{word} {n}" for word in ("printer", "salary") for n in range(4)]


def nearest(self, prototypes):
    return lambda x: -(self.backbone(x)[:, None] - prototypes).square().sum(-1)


def means(self, support):
    share = support.membership / support.membership.sum(0)
    return share.T @ self.backbone(support.x)


def reads_a_value(self, support):
    count = support.weight.sum().item()
    return nearest(self, means(self, support) * count / count)


def masks_by_class(self, support):
    z = self.backbone(support.x)
    return nearest(self, torch.stack([z[support.y == k].mean(0) for k in range(support.ways)]))


def writes_in_place(self, support):
    z = self.backbone(support.x)
    sums = torch.zeros(support.ways, z.shape[1])
    for row, share in zip(z, support.membership, strict=True):
        sums += share[:, None] * row
    return nearest(self, sums / len(z))


def uses_numpy(self, support):
    z = self.backbone(support.x).detach().numpy()
    means = np.stack([z[support.y.numpy() == k].mean(0) for k in range(support.ways)])
    return nearest(self, torch.from_numpy(means))


def sizes_by_values(self, support):
    ways = len(support.y.unique())
    return nearest(self, means(self, support)[:ways])


def branches_on_values(self, support):
    prototypes = means(self, support)
    if prototypes.abs().max() > 1e6:
        prototypes = prototypes / 2
    return nearest(self, prototypes)


def draws_at_random(self, support):
    return nearest(self, means(self, support) + torch.rand(1) * 1e-3)


def adds_a_column(self, support):
    classify = nearest(self, means(self, support))
    return lambda x: torch.nn.functional.pad(classify(x), (0, 1))


def answers_the_class(self, support):
    classify = nearest(self, means(self, support))
    return lambda x: classify(x).argmax(-1)


def answers_numpy(self, support):
    return lambda x: np.zeros((len(x), support.ways))


def forgets_to_return(self, support):
    means(self, support)


def forgets_to_return_logits(self, support):
    return lambda x: None


def returns_the_prototypes(self, support):
    return means(self, support)


def keeps_them_on_self(self, support):
    self.prototypes = means(self, support)
    return lambda x: -(self.backbone(x)[:, None] - self.prototypes).square().sum(-1)


def mixes_dtypes(self, support):
    members = one_hot(support.y, support.ways).double()
    return nearest(self, members.T @ self.backbone(support.x))


def is_not_a_number(self, support):
    classify = nearest(self, means(self, support))
    return lambda x: classify(x).clamp(min=0).log() - classify(x).clamp(min=0).log()


def mixes_up_sizes(self, support):
    return lambda x: self.backbone(x) @ means(self, support)


def differentiates_with_autograd(self, support):
    z = self.backbone(support.x).detach()
    w = torch.zeros(z.shape[1], support.ways, requires_grad=True)
    loss = torch.nn.functional.cross_entropy(z @ w, support.y)
    step = torch.autograd.grad(loss, w)[0]
    return lambda x: self.backbone(x) @ (w - step)


# What is done wrong, and what the line says to do instead.
MISTAKES = {
    reads_a_value: "vectorizes = False",
    masks_by_class: "support.membership.*torch.where.*vectorizes = False",
    writes_in_place: "torch.stack.*vectorizes = False",
    uses_numpy: "torch's function of the same name",
    sizes_by_values: "support.membership.*vectorizes = False",
    branches_on_values: "torch.where.*vectorizes = False",
    draws_at_random: "draw them in the constructor",
    adds_a_column: "support.ways",
    answers_the_class: "support.ways",
    answers_numpy: "return a tensor|torch's function of the same name",
    forgets_to_return: "return classify",
    forgets_to_return_logits: "return classify",
    returns_the_prototypes: "return lambda x",
    keeps_them_on_self: "return what it learned in the classifier",
    mixes_dtypes: r"\.to\(support.x.dtype\)",
    is_not_a_number: "clamp",
    mixes_up_sizes: "take sizes from the tensors",
    differentiates_with_autograd: "torch.func.grad",
}
# Where only one task is computed these are no errors: classify answers, and warns of what evaluate would say.
RIGHT_FOR_ONE_TASK = {
    reads_a_value,
    masks_by_class,
    writes_in_place,
    uses_numpy,
    sizes_by_values,
    branches_on_values,
    draws_at_random,
}


def kind_of(mistake):
    return type("Odd", (Learner,), {"name": "odd", "fit": mistake})


def features():
    x = torch.randn(24, 6, generator=torch.Generator().manual_seed(0))
    return Features(x, torch.arange(24) % 3, ("a", "b", "c"))


def evaluated(kind):
    drawn = EpisodeSampler(features(), TWO, Range(2, 2), 2).draw(3, torch.Generator().manual_seed(0))
    evaluate(build_learner(kind, {}, (6,), "linear"), features(), drawn)


def trained(kind):
    recipe = Recipe(ways=TWO, shots=Range(2, 2), queries=2, tasks=2, steps=1)
    meta_train(build_learner(kind, {}, (6,), "linear"), features(), None, recipe)


@pytest.fixture
def classified(toy_encoder):
    def classify(kind):
        failures.warn_once.cache_clear()
        model = SingleLabelClassifier(learner=LearnerSpec(kind, {}, "identity"), encoder=toy_encoder, label_names=False)
        model.fit(TEXTS, ["a"] * 4 + ["b"] * 4)
        model.predict(["printer 7"])

    return classify


def lines_of(mistake):
    code, start = inspect.getsourcelines(mistake)
    return range(start, start + len(code))


def assert_teaches(message, mistake):
    assert "\n" not in message and "learner odd failed: " in message and "FEWTEXT_STRICT=1" in message, message
    assert re.search(MISTAKES[mistake], message), message
    line = re.search(r"\(test_vmap_mistakes\.py:(\d+)\)", message)
    assert line and int(line[1]) in (*lines_of(mistake), *lines_of(means), *lines_of(nearest)), message


@pytest.mark.parametrize("mistake", MISTAKES)
@pytest.mark.parametrize("command", [evaluated, trained])
def test_evaluation_and_training_say_what_to_do(command, mistake):
    if (command, mistake) == (trained, is_not_a_number):
        with pytest.raises(FewtextError, match="the loss or its gradient is NaN"):
            command(kind_of(mistake))
        return
    with pytest.raises(PluginError) as error:
        command(kind_of(mistake))
    assert_teaches(str(error.value), mistake)


@pytest.mark.parametrize("mistake", MISTAKES)
def test_classification_says_what_to_do(classified, mistake):
    if mistake in RIGHT_FOR_ONE_TASK:
        with pytest.warns(FewtextWarning) as warned:
            classified(kind_of(mistake))
        message = next(str(w.message) for w in warned if "learner odd failed" in str(w.message))
        assert "it answers one task, as here" in message
    else:
        with pytest.raises(PluginError) as error:
            classified(kind_of(mistake))
        message = str(error.value)
    assert_teaches(message, mistake)


def test_the_traceback_is_shown_in_strict_mode(monkeypatch):
    monkeypatch.setenv("FEWTEXT_STRICT", "1")
    with pytest.raises(RuntimeError, match="vmap"):
        evaluated(kind_of(reads_a_value))
