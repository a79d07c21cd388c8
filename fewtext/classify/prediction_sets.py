"""Prediction sets with coverage, by cross-conformal prediction (Vovk, 2015; CV+ of Barber et al., 2021).

A label is in the set of a text where the fits without one fold each find it no stranger than enough of the examples
that they had left out. Nothing but the support is needed, and no assumption but that texts to come are drawn as the
examples were. The set covers the right label with the wanted share on average over supports and texts; the worst case
that is proved, for classifiers that change wildly with one example, is twice the share of misses.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from fewtext.contracts.learner import Classifier, Learner, Support
from fewtext.errors import FewtextError
from fewtext.metrics.calibration import held_out_folds, within_memory
from fewtext.registry.failures import plugin_errors

MORE_EXAMPLES = "give at least two examples of a label, of as many labels as possible"
LEAST_SHOTS = 2  # of a class, to hold one out: its name and the other example are what is left of it
FOLDS = 5
ROUNDING = 1e-9  # so that a p-value of 1/10 is not above 1 - 0.9


@dataclass(frozen=True)
class PredictionSets:
    """The fits without one fold each, and what each gave the right labels of its own fold, sorted: ``[examples]``."""

    classifiers: Sequence[Classifier]
    conformity: Sequence[Tensor]
    temperature: float
    coverage: float

    @property
    def examples(self) -> int:
        """How many examples were held out."""
        return sum(map(len, self.conformity))

    def p_values(self, x: Tensor) -> Tensor:
        """Return the p-value of each label for encoded texts ``[n, *shape]``: ``[n, classes]``, float64.

        It is the share of examples, the text itself counted as one, whose right label was given no higher probability
        than this label gets from the fit that has not seen the example.
        """
        strangers = torch.ones((), dtype=torch.float64)
        for classify, known in zip(self.classifiers, self.conformity, strict=True):
            probabilities = _probabilities(classify, x, self.temperature)
            strangers = strangers + torch.searchsorted(known, probabilities.contiguous(), right=True)
        return strangers / (self.examples + 1)

    def members(self, x: Tensor, probabilities: Tensor) -> list[list[int]]:
        """Return the labels in the set of each text, the most probable first; the most probable is always in it."""
        within = self.p_values(x) > 1 - self.coverage + ROUNDING
        order = probabilities.argsort(dim=-1, descending=True, stable=True)
        within.scatter_(1, order[:, :1], True)
        return [[k for k in ranked if own[k]] for ranked, own in zip(order.tolist(), within.tolist(), strict=True)]


def prediction_sets(
    learner: Learner, support: Support, examples: int, temperature: float, coverage: float
) -> PredictionSets:
    """Hold out the first ``examples`` of a support, a fold at a time, for sets that cover this share of right labels.

    Of a very large support only some folds are left out, of one alone the sets are those of split conformal prediction.
    Raises ``FewtextError`` where so few can be held out that only the set of all labels would cover as much.
    """
    if not 0 < coverage < 1:
        raise FewtextError(f"parameter 'coverage' is {coverage}", hint="give a fraction between 0 and 1, such as 0.9")
    folds = held_out_folds(support, torch.arange(len(support.y)) < examples, FOLDS, LEAST_SHOTS)
    folds, rows = within_memory(folds, support.ways)
    n, least = sum(map(len, rows)), least_examples(coverage)
    if n < least:
        message = f"prediction sets that cover {coverage:.0%} take {least} examples held out, and {n} can be"
        raise FewtextError(message, hint=MORE_EXAMPLES)
    with torch.no_grad(), plugin_errors("learner", learner.name, learner):
        classifiers = learner.fit_without(support, folds)
    conformity = []
    for classify, out in zip(classifiers, rows, strict=True):
        own = _probabilities(classify, support.x[out], temperature)
        conformity.append(own.gather(1, support.y[out][:, None])[:, 0].sort().values)
    return PredictionSets(classifiers, conformity, temperature, coverage)


def least_examples(coverage: float) -> int:
    """Return from how many examples on a p-value can be low enough to leave a label out: 9 for a coverage of 0.9."""
    n = 1
    while 1 / (n + 1) > 1 - coverage + ROUNDING:
        n += 1
    return n


def _probabilities(classify: Classifier, x: Tensor, temperature: float) -> Tensor:
    with torch.no_grad():
        return (classify(x).double() / temperature).softmax(-1)
