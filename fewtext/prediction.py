"""Prediction: texts or pictures in, answers out, streamed in order; what has no content keeps its place."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

import torch
from torch import Tensor
from torch.nn.functional import normalize

from fewtext.abstention import DIGITS
from fewtext.classifier import FewShotClassifier
from fewtext.encoding import Progress, encode, telling_of_truncation, usable_rows
from fewtext.familiarity import familiar_from, familiarity
from fewtext.propagation import Transduced

CHUNK = 8192  # texts encoded at once: enough to sort by length, little enough to see answers come


@dataclass(frozen=True)
class Neighbour:
    """A support example near a query, by the cosine of their features; ``is_name`` where it is a label's name."""

    text: str
    label: str
    similarity: float
    is_name: bool


@dataclass(frozen=True)
class Prediction:
    """One answer. ``ranked`` holds the likeliest labels with their probabilities; without content there is none.

    ``text`` is a picture's path where pictures are classified. ``given`` is False below a threshold asked for.
    """

    text: str
    ranked: list[tuple[str, float]] = field(default_factory=list)
    nearest: list[Neighbour] = field(default_factory=list)
    given: bool = True

    @property
    def label(self) -> str:
        """The likeliest label, empty for a blank text."""
        return self.ranked[0][0] if self.ranked else ""

    @property
    def probability(self) -> float | None:
        """The probability of ``label``, a fraction."""
        return self.ranked[0][1] if self.ranked else None


class Encoded(NamedTuple):
    """Some texts, blank ones too, and the features of those ``rows`` that have an answer."""

    texts: Sequence[Any]
    rows: list[int]
    features: Tensor


def encoded_texts(
    model: FewShotClassifier, texts: Sequence[Any], size: int, progress: Progress | None
) -> Iterator[Encoded]:
    """Encode texts, ``size`` at a time; pictures that cannot be read are named in a warning."""
    with telling_of_truncation(model.encoder_):
        for start in range(0, len(texts), max(1, size)):
            chunk = texts[start : start + size]
            filled = [i for i, text in enumerate(chunk) if str(text).strip()]
            items = [chunk[i] for i in filled]
            features = encode(model.encoder_, items, _within(progress, start, len(chunk), len(texts)))
            usable = usable_rows(features, items, "left without an answer")
            yield Encoded(chunk, [filled[i] for i in usable.nonzero()[:, 0].tolist()], features[usable])


def classify(
    model: FewShotClassifier,
    texts: Sequence[Any],
    *,
    top: int = 1,
    explain: int = 0,
    precision: float | None = None,
    coverage: float | None = None,
    familiar: float | None = None,
    transductive: bool = False,
    told: Callable[[str], None] = lambda sentence: None,
    progress: Progress | None = None,
) -> Iterator[Prediction]:
    """Return a prediction per text, in order, with its ``top`` labels and ``explain`` nearest support examples.

    A blank text and a picture that cannot be read have no answer; the latter are named in a warning. With a
    ``precision`` or a ``coverage`` wanted, answers below the threshold for it are not ``given``; nor are those to texts
    less ``familiar`` than this share of the examples. ``transductive`` answers all texts together, once they are all
    encoded. What is to be expected is ``told``.
    """
    together = None
    encoded: Iterable[Encoded] = encoded_texts(model, texts, len(texts) if transductive else CHUNK, progress)
    if transductive:
        (whole,) = encoded = list(encoded) or [Encoded(texts, [], model.support_.x[:0])]
        together = model.transduce(whole.features)
        told(str(together))
    least = 0.0
    if precision is not None or coverage is not None:
        threshold = model.threshold(precision=precision, coverage=coverage, among=together)
        told(str(threshold))
        least = threshold.probability
    nearest = None
    if familiar is not None:
        nearest = familiar_from(model.support_, model.n_examples_, familiar)
        told(f"texts less familiar than {familiar:.0%} of the examples (a cosine below {nearest:.2f}) get no answer")
    return _answers(model, encoded, together, top, explain, least, nearest)


def _answers(
    model: FewShotClassifier,
    encoded: Iterable[Encoded],
    together: Transduced | None,
    top: int,
    explain: int,
    least: float,
    nearest: float | None,
) -> Iterator[Prediction]:
    labels = [str(label) for label in model.classes_.tolist()]
    top, explain = min(top, len(labels)), min(explain, len(model.support_texts_))
    keys = normalize(model.support_.x.flatten(1), dim=-1)
    classes = model.support_.y.tolist()
    for part in encoded:
        probabilities = together.probabilities if together else model.probabilities(part.features)
        chances, ways = (found.tolist() for found in probabilities.topk(top))
        similarities, places = torch.zeros(len(part.rows), 0).tolist(), torch.zeros(len(part.rows), 0).tolist()
        if explain:
            near = normalize(part.features.flatten(1), dim=-1) @ keys.T
            similarities, places = (found.tolist() for found in near.topk(explain))
        strange = [False] * len(part.rows)
        if nearest is not None:
            strange = (familiarity(part.features, model.support_) < nearest).tolist()
        at = {row: i for i, row in enumerate(part.rows)}
        for row, text in enumerate(part.texts):
            if row not in at:
                yield Prediction(str(text))
                continue
            i = at[row]
            yield Prediction(
                str(text),
                [(labels[way], round(chance, DIGITS)) for way, chance in zip(ways[i], chances[i], strict=True)],
                [
                    Neighbour(model.support_texts_[k], labels[classes[k]], round(value, 4), k >= model.n_examples_)
                    for k, value in zip(places[i], similarities[i], strict=True)
                ],
                given=round(chances[i][0], DIGITS) >= least and not strange[i],
            )


def _within(progress: Progress | None, start: int, size: int, total: int) -> Progress | None:
    """Count in texts over all chunks what the encoder counts in tokens over one."""
    if progress is None:
        return None
    return lambda done, of: progress(start + size * done // max(of, 1), total)
