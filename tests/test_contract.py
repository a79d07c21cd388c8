"""The contract kit can fail: each naive learner here breaks one clause, and the check of that clause catches it."""

import copy

import pytest
import torch
from fewtext_plugins.protonet import ProtoNet

from fewtext.contracts.learner import Learner
from fewtext.errors import PluginError
from fewtext.testing import Case, Excused, learners
from fewtext.testing.kit import clause_of

CHECKS = {clause_of(check): check for check in learners.CHECKS}


class ProtoLike(Learner):
    """Prototypes, spelled so that a subclass can get one step wrong."""

    name = "naive"

    def embed(self, x):
        return self.backbone(x)

    def shares(self, support):
        return support.membership / support.membership.sum(0)

    def fit(self, support):
        prototypes = self.shares(support).T @ self.embed(support.x)
        return lambda x: -(self.embed(x)[:, None] - prototypes).square().sum(-1)


class KeepsState(ProtoLike):
    def fit(self, support):
        self.prototypes = self.shares(support).T @ self.embed(support.x)
        return lambda x: -(self.embed(x)[:, None] - self.prototypes).square().sum(-1)


class IgnoresWeights(ProtoLike):
    def shares(self, support):
        member = torch.nn.functional.one_hot(support.y, support.ways).to(support.x.dtype)
        return member / member.sum(0)


class IndexesByClass(ProtoLike):
    def fit(self, support):
        kept = support.weight > 0
        prototypes = torch.stack([self.embed(support.x)[kept & (support.y == k)].mean(0) for k in range(support.ways)])
        return lambda x: -(self.embed(x)[:, None] - prototypes).square().sum(-1)


class NormalisesByTheBatch(ProtoLike):
    def embed(self, x):
        z = self.backbone(x)
        return (z - z.mean(0)) / (z.std(0, correction=0) + 1e-3)


class MixesLabelNumbers(ProtoLike):
    """Attention whose values are the numbers of the classes: between 0 and 4 it answers 2."""

    def fit(self, support):
        keys = self.embed(support.x)
        numbers = support.y * support.weight

        def classify(x):
            expected = (self.embed(x) @ keys.T).softmax(-1) @ numbers
            return -(expected[:, None] - torch.arange(support.ways)).square()

        return classify


class PrefersTheLast(ProtoLike):
    def shares(self, support):
        late = support.membership * torch.linspace(0.5, 1.5, len(support.y))[:, None]
        return late / late.sum(0)


class StopsTheGradient(ProtoLike):
    def embed(self, x):
        return self.backbone(x).detach()


class AdaptsByAutograd(ProtoLike):
    """An inner step that a caller's ``no_grad`` switches off."""

    def fit(self, support):
        z = self.embed(support.x)
        w = z.new_zeros(z.shape[1], support.ways, requires_grad=True)
        if torch.is_grad_enabled():
            loss = torch.nn.functional.cross_entropy(z @ w, support.y)
            w = w - torch.autograd.grad(loss, w, create_graph=True)[0]
        return lambda x: self.embed(x) @ w


class KnowsNothing(ProtoLike):
    def fit(self, support):
        return lambda x: self.embed(x)[:, :1] * 0 + torch.zeros(support.ways)


class HidesWhatItLearned(ProtoLike):
    def __init__(self, backbone):
        super().__init__(backbone)
        self.secret = torch.rand(1)

    def embed(self, x):
        return self.backbone(x) * self.secret


class RollsDice(ProtoLike):
    def fit(self, support):
        classify = super().fit(support)
        return lambda x: classify(x) + torch.rand(support.ways)


class AnswersInFloat32(ProtoLike):
    def fit(self, support):
        classify = super().fit(support)
        return lambda x: classify(x).float()


class TakesAnything(ProtoLike):
    def __init__(self, backbone, **options):
        super().__init__(backbone)


class FixedWays(ProtoLike):
    def fit(self, support):
        classify = super().fit(support)
        return lambda x: torch.nn.functional.pad(classify(x), (0, 10))[:, :4]


class Untrimmed(ProtoLike):
    def fit(self, support):
        classify = super().fit(support)
        return lambda x: torch.nn.functional.pad(classify(x), (0, 1))


class SharesOneMemory(ProtoLike):
    memory = []

    def fit(self, support):
        self.memory[:] = [self.shares(support).T @ self.embed(support.x)]
        return lambda x: -(self.embed(x)[:, None] - self.memory[0]).square().sum(-1)


class FitsFoldsByTheirNumber(ProtoLike):
    """A faster way to all folds that is none to the same answers."""

    def fit_without(self, support, left_out):
        return [self.fit(support) for _ in left_out]


