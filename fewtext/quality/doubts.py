"""Examples to look at again, one row each: what of their labels looks wrong, and which labels look right."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from fewtext.classify.multi_label import MultiLabelClassifier
from fewtext.classify.single_label import SingleLabelClassifier
from fewtext.files.label_columns import BETWEEN
from fewtext.quality.check import quality_report
from fewtext.quality.multi_label import MultiLabelReport
from fewtext.quality.report import QualityReport
from fewtext.quality.single_label import SingleLabelReport

LOOKS_WRONG, CONTRADICTS = "label looks wrong", "same text under another label"
MISSING = "label looks missing"
QUOTED = 60  # characters of another text


class _HowSure(NamedTuple):
    likelihood_ratio: float | None
    error_probability: float | None


NOT_MEASURED = _HowSure(None, None)


@dataclass(frozen=True)
class Doubt:
    """An example in doubt, by its place in the support, with its label, or labels as ``a|b``, and why.

    ``suggested_label`` is empty where nothing speaks for one. ``likelihood_ratio`` is how many times likelier it is
    than the given one, None where the reason is another. ``error_probability`` is that of an error, were one label in
    ten wrong; None also where texts may have several labels.
    """

    place: int
    text: str
    label: str
    suggested_label: str
    likelihood_ratio: float | None
    error_probability: float | None
    reason: str


def doubts(
    report: SingleLabelReport | MultiLabelReport, texts: Sequence[str], labels: Sequence[str | tuple[str, ...]]
) -> list[Doubt]:
    """Return the examples in doubt: suspected errors first, contradictions, variants of labels and texts.

    ``texts`` and ``labels`` are those of all examples, in order.
    """
    given = [own if isinstance(own, tuple) else (own,) for own in labels]
    found: dict[int, tuple[list[str], list[str], _HowSure]] = {
        place: (_changed(given[place], changes), _reasons(given[place], changes), sure)
        for place, changes, sure in _suspected(report)
    }
    for group in report.contradictions:
        (usual, most), *others = Counter(given[place] for place in group).most_common()
        clear = not others or most > others[0][1]
        for place in group:
            if not clear or given[place] != usual:
                found.setdefault(place, (list(usual) if clear else [], [], NOT_MEASURED))[1].append(CONTRADICTS)
    spelled = {own.label: own.merge_into for own in report.label_variants}
    for place, own in enumerate(given):
        for label in own:
            if label in spelled:
                found.setdefault(place, (list(own), [], NOT_MEASURED))[1].append(
                    f"label may be {spelled[label]}, spelled otherwise"
                )
    for keep, repeated, how in _merges(report):
        for place in repeated:
            if texts[place].strip() != texts[keep].strip():  # removing one would remove both
                reason = f"differs from {_quoted(texts[keep])} only in {how}: remove?"
                found.setdefault(place, (list(given[place]), [], NOT_MEASURED))[1].append(reason)
    return [
        Doubt(place, texts[place], BETWEEN.join(given[place]), _joined(suggested, spelled), *sure, "; ".join(reasons))
        for place, (suggested, reasons, sure) in found.items()
    ]


def examples_in_doubt(
    model: SingleLabelClassifier | MultiLabelClassifier, report: SingleLabelReport | MultiLabelReport | None = None
) -> list[Doubt]:
    """Return the examples of a fitted classifier that are in doubt, by its ``report``, made where not given."""
    return doubts(report or quality_report(model), model.support_texts_[: model.n_examples_], given_labels(model))


def given_labels(model: SingleLabelClassifier | MultiLabelClassifier) -> list[str | tuple[str, ...]]:
    """Return the label, or the labels, of each example as strings."""
    own = model.support_labels()[: model.n_examples_]
    return [tuple(map(str, label)) if isinstance(label, tuple) else str(label) for label in own]


def _reasons(labels: tuple[str, ...], changes: Mapping[str, str | None]) -> list[str]:
    wrong, missing = any(label in changes for label in labels), any(label not in labels for label in changes)
    return [LOOKS_WRONG] * wrong + [MISSING] * missing


def _joined(labels: Sequence[str], spelled: Mapping[str, str]) -> str:
    """Return labels as ``a|b``, each in its most frequent spelling."""
    return BETWEEN.join(dict.fromkeys(spelled.get(label, label) for label in labels))


def _merges(report: QualityReport) -> Iterator[tuple[int, list[int], str]]:
    """Yield examples to keep, those that nearly repeat them, and in what they differ."""
    for own in report.text_variants:
        yield own.keep, own.others, "a number" if own.numbers else "case, spaces, punctuation or signs"
    among = {place for own in report.text_variants for place in (own.keep, *own.others)}
    for first, *others in report.duplicates:
        if first not in among:
            yield first, others, "case or spaces"


def _quoted(text: str) -> str:
    text = " ".join(text.split())
    return f"“{text if len(text) <= QUOTED else text[: QUOTED - 1] + '…'}”"


def _suspected(report: SingleLabelReport | MultiLabelReport) -> list[tuple[int, dict[str, str | None], _HowSure]]:
    """Return for each suspected example its place, what each label is to become, and how sure that is."""
    if isinstance(report, SingleLabelReport):
        return [
            (own.place, {own.label: own.suggested_label}, _HowSure(own.likelihood_ratio, own.error_probability))
            for own in report.suspected_errors
        ]
    changes: dict[int, dict[str, str | None]] = defaultdict(dict)
    ratios: dict[int, float] = defaultdict(float)
    for error in report.suspected_errors:
        changes[error.place][error.label] = error.label if error.missing else None
        ratios[error.place] = max(ratios[error.place], error.likelihood_ratio)
    places = sorted(changes, key=lambda place: -ratios[place])
    return [(place, changes[place], _HowSure(ratios[place], None)) for place in places]


def _changed(labels: tuple[str, ...], changes: dict[str, str | None]) -> list[str]:
    kept = [changes.get(label, label) for label in labels]
    return [label for label in dict.fromkeys([*kept, *changes.values()]) if label is not None]
