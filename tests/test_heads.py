"""Heads that are formulas of the support or learned comparisons: each against its formula written out naively."""

from itertools import pairwise

import pytest
import torch
from fewtext_plugins.lda import Lda
from fewtext_plugins.logistic import Logistic
from fewtext_plugins.matchingnet import MatchingNet
from fewtext_plugins.relation import Relation
from fewtext_plugins.ridge import Ridge
from torch import nn
from torch.nn.functional import normalize, one_hot

from fewtext.contracts.learner import Learner, Support
from fewtext.registry.options import build_learner
from fewtext.testing import Case, learner_checks


@learner_checks(Ridge)
def test_ridge(check):
    check()


@learner_checks(Lda)
def test_lda(check):
    check()


@learner_checks(Relation)
def test_relation(check):
    check()


@learner_checks(MatchingNet, full_context=True)
def test_matchingnet_in_full_context(check):
    check()


def random_support(ways=5, shots=4, size=12, seed=0, dtype=torch.float32):
    generator = torch.Generator().manual_seed(seed)
    y = torch.arange(ways).repeat(shots)
    centres = torch.randn(ways, size, generator=generator, dtype=dtype)
    x = normalize(centres[y] + torch.randn(len(y), size, generator=generator, dtype=dtype), dim=-1)
    weight = 0.5 + torch.rand(len(y), generator=generator, dtype=dtype)
    query = normalize(torch.randn(7, size, generator=generator, dtype=dtype), dim=-1)
    return Support(x, y, ways, weight), query


SIZES = [8, 60]  # dimensions, with 20 examples: more examples than dimensions, and fewer


@pytest.mark.parametrize("size", SIZES)
def test_logistic_without_some_examples_is_one_that_never_saw_them(size):
    support, _ = random_support(size=size)
    learner = build_learner(Logistic, {"C": 5.0, "steps": 2000}, (size,))
    left_out = torch.zeros(2, len(support.y), dtype=torch.bool)
    left_out[0, :3], left_out[1, 3:8] = True, True
    with torch.no_grad():
        quick = learner.fit_without(support, left_out)
        slow = Learner.fit_without(learner, support, left_out)
        for fast, plain, out in zip(quick, slow, left_out, strict=True):
            answers = fast(support.x[out]).softmax(-1), plain(support.x[out]).softmax(-1)
            torch.testing.assert_close(*answers, atol=5e-3, rtol=0)


@pytest.mark.parametrize("size", SIZES)
def test_ridge_minimises_the_weighted_squared_error(size):
    support, query = random_support(size=size, dtype=torch.float64)
    learner = Ridge(nn.Identity(), penalty=0.3, scale=2.0).double()
    w = torch.zeros(size, 5, dtype=torch.float64, requires_grad=True)
    error = (support.x @ w - one_hot(support.y, 5)).square().sum(1)
    loss = (support.weight * error).sum() + 0.3 * w.square().sum()
    gradient, *_ = torch.autograd.grad(loss, w, create_graph=True)
    hessian = 2 * (support.x.T @ (support.weight[:, None] * support.x) + 0.3 * torch.eye(size))
    solution = -torch.linalg.inv(hessian) @ gradient  # Newton's step from zero ends at the minimum of a quadratic
    assert torch.allclose(learner.fit(support)(query), 2 * query @ solution, atol=1e-6)


def test_ridge_learns_its_scale_bias_and_penalty():
    learner = Ridge(nn.Identity()).double()
    episode = Case(Ridge, {}, "text").episode(noise=2.0)
    learner.loss(episode).backward()
    assert learner.log_penalty.grad != 0 and learner.scale.grad != 0
    assert abs(learner.bias.grad) < 1e-6, "one bias for all classes moves no probability"


@pytest.mark.parametrize("size", SIZES)
def test_lda_is_the_mahalanobis_distance_to_class_means(size):
    support, query = random_support(size=size, dtype=torch.float64)
    share = support.weight / support.weight.sum()
    means = torch.stack(
        [
            (support.weight[support.y == k] @ support.x[support.y == k]) / support.weight[support.y == k].sum()
            for k in range(5)
        ]
    )
    covariance = sum(
        s * torch.outer(x - means[y], x - means[y]) for s, x, y in zip(share, support.x, support.y, strict=True)
    )
    variance = (share @ (support.x - share @ support.x).square()).mean()
    shrunk = covariance + 0.4 / 0.6 * variance * torch.eye(size)
    gap = query[:, None] - means
    distance = torch.einsum("qkd,de,qke->qk", gap, variance * torch.linalg.inv(shrunk), gap)
    logits = Lda(nn.Identity(), shrinkage=0.4, scale=3.0).double().fit(support)(query)
    assert torch.allclose(logits.softmax(-1), (-3.0 * distance).softmax(-1), atol=1e-6)


