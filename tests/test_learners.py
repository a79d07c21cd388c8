"""The built-in learners keep the contract that third-party learners are held to."""

import numpy as np
import pytest
import torch
from fewtext_plugins.anil import Anil
from fewtext_plugins.logistic import Logistic
from fewtext_plugins.maml import Fomaml, Maml
from fewtext_plugins.maml_plus_plus import MamlPlusPlus
from fewtext_plugins.matchingnet import MatchingNet
from fewtext_plugins.meta_sgd import MetaSgd
from fewtext_plugins.proto_maml import ProtoMaml
from fewtext_plugins.protonet import ProtoNet
from fewtext_plugins.reptile import Reptile
from torch import nn

from fewtext.contracts.learner import Learner, Support
from fewtext.contracts.recipe import Recipe
from fewtext.learners.gradient import GradientLearner
from fewtext.testing import learner_checks


def test_a_learner_has_a_recipe_for_each_modality_its_own_or_inherited():
    class Other(Maml):
        recipes = {"text": Recipe(steps=7)}

    assert Other.recipe_for("text").steps == 7 and Maml.recipe_for("text").steps == 400
    assert Other.recipe_for("image") == Maml.recipe_for("image") == GradientLearner.recipe_for("image")
    assert GradientLearner.recipe_for("text") == Learner.recipe_for("text") == Recipe()


@learner_checks(ProtoNet)
def test_protonet(check):
    check()


@learner_checks(MatchingNet)
def test_matchingnet(check):
    check()


@learner_checks(Logistic)
def test_logistic(check):
    check()


# Steps that suit features of any size; the defaults are for text over a linear backbone.
CAREFUL = {"steps": 3, "rate": 0.05}


@learner_checks(Maml, **CAREFUL)
def test_maml(check):
    check()


@learner_checks(Fomaml, **CAREFUL)
def test_fomaml(check):
    check()


@learner_checks(Anil, **CAREFUL)
def test_anil(check):
    check()


@learner_checks(MamlPlusPlus, **CAREFUL)
def test_maml_plus_plus(check):
    check()


@learner_checks(ProtoMaml, rate=0.01)
def test_proto_maml(check):
    check()


@learner_checks(MetaSgd)
def test_meta_sgd(check):
    check()


@learner_checks(Reptile, rate=0.02)
def test_reptile(check):
    check()


@learner_checks(Reptile, rate=0.02, head="prototypes")
def test_reptile_from_the_prototypes(check):
    check()


@learner_checks(ProtoNet, distance="cosine")
def test_protonet_by_cosine(check):
    check()


def random_support(ways=5, shots=4, size=12, seed=0):
    generator = torch.Generator().manual_seed(seed)
    y = torch.arange(ways).repeat(shots)
    x = torch.nn.functional.normalize(torch.randn(ways * shots, size, generator=generator), dim=-1)
    return Support(x, y, ways, torch.ones(len(y))), torch.randn(7, size, generator=generator)


def test_protonet_is_the_squared_distance_to_class_means():
    support, query = random_support()
    logits = ProtoNet(nn.Identity()).fit(support)(query)
    means = torch.stack([support.x[support.y == k].mean(0) for k in range(5)])
    distance = torch.cdist(query, means).square()
    assert torch.allclose(logits.softmax(-1), (-distance).softmax(-1), atol=1e-5)


def test_matchingnet_returns_log_probabilities():
    support, query = random_support()
    logits = MatchingNet(nn.Identity()).fit(support)(query)
    assert torch.allclose(logits.logsumexp(-1), torch.zeros(7), atol=1e-5)


def test_matchingnet_mixes_labels_not_their_numbers():
    """A query between classes 0 and 4 is one of these, never the mean of the numbers, 2."""
    x = torch.eye(5)
    support = Support(x, torch.arange(5), 5, torch.ones(5))
    logits = MatchingNet(nn.Identity()).fit(support)(x[:1] + x[4:])
    assert set(logits[0].topk(2).indices.tolist()) == {0, 4}


@pytest.mark.parametrize("C", [1.0, 20.0])
@pytest.mark.parametrize("shots", [1, 8])
@pytest.mark.parametrize(("ways", "share"), [(9, 1), (6, 6 / 8)])
def test_logistic_finds_scikit_learns_optimum(ways, share, C, shots):
    """With fewer than 8 classes it is the one for less C, in proportion."""
    linear_model = pytest.importorskip("sklearn.linear_model")
    support, query = random_support(ways=ways, shots=shots, size=20)
    ours = Logistic(nn.Identity(), C=C).fit(support)(query).softmax(-1)
    model = linear_model.LogisticRegression(C=C * share, max_iter=5000, tol=1e-8).fit(support.x.numpy(), support.y.numpy())
    theirs = model.predict_proba(torch.nn.functional.normalize(query, dim=-1).numpy())
    assert np.abs(ours.numpy() - theirs).max() < 2e-3  # 100 bounded steps, not an exact solution


def test_logistic_takes_tens_of_thousands_of_equal_examples():
    x = torch.nn.functional.normalize(torch.randn(2, 64, generator=torch.Generator().manual_seed(0)), dim=-1)
    y = torch.arange(2).repeat(10_000)
    logits = Logistic(nn.Identity()).fit(Support(x[y], y, 2, torch.ones(len(y))))(x)
    assert logits.argmax(-1).tolist() == [0, 1]


def test_logistic_balances_unequal_classes():
    """Four times as many examples of one class do not draw a query half-way between the two to it."""
    x = torch.tensor([[1.0, 0.0]] * 8 + [[0.0, 1.0]] * 2)
    support = Support(x, torch.tensor([0] * 8 + [1] * 2), 2, torch.ones(10))
    probability = Logistic(nn.Identity()).fit(support)(torch.tensor([[1.0, 1.0]])).softmax(-1)
    assert abs(float(probability[0, 0]) - 0.5) < 0.01
