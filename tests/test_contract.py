"""The contract kit can fail: each naive learner here breaks one clause, and the check of that clause catches it."""

import pytest
import torch
from fewtext_plugins.protonet import ProtoNet
from naive_learners import NAIVE, NormalisesByTheBatch
from prototypes import ProtoLike

from fewtext.errors import PluginError
from fewtext.testing import Case, Excused, learners
from fewtext.testing.kit import clause_of
from fewtext.testing.learner_trials import TRIALS

CHECKS = {clause_of(check): check for check in learners.CHECKS}


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


class PrefersTheLast(ProtoLike):
    def shares(self, support):
        late = support.membership * torch.linspace(0.5, 1.5, len(support.y))[:, None]
        return late / late.sum(0)


class StopsTheGradient(ProtoLike):
    def embed(self, x):
        return self.backbone(x).detach()


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
        (PrefersTheLast, "support_order_is_irrelevant"),
        (StopsTheGradient, "the_loss_reaches_the_backbone"),
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
        (LooksPastTheBackbone, "embeddings_are_all_it_needs"),
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
    elsewhere = {clause_of(check) for check in TRIALS}  # by the learner that they are about
    assert set(CHECKS) - shown.union(*NAIVE.values()) == {"works_on_cuda", *elsewhere}
