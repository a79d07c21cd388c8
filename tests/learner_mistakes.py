"""What authors of learners do wrong: each a ``fit``, and what the line that teaches says to do instead."""

import inspect
import re

import numpy as np
import torch
from torch.nn.functional import one_hot

from fewtext.contracts.learner import Learner


def nearest(self, prototypes):
    return lambda x: -(self.backbone(x)[:, None] - prototypes).square().sum(-1)


def means(self, support):
    share = support.membership / support.membership.sum(0)
    return share.T @ self.backbone(support.x)


def reads_a_value(self, support):
    count = support.weight.sum().item()
    return nearest(self, means(self, support) * count / count)


def masks_by_class(self, support):
    z = self.backbone(support.x)
    return nearest(self, torch.stack([z[support.y == k].mean(0) for k in range(support.ways)]))


def writes_in_place(self, support):
    z = self.backbone(support.x)
    sums = torch.zeros(support.ways, z.shape[1])
    for row, share in zip(z, support.membership, strict=True):
        sums += share[:, None] * row
    return nearest(self, sums / len(z))


def uses_numpy(self, support):
    z = self.backbone(support.x).detach().numpy()
    means = np.stack([z[support.y.numpy() == k].mean(0) for k in range(support.ways)])
    return nearest(self, torch.from_numpy(means))


def sizes_by_values(self, support):
    ways = len(support.y.unique())
    return nearest(self, means(self, support)[:ways])


def branches_on_values(self, support):
    prototypes = means(self, support)
    if prototypes.abs().max() > 1e6:
        prototypes = prototypes / 2
    return nearest(self, prototypes)


def draws_at_random(self, support):
    return nearest(self, means(self, support) + torch.rand(1) * 1e-3)


def adds_a_column(self, support):
    classify = nearest(self, means(self, support))
    return lambda x: torch.nn.functional.pad(classify(x), (0, 1))


def answers_the_class(self, support):
    classify = nearest(self, means(self, support))
    return lambda x: classify(x).argmax(-1)


def answers_numpy(self, support):
    return lambda x: np.zeros((len(x), support.ways))


def forgets_to_return(self, support):
    means(self, support)


def forgets_to_return_logits(self, support):
    return lambda x: None


def returns_the_prototypes(self, support):
    return means(self, support)


def keeps_them_on_self(self, support):
    self.prototypes = means(self, support)
    return lambda x: -(self.backbone(x)[:, None] - self.prototypes).square().sum(-1)


def mixes_dtypes(self, support):
    members = one_hot(support.y, support.ways).double()
    return nearest(self, members.T @ self.backbone(support.x))


def is_not_a_number(self, support):
    classify = nearest(self, means(self, support))
    return lambda x: classify(x).clamp(min=0).log() - classify(x).clamp(min=0).log()


def mixes_up_sizes(self, support):
    return lambda x: self.backbone(x) @ means(self, support)


def differentiates_with_autograd(self, support):
    z = self.backbone(support.x).detach()
    w = torch.zeros(z.shape[1], support.ways, requires_grad=True)
    loss = torch.nn.functional.cross_entropy(z @ w, support.y)
    step = torch.autograd.grad(loss, w)[0]
    return lambda x: self.backbone(x) @ (w - step)


# What is done wrong, and what the line says to do instead.
MISTAKES = {
    reads_a_value: "vectorizes = False",
    masks_by_class: "support.membership.*torch.where.*vectorizes = False",
    writes_in_place: "torch.stack.*vectorizes = False",
    uses_numpy: "torch's function of the same name",
    sizes_by_values: "support.membership.*vectorizes = False",
    branches_on_values: "torch.where.*vectorizes = False",
    draws_at_random: "draw them in the constructor",
    adds_a_column: "support.ways",
    answers_the_class: "support.ways",
    answers_numpy: "return a tensor|torch's function of the same name",
    forgets_to_return: "return classify",
    forgets_to_return_logits: "return classify",
    returns_the_prototypes: "return lambda x",
    keeps_them_on_self: "return what it learned in the classifier",
    mixes_dtypes: r"\.to\(support.x.dtype\)",
    is_not_a_number: "clamp",
    mixes_up_sizes: "take sizes from the tensors",
    differentiates_with_autograd: "torch.func.grad",
}
# Where only one task is computed these are no errors: classify answers, and warns of what evaluate would say.
RIGHT_FOR_ONE_TASK = {
    reads_a_value,
    masks_by_class,
    writes_in_place,
    uses_numpy,
    sizes_by_values,
    branches_on_values,
    draws_at_random,
}


def kind_of(mistake, name="odd"):
    """The learner whose ``fit`` it is."""
    return type("Odd", (Learner,), {"name": name, "fit": mistake})


def assert_teaches(message, mistake, name="odd"):
    """Fail unless one line names the learner, the cure and the line of this file."""
    assert "\n" not in message and f"learner {name} failed: " in message and "FEWTEXT_STRICT=1" in message, message
    assert re.search(MISTAKES[mistake], message), message
    line = re.search(r"\(learner_mistakes\.py:(\d+)\)", message)
    assert line and int(line[1]) in (*_lines(mistake), *_lines(means), *_lines(nearest)), message


def _lines(function):
    code, start = inspect.getsourcelines(function)
    return range(start, start + len(code))