def test_lda_with_one_example_a_class_is_a_multiple_of_the_squared_distance():
    support, query = random_support(shots=1)
    logits = Lda(nn.Identity(), shrinkage=0.75, scale=6.0).fit(support)(query)
    distance = torch.cdist(query, support.x).square()
    assert torch.allclose(logits.softmax(-1), (-2.0 * distance).softmax(-1), atol=1e-5)


def test_lda_counts_a_direction_less_where_classes_vary():
    """Nearer to class 1 along the first axis, along which both classes are spread, and to class 0 along the second."""
    x = torch.tensor([[-2.0, 1.0], [2.0, 1.0], [-1.0, -1.0], [3.0, -1.0]])
    support = Support(x, torch.tensor([0, 0, 1, 1]), 2, torch.ones(4))
    query = torch.tensor([[1.4, 0.2]])
    assert Lda(nn.Identity(), shrinkage=0.05).fit(support)(query).argmax() == 0
    assert Lda(nn.Identity(), shrinkage=0.999).fit(support)(query).argmax() == 1


def test_lda_survives_examples_that_are_all_alike():
    learner = build_learner(Lda, {}, (6,), "linear")
    logits = learner.fit(Support(torch.ones(4, 6), torch.tensor([0, 0, 1, 1]), 2, torch.ones(4)))(torch.rand(3, 6))
    logits.softmax(-1)[:, 0].sum().backward()
    assert logits.isfinite().all() and all(p.grad.isfinite().all() for p in learner.parameters())


@pytest.mark.parametrize("learner", [Ridge, Lda, Logistic])
def test_padding_leaves_the_gradient_a_number(learner):
    built = build_learner(learner, {}, (24,), "linear")
    episode = Case(learner, {}, "text", torch.float32).episode(noise=2.0)
    episode.support.weight[::3] = 0
    built.loss(episode).backward()
    assert all(parameter.grad.isfinite().all() for parameter in built.parameters())


@pytest.mark.parametrize(("dtype", "tolerance"), [(torch.float32, 5e-4), (torch.float64, 1e-8)])
@pytest.mark.parametrize("C", [1.0, 20.0, 1e4])
def test_logistic_is_the_same_by_examples_and_by_dimensions(C, dtype, tolerance):
    """Padding with examples of weight 0 makes them more than the dimensions, and so chooses the other system.

    With C=1e4 the system is ill-conditioned: in float32 processors differ in the fourth digit.
    """
    support, query = random_support(size=60, dtype=dtype)
    more = 60
    padded = Support(
        torch.cat([support.x, torch.zeros(more, 60, dtype=dtype)]),
        torch.cat([support.y, torch.zeros(more, dtype=torch.int64)]),
        5,
        torch.cat([support.weight, torch.zeros(more, dtype=dtype)]),
    )
    learner = Logistic(nn.Identity(), C=C)
    few, many = learner.fit(support)(query).softmax(-1), learner.fit(padded)(query).softmax(-1)
    assert (few - many).abs().max() < tolerance


