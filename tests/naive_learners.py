"""Well-known errors of few-shot learners, each as an author would make it, and the checks that are made for it."""

import copy

import torch
from fewtext_plugins.mann import Mann
from prototypes import ProtoLike
from torch.nn.functional import batch_norm, cross_entropy


def weighted_loss(logits, support):
    """The mean cross-entropy of the examples, each by its weight."""
    each = cross_entropy(logits, support.y, reduction="none")
    return (each * support.weight).sum() / support.weight.sum()


class CopiesTheModel(ProtoLike):
    """MAML by a copy of the model and an optimiser inside: the copies are new leaves."""

    vectorizes = False

    def fit(self, support):
        model = copy.deepcopy(self.backbone)
        with torch.enable_grad():
            head = (self.shares(support).T @ model(support.x)).detach().requires_grad_()
            optimizer = torch.optim.SGD([*model.parameters(), head], lr=0.01)
            loss = weighted_loss(model(support.x) @ head.T, support)
            optimizer.zero_grad()
            loss.backward()
        optimizer.step()
        return lambda x: -(model(x)[:, None] - head).square().sum(-1)


class TakesTheCopysGradient(ProtoLike):
    """MAML that takes the gradient where the steps end, which is that of first-order MAML."""

    def fit(self, support):
        z = self.embed(support.x)
        start = self.shares(support).T @ z

        def loss(prototypes):
            return weighted_loss(z @ prototypes.T, support)

        return lambda x: self.embed(x) @ (start - torch.func.grad(loss)(start).detach()).T


class FreesTheTaskBefore(ProtoLike):
    """Cuts off the graph of the task before, so that memory does not grow: only the last task's gradient survives."""

    vectorizes = False
    before = []

    def loss(self, episode):
        loss = super().loss(episode)
        for earlier in self.before:
            earlier.detach_()
        self.before[:] = [loss] if loss.requires_grad else []
        return loss


class AttendsToClassNumbers(ProtoLike):
    """Attention whose values are the numbers of the classes: between 0 and 4 it answers 2."""

    def fit(self, support):
        keys = self.embed(support.x)

        def classify(x):
            likeness = self.embed(x) @ keys.T + support.weight.log()
            expected = likeness.softmax(-1) @ support.y.to(x.dtype)
            return -(expected[:, None] - torch.arange(support.ways)).square()

        return classify


class NormalisesByTheBatch(ProtoLike):
    """A batch norm that was left in training mode: queries are normalised by each other."""

    def fit(self, support):
        z, share = self.embed(support.x), support.weight / support.weight.sum()
        mean = share @ z
        own = (z - mean) / (share @ (z - mean).square() + 1e-5).sqrt()
        prototypes = self.shares(support).T @ own

        def classify(x):
            normalised = batch_norm(self.embed(x), None, None, training=True)
            return -(normalised[:, None] - prototypes).square().sum(-1)

        return classify


class KnowsTheClasses(ProtoLike):
    """One output for each class of the corpus, as if a class had the same number in every task."""

    def __init__(self, backbone, *, classes: int = 50):
        super().__init__(backbone)
        self.head = torch.nn.Linear(backbone.features, classes)

    def fit(self, support):
        return lambda x: self.head(self.embed(x))[:, : support.ways]


class AnswersProbabilities(ProtoLike):
    """The softmax is in the classifier and in the loss."""

    def fit(self, support):
        classify = super().fit(support)
        return lambda x: classify(x).softmax(-1)


class AdaptsByAutograd(ProtoLike):
    """An inner step that the caller's ``no_grad`` switches off: nothing is adapted where it is evaluated."""

    vectorizes = False

    def fit(self, support):
        z = self.embed(support.x)
        w = z.new_zeros(z.shape[1], support.ways, requires_grad=True)
        if torch.is_grad_enabled():
            loss = weighted_loss(z @ w, support)
            w = w - torch.autograd.grad(loss, w, create_graph=True)[0]
        return lambda x: self.embed(x) @ w


class PresentsLabelsAtOnce(Mann):
    """A memory that is shown an example together with its label, and asked for it then."""

    def _step(self, state, x, label):
        _, after = super()._step(state, x, label)
        return self._answer(self._look(self._mark(after), x)), after


GRADIENT = "be_trained_by_the_gradient_of_its_loss"
RELABELLING, EASY = "relabelling_the_classes_relabels_the_answers", "solves_an_easy_episode"
NAIVE = {
    CopiesTheModel: {"the_loss_reaches_the_backbone", GRADIENT},
    TakesTheCopysGradient: {GRADIENT},
    FreesTheTaskBefore: {"the_gradient_of_several_tasks_is_the_mean_of_theirs"},
    AttendsToClassNumbers: {RELABELLING, EASY},
    NormalisesByTheBatch: {"queries_do_not_see_each_other"},
    KnowsTheClasses: {RELABELLING, EASY},
    AnswersProbabilities: {"logits_are_not_probabilities"},
    AdaptsByAutograd: {"fits_without_gradients"},
    PresentsLabelsAtOnce: {"a_label_comes_after_its_answer"},
}
"""Every check that each of them fails; of two, neither is made for another error."""
