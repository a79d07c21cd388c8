"""What authors of learners do wrong is one line in every command: the learner, the rule, the line and the cure."""

import pytest
import torch
from learner_mistakes import MISTAKES, RIGHT_FOR_ONE_TASK, assert_teaches, is_not_a_number, kind_of, reads_a_value

import fewtext.registry.failures as failures
from fewtext.classify.single_label import SingleLabelClassifier
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