@pytest.mark.parametrize("size", SIZES)
def test_logistic_unrolls_enough_steps_for_its_gradient(size):
    """The gradient through the last 20 of 100 steps points where that through all of them does."""
    gradients = []
    for unrolled in (100, 20):
        learner = build_learner(Logistic, {"unrolled": unrolled}, (24,), "linear").double()
        learner.loss(Case(Logistic, {}, "text").episode(shots=size // 4, noise=2.0)).backward()
        gradients.append(learner.backbone.first.weight.grad.flatten())
    assert torch.cosine_similarity(*gradients, dim=0) > 0.98


def test_relation_compares_by_its_perceptron():
    learner = build_learner(Relation, {"noise": 1.0}, (12,), seed=3)
    support, query = random_support()
    means = torch.stack(
        [
            (support.weight[support.y == k] @ support.x[support.y == k]) / support.weight[support.y == k].sum()
            for k in range(5)
        ]
    )
    c, q = learner.embed(means), learner.embed(query)
    assert torch.allclose(q.square().mean(-1), torch.ones(7), atol=1e-5)
    scores = torch.stack([torch.cat([k.expand_as(q), q, (k - q).abs(), k * q], -1) for k in c], 1)
    expected = learner.last(learner.first(scores).relu()).squeeze(-1)
    assert torch.allclose(learner.fit(support)(query), expected, atol=1e-4)


def test_relation_starts_near_the_cosine():
    learner = build_learner(Relation, {"noise": 0.0}, (12,))
    support, query = random_support(shots=1)
    logits, cosine = learner.fit(support)(query), normalize(query, dim=-1) @ support.x.T
    for row, values in zip(logits, cosine, strict=True):
        order = values.argsort()
        assert all(low <= high for low, high in pairwise(row[order].tolist()))


def in_context(seed=0, **options):
    """A matching network whose context counts: the maps that start at zero are drawn at random."""
    learner = build_learner(MatchingNet, {"full_context": True, **options}, (12,), seed=seed)
    generator = torch.Generator().manual_seed(seed)
    with torch.no_grad():
        for linear in (learner.of_support, learner.of_query):
            linear.weight.copy_(0.5 * torch.randn(linear.weight.shape, generator=generator))
    return learner


def test_full_context_starts_at_the_plain_learner():
    support, query = random_support()
    plain = build_learner(MatchingNet, {}, (12,)).fit(support)(query)
    assert torch.allclose(
        plain, build_learner(MatchingNet, {"full_context": True}, (12,)).fit(support)(query), atol=1e-5
    )


def test_full_context_embeds_an_example_in_the_context_of_the_others():
    support, query = random_support()
    learner = in_context()
    before = learner._support_in_context(support.x, support.weight)
    changed = torch.cat([support.x[:-1], query[:1]])
    after = learner._support_in_context(changed, support.weight)
    assert not torch.allclose(before[0], after[0], atol=1e-4), "the first example does not hear of the last"
    assert torch.allclose(learner.fit(support)(query).logsumexp(-1), torch.zeros(7), atol=1e-5)


def test_full_context_reads_as_pytorchs_own_cells_would():
    learner, (support, _) = in_context(), random_support()
    memory = nn.LSTM(12, learner.hidden, bidirectional=True)
    hidden = learner.hidden
    with torch.no_grad():
        for cell, suffix in ((learner.forwards, "l0"), (learner.backwards, "l0_reverse")):
            weight, bias = cell.linear.weight.clone(), cell.linear.bias.clone()
            bias[hidden : 2 * hidden] += 1
            order = [0, 1, 3, 2]  # theirs: write, keep, content, show
            rows = torch.cat([torch.arange(i * hidden, (i + 1) * hidden) for i in order])
            getattr(memory, f"weight_ih_{suffix}").copy_(weight[rows, :12])
            getattr(memory, f"weight_hh_{suffix}").copy_(weight[rows, 12:])
            getattr(memory, f"bias_ih_{suffix}").copy_(bias[rows])
            getattr(memory, f"bias_hh_{suffix}").zero_()
    both = memory(support.x)[0].unflatten(-1, (2, -1)).sum(-2)
    expected = support.x + learner.of_support(both)
    assert torch.allclose(learner._support_in_context(support.x, support.weight), expected, atol=1e-5)


@pytest.mark.parametrize("place", [0, 7, 20])
def test_full_context_ignores_padding_anywhere(place):
    support, query = random_support()

    def padded(part, row):
        return torch.cat([part[:place], row, part[place:]])

    other = Support(
        padded(support.x, query[:2]), padded(support.y, torch.tensor([4, 1])), 5, padded(support.weight, torch.zeros(2))
    )
    learner = in_context()
    assert torch.allclose(learner.fit(support)(query), learner.fit(other)(query), atol=1e-5)


def test_flags_follow_the_option():
    plain, full = build_learner(MatchingNet, {}, (12,)), in_context()
    assert not plain.order_matters and not plain.needs_training
    assert full.order_matters and full.needs_training


@pytest.mark.parametrize(
    ("learner", "options"),
    [
        (Ridge, {"penalty": 0.0}),
        (Ridge, {"scale": -1.0}),
        (Lda, {"shrinkage": 0.0}),
        (Lda, {"shrinkage": 1.0}),
        (Relation, {"hidden": 0}),
        (MatchingNet, {"reads": 0}),
        (Logistic, {"unrolled": 0}),
    ],
)
def test_impossible_options_are_refused(learner, options):
    with pytest.raises(ValueError, match=next(iter(options))):
        learner(nn.Identity(), **options)
