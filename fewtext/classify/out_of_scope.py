"""Out-of-scope detection by similarity: texts of no class can get confident answers, but are seldom near a class."""

from __future__ import annotations

import torch
from torch import Tensor
from torch.nn.functional import normalize

from fewtext.contracts.learner import LabelledSupport, Support
from fewtext.errors import FewtextError
from fewtext.metrics.calibration import evenly

AnySupport = Support | LabelledSupport
BLOCK = 8192  # rows in double precision at once
CELLS = 2**22  # cosines in memory at once
MOST_COSINES = 2**25  # of examples to classes: of more examples, as many are compared as give so many
LEAST = 10  # examples: fewer do not show how similar texts in scope are
LEAST_EXAMPLES = 5  # with three, similarity to one of them misled (on CLINC150's validation split)


def similarity(x: Tensor, support: AnySupport) -> Tensor:
    """Return the cosine of each of ``x`` ``[n, *shape]`` to the mean of its nearest class: ``[n]``."""
    keys = normalize(support.class_sums, dim=-1).T
    return torch.cat([(normalize(part, dim=-1) @ keys).amax(-1) for part in torch.split(x.flatten(1), BLOCK)])


def similarity_of_examples(support: AnySupport, examples: int) -> Tensor:
    """Return the similarity of the first ``examples`` of a support, each left out of its own class mean.

    An example that is the only one of its class is skipped.
    """
    return _left_out(support, examples)[1]


