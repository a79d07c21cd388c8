"""A small task, a learner on it in float64, and the gradient of its loss beside a finite difference."""

import torch

from fewtext.contracts.learner import Episode, Support
from fewtext.registry.options import build_learner
from fewtext.training.batching import Batch

WAYS, SHOTS, SIZE = 3, 2, 6


def make(learner, seed=0, backbone="mlp:hidden=8,features=5", **options):
    return build_learner(learner, options, (SIZE,), backbone, seed).double()


def episode(seed=0, ways=WAYS, shots=SHOTS):
    generator = torch.Generator().manual_seed(seed)

    def examples(each):
        return torch.randn(ways * each, SIZE, generator=generator, dtype=torch.float64), torch.arange(ways).repeat(each)

    x, y = examples(shots)
    return Episode(Support(x, y, ways, torch.ones(len(y), dtype=torch.float64)), *examples(4))


def batch_of(*episodes):
    supports = [e.support for e in episodes]
    parts = [[s.x for s in supports], [s.y for s in supports], [s.weight for s in supports]]
    parts += [[e.query for e in episodes], [e.target for e in episodes]]
    return Batch(*map(torch.stack, parts), supports[0].ways)


def gradients(learner, loss):
    return torch.autograd.grad(loss, list(learner.parameters()), allow_unused=True)


def directional_error(learner, loss_of, gradient):
    """How far a gradient is from the central finite difference of the loss along a random direction, relatively."""
    generator = torch.Generator().manual_seed(1)
    parameters = list(learner.parameters())
    direction = [torch.randn(p.shape, generator=generator, dtype=p.dtype) for p in parameters]
    values, step = [], 1e-5
    for sign in (1, -1):
        with torch.no_grad():
            for p, d in zip(parameters, direction, strict=True):
                p += sign * step * d
            values.append(loss_of(learner).item())
            for p, d in zip(parameters, direction, strict=True):
                p -= sign * step * d
    numeric = (values[0] - values[1]) / (2 * step)
    analytic = sum((g * d).sum().item() for g, d in zip(gradient, direction, strict=True) if g is not None)
    return abs(analytic - numeric) / abs(numeric)