class AnswersLabelsByTheirCount(ProtoLike):
    def fit_labels(self, support, left_out):
        own = [classifiers for classifiers in super().fit_labels(support, left_out)]
        return [lambda x, classify=classify: classify(x) + support.label_matrix.sum(0).log() for classify in own]


class ComputesInFloat32(ProtoLike):
    def embed(self, x):
        return self.backbone(x).float().to(x.dtype)


class CountsThreads(ProtoLike):
    def embed(self, x):
        return self.backbone(x) * torch.get_num_threads()


class CopiesTheModel(ProtoLike):
    """MAML by a copy of the model and an optimiser inside: the copies are new leaves (E1)."""

    def adapted(self, support):
        model = copy.deepcopy(self.backbone)
        head = torch.zeros(model.features, support.ways, dtype=support.x.dtype, requires_grad=True)
        optimizer = torch.optim.SGD([*model.parameters(), head], lr=0.1)
        with torch.enable_grad():
            loss = torch.nn.functional.cross_entropy(model(support.x) @ head, support.y)
            optimizer.zero_grad()
            loss.backward()
        optimizer.step()
        return model, head

    def fit(self, support):
        model, head = self.adapted(support)
        return lambda x: model(x) @ head


class StopsTheInnerGradient(ProtoLike):
    """First-order MAML that calls itself MAML: the gradient of the last step only (E2)."""

    def fit(self, support):
        z = self.embed(support.x)
        w = z.T @ support.membership
        step = torch.func.grad(lambda w: torch.nn.functional.cross_entropy(z @ w, support.y))(w)
        return lambda x: self.embed(x) @ (w - 5.0 * step.detach())


class LooksPastTheBackbone(ProtoNet):
    """Says that it sees embeddings alone, and adds to a logit what it read from the features."""

    name = "looks_past"

    def fit(self, support):
        head, more = super().fit(support), support.x.mean()
        return lambda x: head(x) + more


@pytest.mark.parametrize("modality", ["text", "image"])
@pytest.mark.parametrize(
    ("learner", "clause"),
    [
        (KeepsState, "fit_leaves_the_learner_unchanged"),
        (KeepsState, "classifiers_are_independent"),
        (SharesOneMemory, "classifiers_are_independent"),
        (IgnoresWeights, "a_weight_of_two_is_the_example_twice"),
        (IgnoresWeights, "a_weight_of_zero_is_no_example"),
        (IndexesByClass, "vmap_equals_the_loop"),
        (NormalisesByTheBatch, "queries_do_not_see_each_other"),
        (MixesLabelNumbers, "relabelling_the_classes_relabels_the_answers"),
        (PrefersTheLast, "support_order_is_irrelevant"),
        (StopsTheGradient, "the_loss_reaches_the_backbone"),
        (AdaptsByAutograd, "fits_without_gradients"),
        (KnowsNothing, "solves_an_easy_episode"),
        (HidesWhatItLearned, "survives_a_state_dict_round_trip"),
        (RollsDice, "same_seed_same_answer"),
        (TakesAnything, "options_are_declared"),
        (FixedWays, "any_number_of_ways_and_shots"),
        (Untrimmed, "returns_logits_per_way"),
        (AnswersInFloat32, "returns_logits_per_way"),
        (FitsFoldsByTheirNumber, "fit_without_equals_fit"),
        (AnswersLabelsByTheirCount, "fit_labels_equals_two_way_tasks"),
        (ComputesInFloat32, "computes_in_float64_throughout"),
        (CountsThreads, "any_number_of_threads_gives_the_same_answer"),
        (CopiesTheModel, "the_loss_reaches_the_backbone"),
        (LooksPastTheBackbone, "embeddings_are_all_it_needs"),
        (StopsTheInnerGradient, "be_trained_by_the_gradient_of_its_loss"),
    ],
)
def test_a_broken_clause_is_caught(learner, clause, modality):
    check = CHECKS[clause]
    check(Case(ProtoNet, {}, modality))
    with pytest.raises(PluginError if learner is IndexesByClass else AssertionError):  # vmap itself refuses to index
        check(Case(learner, {}, modality))


def test_what_a_learner_declares_excuses_it(modality="text"):
    declared = type("Declared", (NormalisesByTheBatch,), {"transductive": True})
    with pytest.raises(Excused, match="transductive"):
        CHECKS["queries_do_not_see_each_other"](Case(declared, {}, modality))
    declared = type("Declared", (KeepsState,), {"keeps_state": True})
    for clause in ("fit_leaves_the_learner_unchanged", "classifiers_are_independent"):
        with pytest.raises(Excused, match="keeps state"):
            CHECKS[clause](Case(declared, {}, modality))


def test_every_check_is_shown_to_fail():
    shown = {clause for _, clause in test_a_broken_clause_is_caught.pytestmark[0].args[1]}
    assert set(CHECKS) - shown == {"works_on_cuda"}
