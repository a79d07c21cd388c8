"""When an exported classifier abstains: the thresholds of ``fewtext classify``, estimated once and written down."""

from __future__ import annotations

import warnings
from collections.abc import Callable
from dataclasses import dataclass

from fewtext.classify.multi_label import MultiLabelClassifier
from fewtext.classify.predict import check_one_label_only, similarity_and_threshold
from fewtext.classify.selective import CONFIDENCE, DIGITS
from fewtext.classify.shift import Shift
from fewtext.classify.single_label import SingleLabelClassifier
from fewtext.errors import FewtextError, FewtextWarning


@dataclass(frozen=True)
class Abstention:
    """From which probability on each label is given, else ``unknown``; below ``similarity`` a text is ``outside``."""

    thresholds: list[float]
    similarity: float | None
    outside: str
    unknown: str
    abstains: bool


def abstention(
    model: SingleLabelClassifier | MultiLabelClassifier,
    on_message: Callable[[str], None],
    *,
    precision: float | None = None,
    coverage: float | None = None,
    ood_keep: float | None = None,
    unknown: str = "",
    confidence: float = CONFIDENCE,
) -> Abstention:
    """Return the thresholds for what is wanted, as ``fewtext.classify.predict.classify`` takes it."""
    if unknown in map(str, model.classes_.tolist()):
        raise FewtextError(f"parameter 'unknown' is {unknown}, a label of the support", hint="choose another")
    threshold, several = 0.0, isinstance(model, MultiLabelClassifier)
    if isinstance(model, MultiLabelClassifier):
        check_one_label_only(coverage=coverage, ood_keep=ood_keep)
        if precision is not None:
            limit = model.threshold(precision, confidence)
            threshold = limit.probability
            on_message(str(limit))
        score_threshold, oos_label = None, None
    else:
        if precision is not None or coverage is not None:
            own = model.threshold(precision=precision, coverage=coverage, confidence=confidence)
            threshold = own.probability
            on_message(str(own))
        wanted = ood_keep is not None or model.out_of_scope_ is not None
        score_threshold = similarity_and_threshold(model, ood_keep, on_message)[1] if wanted else None
        oos_label = None if model.out_of_scope_ is None else str(model.oos_label)
    if precision is not None:
        message = "the exported classifier does not recognise languages: it answers texts in others than the examples'"
        warnings.warn(f"{message}, for which the precision does not hold", FewtextWarning, stacklevel=3)
        score_threshold = Shift(model).least_similarity if score_threshold is None else score_threshold
    abstains = threshold > 0 or precision is not None or coverage is not None or score_threshold is not None
    if unknown and not (abstains or several):
        hint = "ask for a precision, a coverage or a share to keep in scope"
        raise FewtextError("parameter 'unknown' is for texts without an answer, and every text gets one", hint=hint)
    if isinstance(model, MultiLabelClassifier):
        thresholds = model.thresholds_.clamp(min=threshold).tolist()
    else:  # which probabilities reach after they are rounded
        thresholds = [max(0.0, threshold - 0.5 * 10**-DIGITS)] * len(model.classes_)
    outside = unknown if oos_label is None else oos_label
    return Abstention(thresholds, score_threshold, outside, unknown, abstains or bool(unknown))
