"""The fast ways of an evaluation give what one task after the other gives: embedding once, and linear heads."""

import pytest
import torch
from torch import Tensor, nn

from fewtext.contracts.backbone import Backbone
from fewtext.contracts.learner import Learner
from fewtext.contracts.linear_head import LinearHead
from fewtext.contracts.recipe import Range
from fewtext.datasets.features import Features
from fewtext.errors import PluginError
from fewtext.evaluation import linear_answers as fast
from fewtext.evaluation.task_accuracy import evaluate
from fewtext.learners.backbones import Identity
from fewtext.registry import discovery
from fewtext.registry.options import build_learner
from fewtext.training.batching import answer_tasks
from fewtext.training.embedding import embedded_once
from fewtext.training.episodes import EpisodeSampler

LINEAR = ["protonet", "protonet:distance=cosine", "ridge", "lda", "logistic"]
EMBEDS_FIRST = [*LINEAR, "matchingnet", "relation", "anil"]
TASKS = 40


def features_of(*shape, classes=7, each=20):
    generator = torch.Generator().manual_seed(0)
    y = torch.arange(classes).repeat_interleave(each)
    x = torch.randn(classes, *shape, generator=generator)[y] + torch.randn(len(y), *shape, generator=generator)
    return Features(x.double(), y, tuple(map(str, range(classes))))


def tasks_of(features):
    """Tasks whose classes have unequal shots, so that supports are padded."""
    sampler = EpisodeSampler(features, Range(4, 4), Range(1, 3), 5, unequal=True)
    return sampler.draw(TASKS, torch.Generator().manual_seed(1))


def learner_of(spec, shape, backbone):
    name, _, option = spec.partition(":")
    options = dict([option.split("=")]) if option else {}
    learner = build_learner(discovery.learner(name), options, shape, backbone, 0)
    return learner.double().eval()


def plain(learner, features, episodes):
    """The logits and targets of one task after the other."""
    (batch,) = episodes.batches(features, TASKS)
    return torch.stack([learner.fit(e.support)(e.query) for e in map(batch.episode, range(TASKS))]), batch.target


def same(one, other):
    torch.testing.assert_close(one, other, rtol=1e-7, atol=1e-7)  # float64, and sums in another order


@pytest.mark.parametrize(("shape", "backbone"), [((12,), "mlp:features=9"), ((1, 16, 16), "conv4:width=8")])
@pytest.mark.parametrize("spec", EMBEDS_FIRST)
def test_on_embeddings_a_learner_answers_as_on_the_features(spec, shape, backbone):
    features = features_of(*shape)
    episodes, learner = tasks_of(features), learner_of(spec, shape, backbone)
    with torch.no_grad():
        quick, stored = embedded_once(learner, features, 10_000)
        assert quick is not learner and stored.x.shape == (140, learner.backbone.features)
        (batch,) = episodes.batches(stored, TASKS)
        wanted, target = plain(learner, features, episodes)
        same(answer_tasks(quick, batch), wanted)
    assert {id(p) for p in quick.parameters()} < {id(p) for p in learner.parameters()}
    assert isinstance(quick.backbone, Identity) and not isinstance(learner.backbone, Identity)
    found = evaluate(learner, features, episodes).answers
    probabilities = (wanted / learner.temperature).softmax(-1)
    assert torch.equal(found.answer, wanted.argmax(-1)) and torch.equal(found.target, target)
    same(found.confidence, probabilities.max(-1).values)
    same(found.likelihood.exp(), probabilities.gather(-1, target[..., None])[..., 0])


@pytest.mark.parametrize("spec", LINEAR)
@pytest.mark.parametrize(("numbers", "fused"), [(1, 6), (700, 0), (1 << 21, 6), (1 << 21, 0)])
def test_linear_heads_answer_as_one_task_after_the_other(spec, numbers, fused, monkeypatch):
    """In whatever blocks, the last of which may be smaller, and with queries gathered or not."""
    monkeypatch.setattr(fast, "FUSED_WAYS", fused)
    monkeypatch.setattr(fast, "FITTED", {False: numbers})
    monkeypatch.setattr(fast, "GATHERED", {False: numbers})
    features = features_of(12)
    episodes, learner = tasks_of(features), learner_of(spec, (12,), "identity")
    with torch.no_grad():
        assert fast.has_linear_heads(learner, features, episodes)
        logits, targets = map(torch.cat, zip(*fast.linear_answers(learner, features, episodes), strict=True))
        wanted, target = plain(learner, features, episodes)
    same(logits, wanted)
    assert torch.equal(targets, target)


