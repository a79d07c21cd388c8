"""Prediction: texts or images in, answers out, streamed in order; what has no content keeps its place."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, NamedTuple

from torch import Tensor
from torch.nn.functional import normalize

from fewtext.classify.base import FewShot
from fewtext.classify.input_validation import checked_texts
from fewtext.classify.label_propagation import Transduced
from fewtext.classify.multi_label import MultiLabelClassifier
from fewtext.classify.out_of_scope import similarity, similarity_threshold
from fewtext.classify.selective import DIGITS
from fewtext.classify.single_label import FewShotClassifier
from fewtext.contracts.encoder import Progress
from fewtext.encoders.encode import encode, encoded_rows, warn_of_truncation
from fewtext.errors import FewtextError
from fewtext.files.label_columns import BETWEEN

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

    ``text`` is an image's path where images are classified. ``given`` is False below a threshold asked for.
    ``several`` are the labels of the text with their probabilities, likeliest first, where it may have any number of
    them: a label that is given may be less likely than one that is not, since each has its own threshold. ``of_none``
    is True where the text is like the examples of no label.
    """

    text: str
    ranked: list[tuple[str, float]] = field(default_factory=list)
    nearest: list[Neighbour] = field(default_factory=list)
    given: bool = True
    several: list[tuple[str, float]] | None = None
    of_none: bool = False

    @property
    def label(self) -> str:
        """The likeliest label, or all that the text has; empty for a blank text, and where it has none."""
        return BETWEEN.join(label for label, _ in (self.ranked[:1] if self.several is None else self.several))

    @property
    def guess(self) -> str:
        """The likeliest label, whether it is given or not."""
        return self.label or (self.ranked[0][0] if self.ranked else "")

    @property
    def probability(self) -> float | None:
        """The probability of ``label``, a fraction; of several labels the least, and without any that of ``guess``."""
        return (self.several or self.ranked[:1])[-1][1] if self.ranked else None


class Encoded(NamedTuple):
    """Some texts, blank ones too, and the features of those ``rows`` that have an answer."""

    texts: Sequence[Any]
    rows: list[int]
    features: Tensor


def encoded_texts(model: FewShot, texts: Sequence[Any], size: int, progress: Progress | None) -> Iterator[Encoded]:
    """Encode texts, ``size`` at a time; images that cannot be read are named in a warning."""
    with warn_of_truncation(model.encoder_):
        for start in range(0, len(texts), max(1, size)):
            chunk = texts[start : start + size]
            filled = [i for i, text in enumerate(chunk) if str(text).strip()]
            items = [chunk[i] for i in filled]
            features = encode(model.encoder_, items, _within(progress, start, len(chunk), len(texts)))
            usable = encoded_rows(features, items, "left without an answer")
            yield Encoded(chunk, [filled[i] for i in usable.nonzero()[:, 0].tolist()], features[usable])


def classify(
    model: FewShotClassifier | MultiLabelClassifier,
    texts: Sequence[Any],
    *,
    top: int = 1,
    explain: int = 0,
    precision: float | None = None,
    coverage: float | None = None,
    ood_keep: float | None = None,
    transductive: bool = False,
    message: Callable[[str], None] = lambda sentence: None,
    progress: Progress | None = None,
) -> Iterator[Prediction]:
    """Return a prediction per text, in order, with its ``top`` labels and ``explain`` nearest support examples.

    A blank text and an image that cannot be read have no answer; the latter are named in a warning. With a
    ``precision`` or a ``coverage`` wanted, answers below the threshold for it are not ``given``; nor are those to texts
    less ``ood_keep`` than this share of the examples, or more like examples of no label. ``transductive`` answers all
    texts together, once they are all encoded. What is to be expected is ``message``.

    Where a text may have several labels, ``precision`` is of each label given, and it is all that can be asked for.
    """
    texts = checked_texts(texts)
    if isinstance(model, MultiLabelClassifier):
        if transductive or coverage is not None or ood_keep is not None:
            told_apart = "coverage, familiar and transductive are for one label a text"
            raise FewtextError(f"{told_apart}, and here one may have several", hint="leave them out")
        limit = model.threshold(precision) if precision is not None else None
        if limit:
            message(str(limit))
        least = limit.probability if limit else 0.0
        return _label_sets(model, encoded_texts(model, texts, CHUNK, progress), top, explain, least)
    together = None
    encoded: Iterable[Encoded] = encoded_texts(model, texts, len(texts) if transductive else CHUNK, progress)
    if transductive:
        (whole,) = encoded = list(encoded) or [Encoded(texts, [], model.support_.x[:0])]
        together = model.transduce(whole.features)
        message(str(together))
    least = 0.0
    if precision is not None or coverage is not None:
        threshold = model.threshold(precision=precision, coverage=coverage, among=together)
        message(str(threshold))
        least = threshold.probability
    similarity_of, bar = _similarity(model, ood_keep, message)
    return _answers(model, encoded, together, top, explain, least, lambda x: similarity_of(x) < bar)


