"""CrossTransformers: the contract, the formula written out naively, and what each part of it is for."""

import pytest
import torch
from fewtext_plugins.crosstransformer import CrossTransformer
from fewtext_plugins.protonet import ProtoNet
from torch.nn.functional import normalize

from fewtext.contracts.learner import Support
from fewtext.errors import FewtextError
from fewtext.registry.options import build_learner
from fewtext.testing import learner_checks
from fewtext.training.batching import Batch, answer_tasks

IMAGE = (1, 28, 28)
PLACES = "conv4:width=8,down=ceil"  # 2 x 2 of them


@learner_checks(CrossTransformer)
def test_crosstransformer(check):
    check()


def task(shape=(12,), ways=4, shots=3, seed=0):
    generator = torch.Generator().manual_seed(seed)
    y = torch.arange(ways).repeat(shots)
    x = torch.randn(len(y), *shape, generator=generator, dtype=torch.float64)
    weight = 0.5 + torch.rand(len(y), generator=generator, dtype=torch.float64)
    return Support(x, y, ways, weight), torch.randn(5, *shape, generator=generator, dtype=torch.float64)


def learner(backbone="identity", shape=(12,), **options):
    return build_learner(CrossTransformer, options, shape, backbone, seed=1).double().eval()


def by_hand(head, support, query):
    """The formula of the docstring, one query, class, place and example at a time."""
    places = head.places
    z = head.backbone(support.x)
    weight = support.weight[:, None]
    means = [(weight * z)[support.y == k].sum(0) / weight[support.y == k].sum() for k in range(support.ways)]
    centre = head.centre * torch.stack(means).mean(0)

    def split(embeddings):
        return normalize(embeddings - centre, dim=-1).view(len(embeddings), -1, places).transpose(1, 2)

    examples, queries = split(z), split(head.backbone(query))
    logits = torch.zeros(len(query), support.ways, dtype=query.dtype)
    for m, of_query in enumerate(queries):
        for k in range(support.ways):
            members = (support.y == k).nonzero().flatten().tolist()
            for p in range(places):
                keys = torch.stack([examples[i, r] for i in members for r in range(places)])
                scores = head.log_attention.exp() * places * keys @ of_query[p]
                if places > 1:
                    scores = scores + head.nearness[p].repeat(len(members))
                scores = 40 * (scores / 40).tanh() + support.weight[members].log().repeat_interleave(places)
                mean = scores.softmax(0) @ keys
                logits[m, k] -= head.log_scale.exp() * (of_query[p] - mean).square().sum()
    return logits


@pytest.mark.parametrize(("backbone", "shape"), [("identity", (12,)), ("linear", (12,)), (PLACES, IMAGE)])
def test_it_is_the_formula(backbone, shape):
    head, (support, query) = learner(backbone, shape), task(shape)
    ours, naive = head.fit(support)(query), by_hand(head, support, query)
    torch.testing.assert_close(ours.log_softmax(-1), naive.log_softmax(-1))


def test_places_are_those_of_the_last_map():
    assert [learner(b, s).places for b, s in (("linear", (12,)), ("conv4:width=8", IMAGE), (PLACES, IMAGE))] == [
        1,
        1,
        4,
    ]


def test_one_example_of_a_class_is_what_protonet_compares_with():
    support, query = task(shots=1)
    ours = learner(centre=0.0, scale=3.0).fit(support)(query)
    theirs = build_learner(ProtoNet, {"distance": "cosine"}, (12,)).double().fit(support)(query)
    assert ours.argmax(1).tolist() == theirs.argmax(1).tolist()
    unit = Support(normalize(support.x, dim=-1), support.y, support.ways, support.weight)
    exact = build_learner(ProtoNet, {}, (12,)).double().fit(unit)(normalize(query, dim=-1))
    torch.testing.assert_close(ours.log_softmax(-1), (3 * exact).log_softmax(-1))


def test_a_query_finds_the_example_of_a_class_that_is_like_it():
    """Class 0 has examples in two opposite directions: their mean is nowhere, and attention takes the right one."""
    x = torch.tensor([[1.0, 0.0, 0.0], [-1.0, 0.0, 0.0], [0.0, 1.0, 0.0], [0.0, 0.8, 0.6]], dtype=torch.float64)
    support = Support(x, torch.tensor([0, 0, 1, 1]), 2, torch.ones(4, dtype=torch.float64))
    query = torch.tensor([[0.8, 0.6, 0.0], [-0.8, 0.6, 0.0]], dtype=torch.float64)
    assert learner(centre=0.0, attention=20.0).fit(support)(query).argmax(1).tolist() == [0, 0]
    assert learner(centre=0.0, attention=0.01).fit(support)(query).argmax(1).tolist() == [1, 1]


