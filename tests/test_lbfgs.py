"""L-BFGS finds the least of convex functions, as closely as their precision lets it, and of others that are smooth."""

import torch

from fewtext.api import minimised


def test_the_least_of_a_quadratic_function():
    generator = torch.Generator().manual_seed(0)
    root = torch.randn(12, 12, generator=generator, dtype=torch.float64)
    matrix, target = root @ root.T + torch.eye(12), torch.randn(12, generator=generator, dtype=torch.float64)
    found = minimised(lambda x: (x @ matrix @ x / 2 - target @ x, matrix @ x - target), torch.zeros_like(target), 200)
    assert torch.allclose(found, torch.linalg.solve(matrix, target), atol=1e-6)


def test_the_least_of_a_curved_valley():
    def rosenbrock(x):
        a, b = x
        inner = b - a**2
        return (1 - a) ** 2 + 100 * inner**2, torch.stack([-2 * (1 - a) - 400 * a * inner, 200 * inner])

    found = minimised(rosenbrock, torch.tensor([-1.2, 1.0], dtype=torch.float64), 100)
    assert torch.allclose(found, torch.ones(2, dtype=torch.float64), atol=1e-5)


def test_it_stops_where_it_is_flat_and_takes_no_more_steps_than_asked():
    asked = []

    def square(x):
        asked.append(x)
        return (x @ x), 2 * x

    assert torch.equal(minimised(square, torch.zeros(3), 50), torch.zeros(3)) and len(asked) == 1
    assert not torch.equal(minimised(square, torch.full((3,), 100.0), 1), torch.zeros(3))