def _similarity(
    model: FewShotClassifier, share: float | None, message: Callable[[str], None]
) -> tuple[Callable[[Tensor], Tensor], float]:
    """Return how familiar encoded texts ``[n, *shape]`` are, and from where on they get an answer."""
    if model.out_of_scope_ is not None:
        bar = model.out_of_scope_.bar(share)
        message(model.out_of_scope_.message(bar))
        return model.out_of_scope_.similarity, bar
    if share is None:
        return lambda x: x.new_zeros(len(x)), 0.0
    bar = similarity_threshold(model.support_, model.n_examples_, share)
    message(f"texts less familiar than {share:.0%} of the examples (a cosine below {bar:.2f}) get no answer")
    return lambda x: similarity(x, model.support_), bar


def _answers(
    model: FewShotClassifier,
    encoded: Iterable[Encoded],
    together: Transduced | None,
    top: int,
    explain: int,
    least: float,
    is_strange: Callable[[Tensor], Tensor],
) -> Iterator[Prediction]:
    labels = [str(label) for label in model.classes_.tolist()]
    neighbours = _Neighbours(model, explain)
    for part in encoded:
        probabilities = together.probabilities if together else model.probabilities(part.features)
        chances, ways = (found.tolist() for found in probabilities.topk(min(top, len(labels))))
        strange, near = is_strange(part.features).tolist(), neighbours.of(part.features)
        yield from _in_order(
            part,
            [
                Prediction(
                    "",
                    [(labels[way], round(chance, DIGITS)) for way, chance in zip(ways[i], chances[i], strict=True)],
                    near[i],
                    given=round(chances[i][0], DIGITS) >= least and not strange[i],
                    of_none=strange[i] and model.out_of_scope_ is not None,
                )
                for i in range(len(part.rows))
            ],
        )


def _label_sets(
    model: MultiLabelClassifier, encoded: Iterable[Encoded], top: int, explain: int, least: float
) -> Iterator[Prediction]:
    labels = [str(label) for label in model.classes_.tolist()]
    neighbours = _Neighbours(model, explain)
    for part in encoded:
        chances = model.probabilities(part.features)
        order, near = chances.argsort(dim=-1, descending=True, stable=True).tolist(), neighbours.of(part.features)
        shown = [[round(chance, DIGITS) for chance in row] for row in chances.tolist()]
        answers = []
        for i, given in enumerate(model.given(chances, least)):
            ranked, several = ([(labels[k], shown[i][k]) for k in row] for row in (order[i][:top], given))
            answers.append(Prediction("", ranked, near[i], bool(several), several))
        yield from _in_order(part, answers)


class _Neighbours:
    """Finds the support's nearest examples of queries."""

    def __init__(self, model: FewShotClassifier | MultiLabelClassifier, count: int) -> None:
        self.model, self.labels = model, model.labels_of_support()
        self.count = min(count, len(self.labels))
        self.keys = normalize(model.support_.x.flatten(1), dim=-1)

    def of(self, features: Tensor) -> list[list[Neighbour]]:
        """Return the neighbours of each query ``[n, *shape]``, nearest first."""
        if not self.count:
            return [[] for _ in features]
        near = (normalize(features.flatten(1), dim=-1) @ self.keys.T).topk(self.count)
        rows = zip(near.indices.tolist(), near.values.tolist(), strict=True)
        return [[self._neighbour(*found) for found in zip(*row, strict=True)] for row in rows]

    def _neighbour(self, place: int, cosine: float) -> Neighbour:
        text = self.model.support_texts_[place]
        return Neighbour(text, self.labels[place], round(cosine, 4), place >= self.model.n_examples_)


def _in_order(part: Encoded, answers: Sequence[Prediction]) -> Iterator[Prediction]:
    """Yield a prediction for each text of a part, without an answer for those that have none."""
    at = dict(zip(part.rows, answers, strict=True))
    for row, text in enumerate(part.texts):
        yield replace(at[row], text=str(text)) if row in at else Prediction(str(text))


def _within(progress: Progress | None, start: int, size: int, total: int) -> Progress | None:
    """Count in texts over all chunks what the encoder counts in tokens over one."""
    if progress is None:
        return None
    return lambda done, of: progress(start + size * done // max(of, 1), total)
