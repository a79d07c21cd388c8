"""Similarity: how near a text is to any class. What is of none is often answered surely, and seldom near one."""

from __future__ import annotations

import torch
from torch import Tensor
from torch.nn.functional import normalize

from fewtext.contracts.learner import Support
from fewtext.errors import FewtextError

LEAST = 10  # examples: fewer do not say what is usual
LEAST_EXAMPLES = 5  # of three, nearness to one of them misled (on CLINC150's validation split)


def similarity(x: Tensor, support: Support) -> Tensor:
    """Return the cosine of each of ``x`` ``[n, *shape]`` to the mean of the class nearest to it: ``[n]``."""
    means = support.membership.T @ support.x.flatten(1)
    return (normalize(x.flatten(1), dim=-1) @ normalize(means, dim=-1).T).amax(-1)


def of_the_examples(support: Support, examples: int) -> Tensor:
    """Return the similarity of the first ``examples`` of a support, each as if it were not in it, where others are."""
    return _with_companions(support, examples)[1]


def _with_companions(support: Support, examples: int) -> tuple[Tensor, Tensor]:
    """Return the features of the examples whose class has others, and their similarity without themselves."""
    x, membership = support.x.flatten(1), support.membership
    means, own = membership.T @ x, membership.sum(0)
    y, weight = support.y[:examples], support.weight[:examples, None]
    near = normalize(x[:examples], dim=-1) @ normalize(means, dim=-1).T
    without = normalize(means[y] - weight * x[:examples], dim=-1)
    near[torch.arange(examples), y] = (normalize(x[:examples], dim=-1) * without).sum(-1)
    accompanied = own[y] - weight[:, 0] > 1e-6
    return x[:examples][accompanied], near[accompanied].amax(-1)


def similarity_threshold(support: Support, examples: int, share: float) -> float:
    """Return the similarity that this share of examples have: below it a text is taken to be of no class."""
    if not 0 < share < 1:
        raise FewtextError(f"{share} is no share of familiar texts", hint="above 0 and below 1, 0.95 say")
    usual = of_the_examples(support, examples)
    if len(usual) < LEAST:
        raise _too_few(len(usual))
    return float(torch.quantile(usual, 1 - share))


def _too_few(examples: int) -> FewtextError:
    return FewtextError(
        f"{examples} examples have others of their label, too few to say what is familiar",
        hint=f"give at least {LEAST}, two or more of a label",
    )


class OutOfScope:
    """Examples of no class ``x`` ``[m, *shape]``, and what tells texts like them from texts of a class.

    Two cosines say it, to the nearest class mean and to the nearest stranger, weighed by Fisher's discriminant of the
    first ``examples`` of a support and of the out-of-scope examples, each without itself.
    """

    def __init__(self, x: Tensor, support: Support, examples: int) -> None:
        """Learn to tell them apart; raise ``FewtextError`` where there are too few of either."""
        if len(x) < LEAST_EXAMPLES:
            message = f"{len(x)} examples of no label are too few to know others by"
            raise FewtextError(message, hint=f"give {LEAST_EXAMPLES} or more")
        self.x, self.support = x, support
        ours, near = _with_companions(support, examples)
        if len(ours) < LEAST:
            raise _too_few(len(ours))
        usual = torch.stack([near, _nearest(ours, x)], 1)
        away = torch.stack([similarity(x, support), _nearest(x, x, itself=False)], 1)
        self._direction = _discriminant(usual, away)
        self._usual, self._away = usual @ self._direction, away @ self._direction

    def bar(self, kept: float | None = None) -> float:
        """Return the ``similarity`` from which on a text is taken to be of a class.

        It keeps this share of the support's examples; without one, both kinds of text are taken to be as frequent.
        """
        if kept is None:
            return float(self._usual.mean() + self._away.mean()) / 2
        return float(torch.quantile(self._usual, 1 - kept))

    def similarity(self, x: Tensor) -> Tensor:
        """Return how much more of ``x`` ``[n, *shape]`` speaks for a class than for none: ``[n]``."""
        found: Tensor = torch.stack([similarity(x, self.support), _nearest(x, self.x)], 1) @ self._direction
        return found

    def message(self, bar: float) -> str:
        """Return a sentence of what to expect."""
        kept, found = (self._usual >= bar).double().mean(), (self._away < bar).double().mean()
        return (
            f"{len(self.x)} examples of no label: texts like them get none; {found:.0%} of these examples would, and "
            f"{kept:.0%} of the others would keep theirs"
        )


def _discriminant(usual: Tensor, away: Tensor) -> Tensor:
    """Return Fisher's direction in which ``usual`` ``[n, 2]`` is above ``away`` ``[m, 2]``.

    What is nearer to a class is never less familiar for it, nor is what is nearer to a stranger more so: where the two
    cosines would be weighed like that, one of them says it alone.
    """
    spread = (_scatter(usual) + _scatter(away)) / 2 + 1e-6 * torch.eye(2)
    apart, sign = usual.mean(0) - away.mean(0), torch.tensor([1.0, -1.0])
    direction: Tensor = torch.linalg.solve(spread, apart)
    if (direction * sign < 0).any():
        alone = (apart * sign / spread.diagonal().sqrt()).argmax()
        direction = torch.zeros(2).index_fill(0, alone, float(apart[alone] / spread[alone, alone]))
    if direction @ apart <= 0 or (direction * sign < 0).any():
        message = "the examples of no label are as near to the labels as those that have one"
        raise FewtextError(message, hint="look for texts that stand under both, or give more of them")
    return direction


def _nearest(x: Tensor, out_of_scope: Tensor, itself: bool = True) -> Tensor:
    cosine = normalize(x.flatten(1), dim=-1) @ normalize(out_of_scope.flatten(1), dim=-1).T
    return cosine.amax(-1) if itself else cosine.fill_diagonal_(-1.0).amax(-1)


def _scatter(rows: Tensor) -> Tensor:
    centred = rows - rows.mean(0)
    return centred.T @ centred / len(rows)
