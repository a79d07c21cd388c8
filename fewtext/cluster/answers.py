"""Answers and features from a cluster: in order, with the sentences and warnings of one machine."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any

from torch import Tensor, from_numpy

from fewtext.classify.encoded import CHUNK, EARLY, Batches, Stream
from fewtext.classify.multi_label import MultiLabelClassifier
from fewtext.classify.predict import classify, counted_sets, shift_of
from fewtext.classify.prediction import Prediction
from fewtext.classify.single_label import SingleLabelClassifier
from fewtext.cluster.ray_data import Pool, results
from fewtext.cluster.reading import Reading, digest_of_texts
from fewtext.cluster.work import Answered, Classifying, Done, Encoding, Featured
from fewtext.contracts.encoder import Encoder, Progress
from fewtext.encoders.encode import warn_of_truncation
from fewtext.errors import FewtextError, FewtextWarning


def classify_on_cluster(
    model: SingleLabelClassifier | MultiLabelClassifier,
    texts: Sequence[Any] | Stream,
    reading: Reading,
    pool: Pool,
    *,
    on_message: Callable[[str], None] = lambda sentence: None,
    progress: Progress | None = None,
    **parameters: Any,
) -> Iterator[Prediction]:
    """Return a prediction per text, as ``fewtext.classify.predict.classify`` does, whose ``parameters`` these are.

    ``texts`` are those that the ``reading`` gives, and are compared with what the workers have read.
    """
    if parameters.get("transductive"):
        message = "parameter 'transductive' takes all texts together, and a cluster takes them part by part"
        raise FewtextError(message, hint="leave it out, or answer on one machine")
    list(classify(model, [], on_message=on_message, **parameters))  # what is wrong with them, and what to expect
    answers = _answers(model, texts, reading, pool, on_message, progress, parameters)
    coverage = parameters.get("set_coverage")
    if coverage is None or isinstance(model, MultiLabelClassifier):
        return answers
    return counted_sets(answers, model.prediction_sets(coverage), on_message)


def _answers(
    model: SingleLabelClassifier | MultiLabelClassifier,
    texts: Sequence[Any] | Stream,
    reading: Reading,
    pool: Pool,
    on_message: Callable[[str], None],
    progress: Progress | None,
    parameters: dict[str, Any],
) -> Iterator[Prediction]:
    shift, early = shift_of(model, parameters.get("ood_keep")), isinstance(texts, Stream)
    task, skip = Classifying(model, parameters), texts.done if isinstance(texts, Batches) else 0
    with warn_of_truncation(model.encoder_):
        done = results(reading.after(skip), task, pool)
        for part in _checked(_parts(texts), done, model.encoder_, reading, progress, _total(texts)):
            assert isinstance(part, Answered)
            if early and shift.texts >= EARLY:
                shift.warn("so far, ")
                early = False
            shift.add(part.tally)
            yield from part.answers
    shift.warn()
    if parameters.get("precision") is not None and (sentence := shift.refused()):
        on_message(sentence)


def encode_on_cluster(
    encoder: Encoder, texts: Sequence[Any], reading: Reading, pool: Pool, progress: Progress | None = None
) -> Iterator[Tensor]:
    """Yield the features ``[n, *shape]`` of each part of the texts, but for those that are blank."""
    done = results(reading, Encoding(encoder), pool)
    for part in _checked(_parts(texts), done, encoder, reading, progress, len(texts)):
        assert isinstance(part, Featured)
        yield from_numpy(part.features)


def _checked(
    parts: Iterable[Sequence[Any]],
    done: Iterator[Done],
    encoder: Encoder,
    reading: Reading,
    progress: Progress | None,
    total: int | None,
) -> Iterator[Done]:
    """Yield the results, each of the part that was read here; let the encoder count what the workers' have counted."""
    said, read = set[str](), 0
    for texts in parts:
        own = next(done, None)
        if own is None or own.digest != digest_of_texts(texts):
            raise FewtextError("has changed while it was read", where=str(reading.source), hint="begin again")
        if own.truncated or own.unknown:
            encoder.truncated += own.truncated
            encoder.unknown += own.unknown
        for message in own.warnings:
            if message not in said:
                said.add(message)
                warnings.warn(message, FewtextWarning, stacklevel=2)
        read += len(texts)
        if progress is not None:
            progress(read, total or read)
        yield own
    if next(done, None) is not None:
        raise FewtextError("has changed while it was read", where=str(reading.source), hint="begin again")


def _parts(texts: Sequence[Any] | Stream) -> Iterable[Sequence[Any]]:
    if isinstance(texts, Stream):
        return texts.batches(CHUNK)
    return (texts[start : start + CHUNK] for start in range(0, len(texts), CHUNK))


def _total(texts: Sequence[Any] | Stream) -> int | None:
    return texts.total if isinstance(texts, Stream) else len(texts)
