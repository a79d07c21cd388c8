"""Answers to texts or images, streamed in order, with abstention and explanation."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import replace
from typing import Any

from torch import Tensor

from fewtext.classify.encoded import CHUNK, Encoded, Stream, encoded_texts, watched
from fewtext.classify.input_validation import check_count, checked_texts
from fewtext.classify.label_propagation import Transduced
from fewtext.classify.left_out import NEAREST
from fewtext.classify.multi_label import MultiLabelClassifier
from fewtext.classify.out_of_scope import similarity, similarity_threshold
from fewtext.classify.prediction import Neighbours, Prediction
from fewtext.classify.prediction_sets import PredictionSets
from fewtext.classify.selective import CONFIDENCE, DIGITS
from fewtext.classify.shift import Shift
from fewtext.classify.single_label import SingleLabelClassifier
from fewtext.contracts.encoder import Progress
from fewtext.errors import FewtextError


def classify(
    model: SingleLabelClassifier | MultiLabelClassifier,
    texts: Sequence[Any] | Stream,
    *,
    top: int = 1,
    explain: int = 0,
    precision: float | None = None,
    coverage: float | None = None,
    ood_keep: float | None = None,
    transductive: bool = False,
    unknown: str = "",
    confidence: float = CONFIDENCE,
    set_coverage: float | None = None,
    on_message: Callable[[str], None] = lambda sentence: None,
    progress: Progress | None = None,
    batch_size: int = CHUNK,
    shift: Shift | None = None,
) -> Iterator[Prediction]:
    """Return a prediction per text, in order, with its ``top`` labels and ``explain`` nearest support examples.

    A blank text has no answer, nor has an image that cannot be read, which a warning names. ``precision`` or
    ``coverage`` sets a threshold: answers below it are not ``given`` and have the label ``unknown``. ``ood_keep`` takes
    texts as out of scope that are less similar to their nearest class than this share of the examples are, or, where
    the model has out-of-scope examples, score lower than this share does. ``transductive`` predicts all texts jointly,
    once all are encoded. ``confidence`` is that of the promised precision; ``set_coverage`` gives each text the set of
    labels that has the right one with this probability. ``on_message`` gets a sentence about what to expect of each.
    ``batch_size`` texts are encoded at once; of a ``Stream`` no more are read before their answers are out. ``shift``
    is what counts texts unlike the examples, where somebody asks for the counts.

    Where a text may have several labels, ``precision`` is that of each label given, and ``coverage``, ``ood_keep`` and
    ``transductive`` raise ``FewtextError``.
    """
    model.check_fitted()
    if not isinstance(texts, Stream):
        texts = checked_texts(texts)
    elif transductive:
        raise FewtextError(
            "parameter 'transductive' takes all texts together, and a stream has no end", hint="leave it out"
        )
    for name, value, least_possible in (("top", top, 1), ("explain", explain, 0), ("batch_size", batch_size, 1)):
        check_count(name, value, least_possible)
    if explain and model.left_out_ is not None:
        on_message(NEAREST)
    encoded: Iterable[Encoded]
    early = isinstance(texts, Stream)
    if isinstance(model, MultiLabelClassifier):
        check_one_label_only(coverage=coverage, ood_keep=ood_keep, transductive=transductive, set_coverage=set_coverage)
        least = 0.0
        if precision is not None:
            limit = model.threshold(precision, confidence)
            on_message(str(limit))
            least = limit.probability
        encoded = encoded_texts(model, texts, batch_size, progress)
        encoded = watched(shift or shift_of(model), encoded, precision is not None, on_message, early)
        return _label_sets(model, encoded, top, explain, least, unknown)
    jointly = None
    encoded = encoded_texts(model, texts, batch_size, progress)
    if transductive and not isinstance(texts, Stream):
        encoded = encoded_texts(model, texts, len(texts), progress)
        (whole,) = encoded = list(encoded) or [Encoded(texts, [], model.support_.x[:0])]
        jointly = model.transduce(whole.features)
        on_message(str(jointly))
    least = 0.0
    if precision is not None or coverage is not None:
        threshold = model.threshold(precision=precision, coverage=coverage, among=jointly, confidence=confidence)
        on_message(str(threshold))
        least = threshold.probability
    score, lowest = similarity_and_threshold(model, ood_keep, on_message)
    if transductive and set_coverage is not None:
        message = "prediction sets are for texts predicted alone, and parameter 'transductive' predicts them jointly"
        raise FewtextError(message, hint="leave out one of them")
    sets = model.prediction_sets(set_coverage) if set_coverage is not None else None
    encoded = watched(shift or shift_of(model, ood_keep), encoded, precision is not None, on_message, early)
    answers = _answers(model, encoded, jointly, top, explain, least, unknown, lambda x: score(x) < lowest, sets)
    return answers if sets is None else counted_sets(answers, sets, on_message)


def shift_of(
    model: SingleLabelClassifier | MultiLabelClassifier, ood_keep: float | None = None, silent: bool = False
) -> Shift:
    """Return what counts the texts unlike the examples: by similarity, unless another threshold for it is set."""
    by_similarity = isinstance(model, MultiLabelClassifier) or ood_keep is None and model.out_of_scope_ is None
    return Shift(model, by_similarity, silent)


def counted_sets(
    answers: Iterator[Prediction], sets: PredictionSets, on_message: Callable[[str], None]
) -> Iterator[Prediction]:
    """Yield the answers, and say at last how large their sets are."""
    labels = texts = 0
    for answer in answers:
        if answer.label_set is not None:
            labels, texts = labels + len(answer.label_set), texts + 1
        yield answer
    if texts:
        held_out = f"by cross-conformal prediction on {sets.examples} held-out examples"
        size = f"{labels / texts:.2f} labels on average"
        on_message(
            f"sets that have the right label for {sets.coverage:.0%} of texts like the examples: {size}; {held_out}"
        )


def predict_set(
    model: SingleLabelClassifier | MultiLabelClassifier, texts: Sequence[Any], coverage: float
) -> list[list[Any]]:
    """Return the prediction set of each text; raise ``FewtextError`` where a text may have several labels."""
    if isinstance(model, MultiLabelClassifier):
        raise FewtextError("prediction sets are for one label a text, and here a text may have several")
    return model.predict_set(texts, coverage)


def check_one_label_only(**parameters: Any) -> None:
    """Raise ``FewtextError`` where one of these parameters is given to a classifier of several labels a text."""
    for name, value in parameters.items():
        if value is not None and value is not False:
            message = f"parameter '{name}' works with one label a text only, and here a text may have several"
            raise FewtextError(message, hint="leave it out")


def similarity_and_threshold(
    model: SingleLabelClassifier, keep: float | None, on_message: Callable[[str], None] = lambda sentence: None
) -> tuple[Callable[[Tensor], Tensor], float]:
    """Return a score of encoded texts ``[n, *shape]``, and the threshold below which they are out of scope."""
    if model.out_of_scope_ is not None:
        threshold = model.out_of_scope_.threshold(keep)
        on_message(model.out_of_scope_.expectation(threshold))
        return model.out_of_scope_.similarity, threshold
    if keep is None:
        return lambda x: x.new_zeros(len(x)), 0.0
    threshold = similarity_threshold(model.support_, model.n_examples_, keep)
    reached = f"a cosine of {threshold:.2f} to their nearest class, which {keep:.0%} of the examples reach"
    on_message(f"texts below {reached}, get no answer")
    return lambda x: similarity(x, model.support_), threshold


def _answers(
    model: SingleLabelClassifier,
    encoded: Iterable[Encoded],
    jointly: Transduced | None,
    top: int,
    explain: int,
    least: float,
    unknown: str,
    is_outside: Callable[[Tensor], Tensor],
    sets: PredictionSets | None = None,
) -> Iterator[Prediction]:
    labels = [str(label) for label in model.classes_.tolist()]
    neighbours = Neighbours(model, explain)
    oos_label = None if model.out_of_scope_ is None else str(model.oos_label)
    for part in encoded:
        probabilities = jointly.probabilities if jointly else model.probabilities(part.features)
        values, ways = (top_k.tolist() for top_k in probabilities.topk(min(top, len(labels))))
        within = sets.members(part.features, probabilities) if sets else None
        outside, near = is_outside(part.features).tolist(), neighbours.of(part.features)
        answers = []
        for i in range(len(part.rows)):
            ranked = [(labels[way], round(value, DIGITS)) for way, value in zip(ways[i], values[i], strict=True)]
            out_of_scope = outside[i] and oos_label is not None
            answers.append(
                Prediction(
                    "",
                    ranked,
                    near[i],
                    given=ranked[0][1] >= least and not outside[i] and not part.refused[i],
                    out_of_scope=out_of_scope,
                    otherwise=oos_label if out_of_scope and oos_label is not None else unknown,
                    label_set=[labels[way] for way in within[i]] if within else None,
                    unlike_examples=part.outside[i],
                )
            )
        yield from _in_order(part, answers)


def _label_sets(
    model: MultiLabelClassifier, encoded: Iterable[Encoded], top: int, explain: int, least: float, unknown: str
) -> Iterator[Prediction]:
    labels = [str(label) for label in model.classes_.tolist()]
    neighbours = Neighbours(model, explain)
    for part in encoded:
        probabilities = model.probabilities(part.features)
        order, near = probabilities.argsort(dim=-1, descending=True, stable=True).tolist(), neighbours.of(part.features)
        shown = [[round(value, DIGITS) for value in row] for row in probabilities.tolist()]
        answers = []
        for i, given in enumerate(model.given(probabilities, least)):
            own_ways = [] if part.refused[i] else given
            ranked, own = ([(labels[k], shown[i][k]) for k in row] for row in (order[i][:top], own_ways))
            outside = part.outside[i]
            answers.append(Prediction("", ranked, near[i], bool(own), own, otherwise=unknown, unlike_examples=outside))
        yield from _in_order(part, answers)


def _in_order(part: Encoded, answers: Sequence[Prediction]) -> Iterator[Prediction]:
    """Yield a prediction for each text of a part, without an answer for those that have none."""
    at = dict(zip(part.rows, answers, strict=True))
    for row, text in enumerate(part.texts):
        yield replace(at[row], text=str(text)) if row in at else Prediction(str(text))
