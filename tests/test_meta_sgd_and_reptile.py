"""Meta-SGD and Reptile are two algorithms: what makes each, and what is often given out for it."""

from collections import deque

import pytest
import torch
from fewtext_plugins.maml import Fomaml, Maml
from fewtext_plugins.meta_sgd import MetaSgd
from fewtext_plugins.reptile import Reptile
from inner_loops import directional_error, episode, gradients, make
from torch.nn.functional import cosine_similarity, cross_entropy

from fewtext.contracts.learner import Episode


class ReptileAlsoKnownAsMetaSgd(Reptile):
    """Reptile under the other's name, as a well-known list of implementations has it (E5)."""

    name = "meta-sgd"

    def __init__(self, backbone, *, steps: int = 3, init: float = 0.1):
        super().__init__(backbone, steps=steps)


class RatesOfALayer(MetaSgd):
    """A learned rate for each layer instead of each parameter."""

    def __init__(self, backbone, *, steps: int = 3, init: float = 0.0):
        super().__init__(backbone, steps=steps, init=init)
        for name, rates in self.alpha.items():
            self.alpha[name] = torch.nn.Parameter(rates.detach().mean())


class RatesAddToTheBase(MetaSgd):
    """The learned rates come on top of one that is fixed."""

    def step_size(self, step, name):
        return super().step_size(step, name) + 0.01


class ReadsQueries(Fomaml):
    """First-order MAML under the name of Reptile: it moves along the gradient of the queries."""

    name = "reptile"

    def __init__(self, backbone, *, train_steps: int = 5, inner: str = "sgd", batch: int = 99, rate: float = 2.0):
        super().__init__(backbone, steps=train_steps, rate=rate)


class StepsOnce(Reptile):
    """However many steps it is to take in training, it takes two."""

    def __init__(self, backbone, *, train_steps: int = 5, inner: str = "sgd", batch: int = 99, rate: float = 2.0):
        super().__init__(backbone, train_steps=2, inner=inner, batch=batch, rate=rate)


def has_a_rate_for_every_parameter(kind):
    learner = make(kind)
    of_backbone = sum(p.numel() for p in learner.backbone.parameters())
    assert sum(p.numel() for p in learner.parameters()) >= 2 * of_backbone


def is_maml_at_equal_rates(kind):
    task = episode()
    rates, maml = make(kind, init=0.25), make(Maml, steps=3, rate=0.25, gram=False)  # exact in float32 and 64
    assert torch.equal(rates.fit(task.support)(task.query), maml.fit(task.support)(task.query))


def moved(kind, train_steps, task=None):
    """Where a step of training goes: the outer gradient, in one row."""
    learner, task = make(kind, inner="sgd", train_steps=train_steps, batch=99, rate=2.0), task or episode()
    found = zip(learner.parameters(), gradients(learner, learner.loss(task)), strict=True)
    return torch.cat([(torch.zeros_like(p) if g is None else g).flatten() for p, g in found])


def moves_along_the_support_gradient_by_one_step_only(kind):
    """The first step moves the zero head alone, so that the second is the first of the backbone."""
    task, maml = episode(), make(Maml, rate=2.0, steps=1, gram=False)
    assert not moved(kind, 1).any()
    ((weights, _),) = deque(maml.trajectory(task.support), maxlen=1)
    head = {n: v.detach() for n, v in weights.items()}
    logits = maml.backbone(task.support.x) @ head["head.weight"].T + head["head.bias"]
    along = torch.cat([g.flatten() for g in gradients(maml, cross_entropy(logits, task.support.y))])
    torch.testing.assert_close(moved(kind, 2), 2.0 * along)
    assert cosine_similarity(moved(kind, 5), along, dim=0) < 0.99


def reads_no_query(kind):
    task = episode()
    blind = Episode(task.support, torch.full_like(task.query, torch.nan), task.target * 0)
    assert torch.equal(moved(kind, 5, task), moved(kind, 5, blind))


META_SGD = has_a_rate_for_every_parameter, is_maml_at_equal_rates
REPTILE = moves_along_the_support_gradient_by_one_step_only, reads_no_query


@pytest.mark.parametrize(
    ("identities", "learner", "failed"),
    [
        (META_SGD, MetaSgd, set()),
        (META_SGD, ReptileAlsoKnownAsMetaSgd, set(META_SGD)),
        (META_SGD, RatesOfALayer, {has_a_rate_for_every_parameter}),
        (META_SGD, RatesAddToTheBase, {is_maml_at_equal_rates}),
        (REPTILE, Reptile, set()),
        (REPTILE, ReadsQueries, set(REPTILE)),
        (REPTILE, StepsOnce, {moves_along_the_support_gradient_by_one_step_only}),
    ],
)
def test_what_is_given_out_for_an_algorithm_is_found_by_what_makes_it(identities, learner, failed):
    found = set()
    for identity in identities:
        try:
            identity(learner)
        except AssertionError:
            found.add(identity)
    assert found == failed


def test_meta_sgds_gradient_is_the_finite_difference_in_its_rates_too():
    model, task = make(MetaSgd, steps=3), episode()
    assert directional_error(model, lambda m: m.loss(task), gradients(model, model.loss(task))) < 1e-6


def test_meta_sgds_rates_begin_unequal():
    assert make(MetaSgd).alpha["backbone_first_weight"].std() > 0.01


def test_reptiles_surrogate_is_its_update():
    """One step of plain descent at rate e is theta + e * (phi - theta)."""
    learner, task = make(Reptile, train_steps=3), episode()
    theta = {n: p.detach().clone() for n, p in learner.named_parameters()}
    parts = [learner._part(task.support, step) for step in range(3)]
    steps = learner.trajectory(task.support, 3, parts=parts, gram=False)
    ((phi, _),) = deque(steps, maxlen=1)
    optimizer = torch.optim.SGD(learner.parameters(), lr=0.25)
    learner.loss(task).backward()
    optimizer.step()
    for name, value in learner.named_parameters():
        torch.testing.assert_close(value.data, theta[name] + 0.25 * (phi[name] - theta[name]))