def test_what_all_classes_share_is_taken_out():
    """Both classes lie far along the first direction, in which nothing tells them apart."""
    x = torch.tensor([[9.0, 1.0], [9.0, -1.0]], dtype=torch.float64)
    support = Support(x, torch.arange(2), 2, torch.ones(2, dtype=torch.float64))
    query = torch.tensor([[9.0, 0.5]], dtype=torch.float64)
    with_it, without = (learner(centre=c).fit(support)(query).softmax(-1)[0, 0].item() for c in (1.0, 0.0))
    assert with_it > 0.99 and without < 0.7


def test_a_piece_that_moved_is_found_where_it_went():
    """Two places, of which the query has the content of a class in the other order."""
    head = learner(centre=0.0)
    head.places = 2
    head.nearness = torch.nn.Parameter(torch.zeros(2, 2, dtype=torch.float64))
    # [channels, places] flattened: the class has channel 0 at place 0 and channel 1 at place 1; the query swaps them.
    x = torch.tensor([[1.0, 0.0, 0.0, 1.0], [0.6, 0.6, 0.6, -0.6]], dtype=torch.float64)
    support = Support(x, torch.arange(2), 2, torch.ones(2, dtype=torch.float64))
    query = torch.tensor([[0.0, 1.0, 1.0, 0.0]], dtype=torch.float64)
    assert head.fit(support)(query).argmax(1).tolist() == [0]
    head.nearness.data = 40 * torch.eye(2, dtype=torch.float64)  # each place at itself alone
    assert head.fit(support)(query).argmax(1).tolist() == [1]


def test_many_tasks_of_images_at_once_are_one_after_the_other():
    head, tasks = learner(PLACES, IMAGE), [task(IMAGE, seed=seed) for seed in range(3)]
    x, y, weight = (torch.stack([getattr(s, part) for s, _ in tasks]) for part in ("x", "y", "weight"))
    query = torch.stack([q for _, q in tasks])
    together = answer_tasks(head, Batch(x, y, weight, query, torch.zeros(3, 5, dtype=torch.int64), 4))
    torch.testing.assert_close(together, torch.stack([head.fit(s)(q) for s, q in tasks]))


def test_a_block_of_queries_at_a_time_gives_the_same_answers(monkeypatch):
    head, (support, query) = learner(PLACES, IMAGE), task(IMAGE)
    whole = head.fit(support)(query)
    monkeypatch.setattr("fewtext_plugins.crosstransformer.MOST_ATTENTION", 2 * len(support.y) * head.places**2)
    torch.testing.assert_close(head.fit(support)(query), whole)


def test_no_attention_is_too_sharp_for_float32():
    support, query = task()
    single = Support(support.x.float(), support.y, support.ways, support.weight.float())
    logits = learner(attention=1e6).float().fit(single)(query.float())
    assert logits.isfinite().all()
    exact = learner(attention=1e6).fit(support)(query)
    torch.testing.assert_close(logits.double(), exact, rtol=1e-4, atol=1e-4)


@pytest.mark.parametrize(("backbone", "shape"), [("identity", (12,)), (PLACES, IMAGE)])
@pytest.mark.parametrize("ways", [4, 2000])
def test_a_class_whose_examples_all_weigh_nothing_is_lost_alone(backbone, shape, ways):
    head, (support, query) = learner(backbone, shape), task(shape)
    there = support.y != 2
    others = support.part(there)
    y = others.y - (others.y > 2).long()
    expected = head.fit(Support(others.x, y, 3, others.weight))(query)
    logits = head.fit(Support(support.x, support.y, ways, support.weight * there))(query)
    torch.testing.assert_close(logits[:, [0, 1, 3]], expected)
    assert logits[:, 2].isnan().all()


@pytest.mark.parametrize("options", [{"attention": 0.0}, {"scale": -1.0}, {"centre": 1.5}])
def test_options_out_of_range_are_refused(options):
    with pytest.raises(FewtextError, match="must be above 0, centre="):
        learner(**options)
