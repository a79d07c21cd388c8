"""The inner loop is the papers': gradients equal finite differences, and the classic errors are detected."""

import copy
from collections import deque

import pytest
import torch
from fewtext_plugins.anil import Anil
from fewtext_plugins.maml import Fomaml, Maml
from fewtext_plugins.maml_plus_plus import MamlPlusPlus
from fewtext_plugins.meta_sgd import MetaSgd
from fewtext_plugins.proto_maml import ProtoMaml
from fewtext_plugins.reptile import Reptile
from inner_loops import SIZE, WAYS, batch_of, directional_error, episode, gradients, make
from torch.nn.functional import cross_entropy

from fewtext.contracts.learner import Episode, Support
from fewtext.learners.backbones import Linear, Mlp
from fewtext.training.batching import over_tasks


@pytest.mark.parametrize("options", [{}, {"gram": False}])
@pytest.mark.parametrize("learner", [Maml, ProtoMaml, Anil, MamlPlusPlus])
def test_the_meta_gradient_is_the_finite_difference(learner, options):
    if learner is MamlPlusPlus:
        options = {**options, "first_order": 0.0}
    model, task = make(learner, rate=0.5, **options), episode()
    gradient = gradients(model, model.loss(task))
    assert directional_error(model, lambda m: m.loss(task), gradient) < 1e-6


def test_first_order_is_another_gradient():
    """What copies the adapted weights' gradient back is FOMAML, off by tens of per cent of MAML's."""
    first, task = make(Fomaml, rate=2.0), episode()
    assert directional_error(first, lambda m: m.loss(task), gradients(first, first.loss(task))) > 0.1


@pytest.mark.parametrize("gram", [True, False])
def test_fomaml_is_the_query_gradient_where_the_steps_end(gram):
    learner, task = make(Fomaml, rate=0.5, gram=gram), episode()
    got = dict(zip(dict(learner.named_parameters()), gradients(learner, learner.loss(task)), strict=True))
    plain = make(Fomaml, rate=0.5, gram=False)
    ((end, _),) = deque(plain.trajectory(task.support), maxlen=1)
    end = {name: value.detach().requires_grad_() for name, value in end.items()}
    embedding = torch.func.functional_call(
        plain.backbone, {n.removeprefix("backbone."): v for n, v in end.items() if n.startswith("b")}, (task.query,)
    )
    loss = cross_entropy(embedding @ end["head.weight"].T + end["head.bias"], task.target)
    expected = torch.autograd.grad(loss, [end[name] for name in got])
    for value, wanted in zip(got.values(), expected, strict=True):
        torch.testing.assert_close(value, wanted, rtol=1e-9, atol=1e-12)


def test_a_deep_copy_and_an_optimiser_train_nothing():
    """The naive inner loop makes new leaves, and nothing flows back; ours reaches every parameter."""
    learner, task = make(Maml), episode()
    copied = copy.deepcopy(learner.backbone)
    head = torch.zeros(WAYS, 5, dtype=torch.float64, requires_grad=True)
    optimizer = torch.optim.SGD([*copied.parameters(), head], lr=0.1)
    for _ in range(3):
        optimizer.zero_grad()
        cross_entropy(copied(task.support.x) @ head.T, task.support.y).backward()
        optimizer.step()
    naive = cross_entropy(copied(task.query) @ head.T, task.target)
    assert all(g is None for g in gradients(learner, naive))
    before = [p.detach().clone() for p in learner.parameters()]
    outer = torch.optim.SGD(learner.parameters(), lr=0.1)
    learner.loss(task).backward()
    assert all(p.grad is not None and p.grad.abs().sum() > 0 for p in learner.parameters())
    outer.step()
    assert all(not torch.equal(old, new) for old, new in zip(before, learner.parameters(), strict=True))


@pytest.mark.parametrize("learner", [Maml, Reptile])
def test_the_outer_gradient_is_the_mean_over_tasks(learner):
    """Duplicated tasks give the gradient of one; two tasks the mean of theirs, and not the last one's."""
    model, one, other = make(learner), episode(1), episode(2)

    def gradient(*tasks):
        return gradients(model, over_tasks(model, model.loss, batch_of(*tasks)).mean())

    alone, both = gradient(one), gradient(one, other)
    for a, b in zip(alone, gradient(one, one, one), strict=True):
        torch.testing.assert_close(a, b, rtol=1e-9, atol=1e-12)
    for a, b, mean in zip(alone, gradient(other), both, strict=True):
        torch.testing.assert_close((a + b) / 2, mean, rtol=1e-9, atol=1e-12)
        assert not torch.allclose(b, mean)


