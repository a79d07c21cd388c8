"""FEAT: the contract, its formula written out naively, and where training starts."""

import pytest
import torch
from fewtext_plugins.feat import Feat
from fewtext_plugins.protonet import ProtoNet

from fewtext.contracts.learner import LabelledSupport, Support
from fewtext.errors import FewtextError
from fewtext.registry.options import build_learner
from fewtext.testing import learner_checks


@learner_checks(Feat, heads=2)
def test_feat(check):
    check()


def task(ways=5, shots=4, size=12):
    generator = torch.Generator().manual_seed(0)
    y = torch.arange(ways).repeat(shots)
    x = torch.randn(len(y), size, generator=generator, dtype=torch.float64)
    weight = 0.5 + torch.rand(len(y), generator=generator, dtype=torch.float64)
    return Support(x, y, ways, weight), torch.randn(7, size, generator=generator, dtype=torch.float64)


def moved(**options):
    """A learner whose attention has an effect, as after training."""
    learner = build_learner(Feat, {"hidden": 6, **options}, (12,), seed=3).double()
    with torch.no_grad():
        learner.back.weight.normal_(generator=torch.Generator().manual_seed(4))
    return learner


def test_training_starts_at_protonet():
    support, query = task()
    ours, theirs = (build_learner(cls, {}, (12,), seed=1).double().fit(support)(query) for cls in (Feat, ProtoNet))
    torch.testing.assert_close(ours, theirs)


@pytest.mark.parametrize("heads", [1, 3])
def test_each_mean_moves_by_what_it_attends_to(heads):
    support, query = task()
    learner = moved(heads=heads)
    means = torch.stack(
        [
            (support.weight[:, None] * support.x)[support.y == k].sum(0) / support.weight[support.y == k].sum()
            for k in range(5)
        ]
    )
    of_query, of_key, of_value = learner.attention.weight.split(heads * 6)
    adapted = means.clone()
    for c in range(5):
        for head in range(heads):
            rows = slice(6 * head, 6 * head + 6)
            scores = torch.stack([(of_query[rows] @ means[c]) @ (of_key[rows] @ other) for other in means]) / 6**0.5
            for share, other in zip(scores.softmax(0), means, strict=True):
                adapted[c] = adapted[c] + share * (learner.back.weight[:, rows] @ (of_value[rows] @ other))
    distance = torch.cdist(query, adapted).square()
    torch.testing.assert_close(learner.fit(support)(query).log_softmax(-1), (-distance).log_softmax(-1))


def test_the_other_classes_of_a_task_change_where_a_class_lies():
    """What ProtoNet cannot do: the ratio of two classes depends on the third."""
    support, query = task(ways=3)
    three = moved().fit(support)(query)
    two = moved().fit(Support(support.x, support.y.clamp(max=1), 2, support.weight * (support.y < 2)))(query)
    assert not torch.allclose(three[:, 0] - three[:, 1], two[:, 0] - two[:, 1], atol=1e-3)


def test_a_label_is_the_two_way_task_of_having_it():
    support, query = task(ways=3)
    matrix = torch.stack([support.y == 0, support.y != 2], 1)
    none = torch.zeros(1, len(support.y), dtype=torch.bool)
    (both,) = moved().fit_labels(LabelledSupport(support.x, matrix, support.weight), none)
    first = moved().fit(Support(support.x, (support.y == 0).long(), 2, support.weight))(query)
    torch.testing.assert_close(both(query)[:, 0], first[:, 1] - first[:, 0])


@pytest.mark.parametrize("options", [{"hidden": 0}, {"heads": 0}])
def test_options_out_of_range_are_refused(options):
    with pytest.raises(FewtextError, match="at least 1"):
        build_learner(Feat, options, (12,))