def _left_out(support: AnySupport, examples: int) -> tuple[Tensor, Tensor]:
    """Return the rows of examples whose class has others, and their similarity, left out of their class mean.

    The cosine to a sum without a part follows from the products with the whole sum. Of very many examples some are
    compared, evenly spaced.
    """
    parts = [support.part(slice(start, start + BLOCK)) for start in range(0, len(support.x), BLOCK)]
    sums = torch.stack([part.sums(part.x.flatten(1).double()) for part in parts]).sum(0)
    counts = torch.stack([part.sums(torch.ones(len(part.x), 1, dtype=torch.float64)) for part in parts]).sum(0)[:, 0]
    lengths = sums.square().sum(1)
    compared = evenly(torch.arange(examples), max(BLOCK, MOST_COSINES // len(sums)))
    rows, similarities = [compared[:0]], [support.x.new_zeros(0)]
    for own in torch.split(compared, max(1, min(BLOCK, CELLS // len(sums)))):
        part = support.part(own)
        x, weight = part.x.flatten(1).double(), part.membership.double()
        dots, squares = x @ sums.T, x.square().sum(1, keepdim=True)
        length = lengths - 2 * weight * dots + weight.square() * squares
        near = (dots - weight * squares) / (length * squares).clamp(min=1e-24).sqrt()
        others = counts - weight > 1e-6
        has_others = (others & (weight > 0)).any(1)
        rows.append(own[has_others])
        similarities.append(near.masked_fill(~others, -1.0).amax(1)[has_others].to(support.x.dtype))
    return torch.cat(rows), torch.cat(similarities)


def check_keep(keep: float) -> None:
    """Raise ``FewtextError`` where ``keep``, a share of the examples, is none, or all of them."""
    if not 0 < keep < 1:
        raise FewtextError(f"parameter 'ood_keep' is {keep}", hint="give a fraction above 0 and below 1, such as 0.95")


def similarity_threshold(support: Support, examples: int, keep: float) -> float:
    """Return the similarity that this share of the examples reach: texts below it are taken to be out of scope."""
    check_keep(keep)
    similarities = similarity_of_examples(support, examples)
    if len(similarities) < LEAST:
        raise _too_few(len(similarities))
    return float(torch.quantile(similarities, 1 - keep))


def _too_few(examples: int) -> FewtextError:
    return FewtextError(
        f"only {examples} examples share their label with another, too few to tell texts out of scope",
        hint=f"give at least {LEAST}, two or more of a label",
    )


class OutOfScope:
    """Out-of-scope examples ``x`` ``[m, *shape]``, and a score that separates texts like them from texts of a class.

    The score weighs two cosines, to the nearest class mean and to the nearest out-of-scope example, by Fisher's
    discriminant between the first ``examples`` of a support and the out-of-scope examples, each left out of what it is
    compared with.
    """

    def __init__(self, x: Tensor, support: Support, examples: int) -> None:
        """Fit the score; raise ``FewtextError`` where there are too few of either kind."""
        if len(x) < LEAST_EXAMPLES:
            message = f"only {len(x)} out-of-scope examples, too few to recognize others by"
            raise FewtextError(message, hint=f"give at least {LEAST_EXAMPLES}")
        self.x, self.support = x, support
        self._rows, near = _left_out(support, examples)
        in_scope = support.x[self._rows].flatten(1)
        if len(in_scope) < LEAST:
            raise _too_few(len(in_scope))
        inside = torch.stack([near, _nearest(in_scope, x)], 1)
        outside = torch.stack([similarity(x, support), _nearest(x, x, itself=False)], 1)
        self.direction = _discriminant(inside, outside)
        self._inside, self._outside = inside @ self.direction, outside @ self.direction

    def threshold(self, keep: float | None = None) -> float:
        """Return the ``similarity`` from which on a text is taken to be in scope.

        It keeps this share of the support's examples; without one, both kinds of text are assumed equally frequent.
        """
        if keep is None:
            return float(self._inside.mean() + self._outside.mean()) / 2
        check_keep(keep)
        return float(torch.quantile(self._inside, 1 - keep))

    def similarity(self, x: Tensor) -> Tensor:
        """Return the score of ``x`` ``[n, *shape]``, higher for texts of a class: ``[n]``."""
        score: Tensor = torch.stack([similarity(x, self.support), _nearest(x, self.x)], 1) @ self.direction
        return score

    def shares(self, threshold: float) -> tuple[float, float]:
        """Return which share of the out-of-scope examples is detected, and of the others kept."""
        return float((self._outside < threshold).double().mean()), float((self._inside >= threshold).double().mean())

    def kept(self, threshold: float, examples: int) -> Tensor:
        """Return which of the first ``examples`` of the support are kept, each left out: ``[examples]``.

        One that is the only example of its class is not.
        """
        places = torch.zeros(examples, dtype=torch.bool)
        places[self._rows] = self._inside >= threshold
        return places

    def expectation(self, threshold: float) -> str:
        """Return a sentence of what to expect of a threshold."""
        detected, kept = self.shares(threshold)
        return (
            f"{len(self.x)} out-of-scope examples: {detected:.0%} of them are detected, and {kept:.0%} of the labelled "
            "examples kept"
        )


def _discriminant(inside: Tensor, outside: Tensor) -> Tensor:
    """Return Fisher's direction in which ``inside`` ``[n, 2]`` is above ``outside`` ``[m, 2]``.

    The first cosine may only count for a text in scope and the second only against: where Fisher's weights say
    otherwise, the better of the two is used alone.
    """
    spread = (_scatter(inside) + _scatter(outside)) / 2 + 1e-6 * torch.eye(2)
    apart, sign = inside.mean(0) - outside.mean(0), torch.tensor([1.0, -1.0])
    direction: Tensor = torch.linalg.solve(spread, apart)
    if (direction * sign < 0).any():
        alone = (apart * sign / spread.diagonal().sqrt()).argmax()
        direction = torch.zeros(2).index_fill(0, alone, float(apart[alone] / spread[alone, alone]))
    if direction @ apart <= 0 or (direction * sign < 0).any():
        message = "the out-of-scope examples are as near to the labels as the labelled examples are"
        raise FewtextError(message, hint="look for texts that are marked as both, or give more out-of-scope examples")
    return direction


def _nearest(x: Tensor, out_of_scope: Tensor, itself: bool = True) -> Tensor:
    cosine = normalize(x.flatten(1), dim=-1) @ normalize(out_of_scope.flatten(1), dim=-1).T
    return cosine.amax(-1) if itself else cosine.fill_diagonal_(-1.0).amax(-1)


def _scatter(rows: Tensor) -> Tensor:
    centred = rows - rows.mean(0)
    return centred.T @ centred / len(rows)