@pytest.mark.parametrize("learner", [Maml, Fomaml, ProtoMaml, MamlPlusPlus])
@pytest.mark.parametrize("backbone", ["mlp:hidden=8,features=5", "mlp:hidden=8,features=5,layers=1", "linear:gain=2"])
def test_the_gram_form_is_the_plain_form(learner, backbone):
    """In float64 the same answers and the same meta-gradient, with weights and padding."""
    task = episode()
    weight = torch.tensor([1, 1, 2, 1, 0, 0.5], dtype=torch.float64)
    task = Episode(Support(task.support.x, task.support.y, WAYS, weight), task.query, task.target)
    gram, plain = (make(learner, backbone=backbone, rate=0.3, gram=g) for g in (True, False))
    torch.testing.assert_close(gram.fit(task.support)(task.query), plain.fit(task.support)(task.query))
    for a, b in zip(gradients(gram, gram.loss(task)), gradients(plain, plain.loss(task)), strict=True):
        torch.testing.assert_close(a, b, rtol=1e-9, atol=1e-12)


def test_maml_is_highers_maml():
    """The same meta-gradient as the library that everybody used, to 1e-8."""
    higher = pytest.importorskip("higher", reason="needs higher: make bench installs it")
    learner, task = make(Maml, rate=0.4, gram=False), episode()

    class Net(torch.nn.Module):
        def __init__(self):
            super().__init__()
            mlp = copy.deepcopy(learner.backbone)  # its parts: higher cannot patch a class that is abstract
            self.backbone = torch.nn.Sequential(mlp.first, mlp.rest)
            self.head = torch.nn.Linear(5, WAYS).double()
            torch.nn.init.zeros_(self.head.weight)
            torch.nn.init.zeros_(self.head.bias)

        def forward(self, x):
            return self.head(self.backbone(learner.backbone.inputs(x)))

    net = Net()
    optimizer = torch.optim.SGD(net.parameters(), lr=0.4)
    with higher.innerloop_ctx(net, optimizer, copy_initial_weights=False) as (fast, inner):
        for _ in range(learner.steps):
            inner.step(cross_entropy(fast(task.support.x), task.support.y))
        theirs = torch.autograd.grad(cross_entropy(fast(task.query), task.target), list(net.backbone.parameters()))
    for ours, other in zip(gradients(learner, learner.loss(task)), theirs, strict=True):
        torch.testing.assert_close(ours, other, rtol=1e-8, atol=1e-10)


@pytest.mark.parametrize("learner", [Maml, Anil, MetaSgd, ProtoMaml, Reptile])
def test_steps_are_taken_without_gradients_too(learner):
    """Under no_grad the support's loss falls with every few steps, and the last answer is that of fit."""
    model, task = make(learner, **({"rate": 0.05} if learner is Reptile else {})), episode()
    with torch.no_grad():
        losses = [
            cross_entropy(classify(task.support.x), task.support.y) for _, classify in model.trajectory(task.support)
        ]
        *_, (_, last) = model.trajectory(task.support)
        assert torch.equal(last(task.query), model.fit(task.support)(task.query))
    assert len(losses) == model.steps + 1 and losses[-1] < losses[len(losses) // 2] < losses[0]


def test_anil_leaves_the_backbone_and_maml_does_not():
    task = episode()
    for learner, moves in ((Anil, False), (Maml, True)):
        model = make(learner, gram=False)
        ((weights, _),) = deque(model.trajectory(task.support), maxlen=1)
        assert ("backbone.first.weight" in weights) is moves
        if moves:
            assert not torch.equal(weights["backbone.first.weight"], model.backbone.first.weight)


@pytest.mark.parametrize(("learner", "options"), [(ProtoMaml, {}), (Reptile, {"head": "prototypes"})])
def test_a_head_at_the_prototypes_starts_as_a_prototypical_network(learner, options):
    model, task = make(learner, **options), episode()
    _, classify = next(model.trajectory(task.support))
    means = torch.stack([model.backbone(task.support.x)[task.support.y == k].mean(0) for k in range(WAYS)])
    distance = (model.backbone(task.query)[:, None] - means).square().sum(-1)
    torch.testing.assert_close(classify(task.query).softmax(-1), (-distance).softmax(-1))


def test_mamlpp_weighs_the_steps_by_progress():
    """At the start every step counts alike, at the end the last one alone."""
    model, task = make(MamlPlusPlus, steps=4), episode()
    with torch.no_grad():
        losses = [cross_entropy(c(task.query), task.target) for _, c in model.trajectory(task.support)][1:]
        early = model.loss(Episode(task.support, task.query, task.target, progress=0.0))
        late = model.loss(Episode(task.support, task.query, task.target, progress=1.0))
    torch.testing.assert_close(early, torch.stack(losses).mean())
    torch.testing.assert_close(late, losses[-1])


def test_backbones_start_where_they_say():
    x = torch.randn(4, SIZE)
    assert torch.equal(Linear((SIZE,), gain=2.0)(x), 2 * x)
    prepared = Mlp((SIZE,)).inputs(3 + 5 * x)
    assert torch.allclose(prepared.mean(-1), torch.zeros(4), atol=1e-5)
    assert torch.allclose(prepared.std(-1, correction=0), torch.ones(4), atol=1e-3)