class Scaled(Learner):
    """A head with everything: a scale that is a number, a centre, a bias, and unit embeddings."""

    name = "scaled"
    scale: Tensor | float = 0.3

    def fit(self, support):
        means = support.sums(support.x) / support.class_weight[:, None]
        centre, bias = support.x.mean(0), means.square().sum(-1)
        return LinearHead(self.backbone, means.T, bias, unit=True, centre=centre, scale=self.scale)


@pytest.mark.parametrize("scale", [0.3, 1.0, torch.tensor(0.3, dtype=torch.float64)])
def test_every_part_of_a_head_counts(scale):
    features, learner = features_of(12), Scaled(Identity((12,)))
    learner.scale = scale
    episodes = tasks_of(features)
    with torch.no_grad():
        assert fast.has_linear_heads(learner, features, episodes)
        ((logits, _),) = fast.linear_answers(learner, features, episodes)
        same(logits, plain(learner, features, episodes)[0])


@pytest.mark.parametrize(
    "changes",
    [{"transductive": True}, {"keeps_state": True}, {"vectorizes": False}, {"inner_steps": 2}],
    ids=lambda changes: next(iter(changes)),
)
def test_what_depends_on_more_than_its_task_is_no_product(changes):
    features, learner = features_of(12), Scaled(Identity((12,)))
    for name, value in changes.items():
        setattr(learner, name, value)
    assert not fast.has_linear_heads(learner, features, tasks_of(features))
    assert not fast.has_linear_heads(learner_of("matchingnet", (12,), "identity"), features, tasks_of(features))


class Wavers(Scaled):
    """Returns a head for the task that it is tried on, and a function afterwards."""

    name = "wavers"
    fits = 0

    def fit(self, support):
        Wavers.fits += 1
        head = super().fit(support)
        return head if Wavers.fits == 1 else lambda x: head(x)


def test_a_head_that_is_none_for_many_tasks_is_an_error():
    features = features_of(12)
    with pytest.raises(PluginError, match="fit returned a LinearHead for one task and a function for many"):
        evaluate(Wavers(Identity((12,))), features, tasks_of(features))


class Counts(Backbone):
    """Counts the examples that it embeds outside of the tasks that are timed."""

    name = "counts"

    def __init__(self, shape):
        super().__init__(shape)
        self.features, self.scale, self.seen = shape[0], nn.Parameter(torch.ones(())), []

    def forward(self, x):
        self.seen.append(len(x))
        return self.scale * x


def test_every_example_is_embedded_once():
    features, backbone = features_of(12), Counts((12,))
    evaluate(discovery.learner("protonet")(backbone).double(), features, tasks_of(features))
    assert backbone.seen[0] == 140 and max(backbone.seen[1:]) <= 20  # then the tasks that are timed, one by one


def test_examples_are_not_embedded_where_that_would_change_or_cost_something():
    images, vectors = features_of(1, 16, 16), features_of(12)
    together = learner_of("protonet", (1, 16, 16), "conv4:width=8,norm=batch")
    assert embedded_once(together, images, 10_000) == (together, images)
    adapts = learner_of("maml", (12,), "mlp:features=9")
    assert embedded_once(adapts, vectors, 10_000) == (adapts, vectors)
    few = learner_of("protonet", (12,), "mlp:features=9")
    assert embedded_once(few, vectors, 139) == (few, vectors)
    stored = learner_of("protonet", (12,), "identity")
    assert embedded_once(stored, vectors, 10_000) == (stored, vectors)


def test_training_changes_what_is_embedded():
    """The weights are the learner's own, not a copy of them."""
    features, learner = features_of(12), learner_of("ridge", (12,), "linear")
    quick, _ = embedded_once(learner, features, 10_000)
    with torch.no_grad():
        learner.scale.mul_(2)
    assert quick.scale.item() == learner.scale.item()
