"""Gradients by formulas are autograd's: of the layers, and of the inner steps that are taken along them."""

import pytest
import torch
from fewtext_plugins.maml import Fomaml, Maml
from torch import nn
from torch.func import functional_call, grad

from fewtext.contracts.learner import Episode, Support
from fewtext.learners.backbones import Mlp
from fewtext.learners.backpropagation import forward, known_layers
from fewtext.learners.fast_weights import with_fast_weights
from fewtext.learners.inner_loop import adam, descend, sgd
from fewtext.registry.options import build_learner

RELU = nn.ReLU()
NETWORKS = [
    nn.Identity(),
    nn.Sequential(nn.Linear(4, 5), RELU, nn.Linear(5, 5), RELU),
    nn.Linear(4, 3),
    nn.Sequential(nn.ReLU(), nn.Linear(4, 5, bias=False), nn.ReLU(), nn.Linear(5, 2), nn.Identity()),
]


def generator(seed=0):
    return torch.Generator().manual_seed(seed)


@pytest.mark.parametrize("network", NETWORKS, ids=lambda network: type(network).__name__)
@pytest.mark.parametrize("left_out", [None, "3.bias", "weight"])
def test_the_way_back_is_autograds(network, left_out):
    """Of the input and of every weight that is fast; the others are the network's own."""
    network = network.double()
    x = torch.randn(6, 4, generator=generator(), dtype=torch.float64)
    fast = {f"net.{name}": 2 * value for name, value in network.named_parameters() if name != left_out}
    output, backward = forward(known_layers(network, "net."), fast, x)
    slope = torch.randn(output.shape, generator=generator(1), dtype=torch.float64)

    def value(weights, x):
        weights = {name.removeprefix("net."): weight for name, weight in weights.items()}
        return (functional_call(network, weights, (x,)) * slope).sum()

    wanted, of_input = grad(value, argnums=(0, 1))(fast, x)
    found_input, found = backward(slope)
    torch.testing.assert_close(found_input, of_input)
    torch.testing.assert_close(found, wanted)
    torch.testing.assert_close((output * slope).sum(), value(fast, x))


def test_layers_that_it_does_not_know_are_none_at_all():
    class Odd(nn.ReLU):
        pass

    assert known_layers(nn.Sequential(nn.Linear(4, 4), nn.Tanh()), "net.") is None
    assert known_layers(Odd(), "net.") is None and known_layers(nn.Sequential(nn.Sequential()), "net.") is None


class BySquares(Maml):
    """Descends on another loss than cross-entropy."""

    name = "by_squares"

    def support_loss(self, step, logits, support):
        return (1 + step) * (logits - support.membership).square().mean()


class Curved(Mlp):
    """Has a layer without a formula here."""

    name = "curved"

    def __init__(self, shape):
        super().__init__(shape, hidden=8, features=5)
        self.rest = nn.Sequential(nn.Tanh(), nn.Linear(8, 5))


def task():
    x = torch.randn(18, 6, generator=generator(), dtype=torch.float64)
    y = torch.arange(3).repeat(6)
    weight = torch.tensor([1, 1, 2, 1, 0, 0.5], dtype=torch.float64)
    return Episode(Support(x[:6], y[:6], 3, weight), x[6:], y[6:])


@pytest.mark.parametrize("learner", [Maml, Fomaml, BySquares])
@pytest.mark.parametrize("backbone", ["mlp:hidden=8,features=5,layers=3", "linear", "curved"])
def test_steps_by_formulas_are_those_by_autograd(learner, backbone):
    """At every step the same answers, and the same meta-gradient: the plain form takes autograd."""
    episode, forms = task(), []
    for gram in (True, False):
        torch.manual_seed(0)
        options = {"rate": 0.3, "gram": gram}
        own = (
            learner(Curved((6,)), **options)
            if backbone == "curved"
            else build_learner(learner, options, (6,), backbone, 0)
        )
        forms.append(own.double())
    body = with_fast_weights(forms[0].backbone, forms[0].fast(), episode.support.x, gram=True)
    assert body.has_formulas == (backbone != "curved")
    curves = [[classify(episode.query) for classify in form.fit_by_step(episode.support)] for form in forms]
    torch.testing.assert_close(*map(torch.stack, curves))
    assert (curves[0][1] - curves[0][-1]).abs().max() > 1e-3
    gradients = [torch.autograd.grad(form.loss(episode), list(form.parameters())) for form in forms]
    for one, other in zip(*gradients, strict=True):
        torch.testing.assert_close(one, other, rtol=1e-9, atol=1e-12)


@pytest.mark.parametrize("update", [adam(0.05), sgd(lambda step, name: 0.1), sgd(lambda step, name: torch.tensor(0.1))])
def test_what_has_no_gradient_in_a_step_stays_as_with_a_gradient_of_zero(update):
    start = {"moves": torch.ones(3, dtype=torch.float64), "waits": torch.ones(2, dtype=torch.float64)}

    def gradient(step, weights, left_out):
        found = {name: weight * (name == "moves" or step > 0) for name, weight in weights.items()}
        return {name: slope for name, slope in found.items() if slope.any() or not left_out}

    ends = [list(descend(lambda s, w, out=out: gradient(s, w, out), start, 3, update)) for out in (True, False)]
    for one, other in zip(*ends, strict=True):
        torch.testing.assert_close(one, other)
    assert ends[0][1]["waits"] is start["waits"] and not torch.equal(ends[0][3]["waits"], start["waits"])
