"""Prediction: texts or pictures in, answers out, streamed in order; what has no content keeps its place."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

import torch
from torch import Tensor
from torch.nn.functional import normalize

from fewtext.classifier import FewShotClassifier
from fewtext.encoding import Progress, encode, telling_of_truncation, usable_rows

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

    ``text`` is a picture's path where pictures are classified.
    """

    text: str
    ranked: list[tuple[str, float]] = field(default_factory=list)
    nearest: list[Neighbour] = field(default_factory=list)

    @property
    def label(self) -> str:
        """The likeliest label, empty for a blank text."""
        return self.ranked[0][0] if self.ranked else ""

    @property
    def probability(self) -> float | None:
        """The probability of ``label``, a fraction."""
        return self.ranked[0][1] if self.ranked else None


def classify(
    model: FewShotClassifier,
    texts: Sequence[Any],
    *,
    top: int = 1,
    explain: int = 0,
    progress: Progress | None = None,
) -> Iterator[Prediction]:
    """Yield a prediction per text, in order, with its ``top`` labels and ``explain`` nearest support examples.

    A blank text and a picture that cannot be read have no answer; the latter are named in a warning.
    """
    labels = [str(label) for label in model.classes_.tolist()]
    top, explain = min(top, len(labels)), min(explain, len(model.support_texts_))
    keys = normalize(model.support_.x.flatten(1), dim=-1)
    with telling_of_truncation(model.encoder_):
        for start in range(0, len(texts), CHUNK):
            chunk = texts[start : start + CHUNK]
            filled = [i for i, text in enumerate(chunk) if str(text).strip()]
            items = [chunk[i] for i in filled]
            features = encode(model.encoder_, items, _within(progress, start, len(chunk), len(texts)))
            usable = usable_rows(features, items, "left without an answer")
            texts_here = [str(items[i]) for i in usable.nonzero()[:, 0].tolist()]
            answers = iter(_answers(model, texts_here, features[usable], labels, keys, top, explain))
            answered = {filled[i] for i in usable.nonzero()[:, 0].tolist()}
            yield from (next(answers) if i in answered else Prediction(str(text)) for i, text in enumerate(chunk))


def _answers(
    model: FewShotClassifier, texts: list[str], x: Tensor, labels: list[str], keys: Tensor, top: int, explain: int
) -> Iterator[Prediction]:
    probabilities, best = model.probabilities(x).topk(top)
    ranked = zip(probabilities.tolist(), best.tolist(), strict=True)
    similarity, place = torch.zeros(len(x), 0), torch.zeros(len(x), 0, dtype=torch.int64)
    if explain:
        similarity, place = (normalize(x.flatten(1), dim=-1) @ keys.T).topk(explain)
    near = zip(similarity.tolist(), place.tolist(), strict=True)
    classes = model.support_.y.tolist()
    for text, (chances, ways), (similarities, places) in zip(texts, ranked, near, strict=True):
        yield Prediction(
            text,
            [(labels[way], round(chance, 6)) for way, chance in zip(ways, chances, strict=True)],
            [
                Neighbour(model.support_texts_[i], labels[classes[i]], round(value, 4), i >= model.n_examples_)
                for i, value in zip(places, similarities, strict=True)
            ],
        )


def _within(progress: Progress | None, start: int, size: int, total: int) -> Progress | None:
    """Count in texts over all chunks what the encoder counts in tokens over one."""
    if progress is None:
        return None
    return lambda done, of: progress(start + size * done // max(of, 1), total)
