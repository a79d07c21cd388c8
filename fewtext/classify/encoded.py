"""Texts on their way to answers: a list or a stream of them, encoded one batch at a time, blank ones kept in place."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence, Set
from itertools import islice
from typing import Any, NamedTuple

from torch import Tensor

from fewtext.classify.base import TextClassifier
from fewtext.classify.columns import column_names
from fewtext.classify.input_validation import checked_texts
from fewtext.classify.shift import Shift
from fewtext.contracts.encoder import Progress
from fewtext.contracts.progress import within
from fewtext.encoders.encode import encode, encoded_rows, warn_of_truncation

CHUNK = 8192  # texts encoded at once: enough to sort by length, few enough for the first answers to come soon
EARLY = 1000  # texts of a stream that show whether the others will be unlike the examples


class Stream:
    """Texts that are read one batch at a time, and need never be in memory together."""

    total: int | None = None  # texts, where that is known

    def __init__(self, texts: Iterable[Any]) -> None:
        of_another_kind = isinstance(texts, (str, bytes, Mapping, Set)) or not isinstance(texts, Iterable)
        self.texts = checked_texts(texts) if of_another_kind or column_names(texts) is not None else texts

    def batches(self, size: int) -> Iterator[list[Any]]:
        """Yield checked texts, ``size`` at a time; an error numbers them from the first of the stream."""
        unread, first = iter(self.texts), 0
        while batch := checked_texts(list(islice(unread, size)), first):
            yield batch
            first += len(batch)


class Batches(Stream):
    """A stream whose texts come in batches of their own, ``total`` of them where that is known, after ``done`` ones."""

    def __init__(self, batches: Iterable[list[Any]], total: int | None = None, done: int = 0) -> None:
        super().__init__(batches)
        self.total, self.done = total, done

    def batches(self, size: int) -> Iterator[list[Any]]:
        """Yield the batches as they are, checked."""
        first = self.done
        for batch in self.texts:
            yield checked_texts(batch, first)
            first += len(batch)


class Encoded(NamedTuple):
    """Some texts, blank ones too, and the features of those ``rows`` that are not."""

    texts: Sequence[Any]
    rows: list[int]
    features: Tensor
    refused: Sequence[bool] = ()  # of those that get an answer, where any may be
    outside: Sequence[bool] = ()  # of the same, whether the examples do not speak for it


def encoded_texts(
    model: TextClassifier, texts: Sequence[Any] | Stream, size: int, progress: Progress | None
) -> Iterator[Encoded]:
    """Encode texts, ``size`` at a time; a warning names images that cannot be read."""
    total, start = texts.total if isinstance(texts, Stream) else len(texts), 0
    with warn_of_truncation(model.encoder_):
        for chunk in _batches(texts, max(1, size)):
            filled = [i for i, text in enumerate(chunk) if str(text).strip()]
            items = [chunk[i] for i in filled]
            report = within(progress, start, len(chunk), total or start + len(chunk))
            features = encode(model.encoder_, items, report)
            usable = encoded_rows(features, items, "left without an answer")
            yield Encoded(chunk, [filled[i] for i in usable.nonzero()[:, 0].tolist()], features[usable])
            start += len(chunk)


def watched(
    shift: Shift, encoded: Iterable[Encoded], refuse: bool, on_message: Callable[[str], None], early: bool = False
) -> Iterator[Encoded]:
    """Yield the parts, and warn at the end of texts unlike the examples, which are refused an answer or are not.

    With ``early`` the first ``EARLY`` of them give a warning of their own, where more follow: an end may be hours away.
    """
    for part in encoded:
        if early and shift.texts >= EARLY:
            shift.warn("so far, ")
            early = False
        outside = shift.outside([part.texts[row] for row in part.rows], part.features)
        yield part._replace(refused=(outside & refuse).tolist(), outside=outside.tolist())
    shift.warn()
    if refuse and (sentence := shift.refused()):
        on_message(sentence)


def _batches(texts: Sequence[Any] | Stream, size: int) -> Iterable[Sequence[Any]]:
    if isinstance(texts, Stream):
        return texts.batches(size)
    return (texts[start : start + size] for start in range(0, len(texts), size))
