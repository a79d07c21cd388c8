"""One answer: its labels with their probabilities, and the support examples nearest to the text."""

from __future__ import annotations

from dataclasses import dataclass, field

import torch
from torch import Tensor
from torch.nn.functional import normalize

from fewtext.classify.multi_label import MultiLabelClassifier
from fewtext.classify.single_label import SingleLabelClassifier
from fewtext.files.label_columns import BETWEEN

CELLS = 2**24  # cosines in memory at once


@dataclass(frozen=True)
class Neighbour:
    """A support example near a query, by the cosine of their features; ``is_name`` where it is a label's name."""

    text: str
    label: str
    similarity: float
    is_name: bool


@dataclass(frozen=True)
class Prediction:
    """One answer. ``ranked`` holds the most probable labels with their probabilities; it is empty without an answer.

    ``text`` is an image's path where images are classified. ``given`` is False where the classifier abstains, and
    ``otherwise`` is the label then; ``out_of_scope`` says that the reason is similarity to out-of-scope examples.
    ``labels`` are all labels of the text with their probabilities, where it may have several: a label that is given
    may be less probable than one that is not, since each has its own threshold. ``label_set`` is the prediction set,
    where one is asked for: the right label is among these with the wanted probability. ``unlike_examples`` says that
    the text is far from them, or in another language, so that its probabilities do not hold.
    """

    text: str
    ranked: list[tuple[str, float]] = field(default_factory=list)
    nearest: list[Neighbour] = field(default_factory=list)
    given: bool = True
    labels: list[tuple[str, float]] | None = None
    out_of_scope: bool = False
    otherwise: str = ""
    label_set: list[str] | None = None
    unlike_examples: bool = False

    @property
    def label(self) -> str:
        """The label, or all of them as ``a|b``; ``otherwise`` where the classifier abstains."""
        return self._best if self.given else self.otherwise

    @property
    def guess(self) -> str:
        """The most probable label, whether it is given or not; empty for a blank text."""
        return self._best or (self.ranked[0][0] if self.ranked else "")

    @property
    def probability(self) -> float | None:
        """The probability of ``guess``, a fraction; of several labels the smallest."""
        return (self.labels or self.ranked[:1])[-1][1] if self.ranked else None

    @property
    def _best(self) -> str:
        return BETWEEN.join(label for label, _ in (self.ranked[:1] if self.labels is None else self.labels))


class Neighbours:
    """Finds the ``count`` support examples that are nearest to a query."""

    def __init__(self, model: SingleLabelClassifier | MultiLabelClassifier, count: int) -> None:
        self._model, self._labels = model, model.shown_support_labels()
        self._count = min(count, len(self._labels))
        self._keys = normalize(model.support_.x.flatten(1), dim=-1) if self._count else model.support_.x[:0]

    def of(self, features: Tensor) -> list[list[Neighbour]]:
        """Return the neighbours of each query ``[n, *shape]``, nearest first."""
        if not self._count:
            return [[] for _ in range(len(features))]
        found: list[tuple[list[int], list[float]]] = []
        unit = normalize(features.flatten(1), dim=-1)
        for part in torch.split(unit, max(1, CELLS // len(self._keys))):
            near = (part @ self._keys.T).topk(self._count)
            found += zip(near.indices.tolist(), near.values.tolist(), strict=True)
        return [[self._neighbour(*each) for each in zip(*row, strict=True)] for row in found]

    def _neighbour(self, place: int, cosine: float) -> Neighbour:
        text = self._model.support_texts_[place]
        return Neighbour(text, self._labels[place], round(cosine, 4), place >= self._model.n_examples_)
