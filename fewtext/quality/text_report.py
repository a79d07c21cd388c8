"""The data-quality report as text: a sequence of lines, none with a line break from a label or a text in it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from fewtext.quality.multi_label import MultiLabelReport, SuspectedLabel
from fewtext.quality.report import Estimate, QualityReport
from fewtext.quality.single_label import SingleLabelReport, SuspectedError
from fewtext.quality.text_variants import TextVariants

SHOWN = 8  # of each kind, before a line says how many more there are
RELIABLE = 0.5  # detection rate below which finding no wrong label means little
ASSUMED = "; probabilities: if one label in ten is wrong"
UNKNOWN = "expected accuracy: unknown, since no label has three examples, of which one could be held out"


def text_report(
    report: SingleLabelReport | MultiLabelReport, shown: Sequence[str], labels: Sequence[str]
) -> Iterator[str]:
    """Yield the lines of a report; ``shown`` is each example with its place, ``labels`` its label or labels."""
    yield _size(report)
    yield from _single_label(report, shown) if isinstance(report, SingleLabelReport) else _multi_label(report, shown)
    yield from _texts_and_labels(report, shown, labels)


def _single_label(report: SingleLabelReport, shown: Sequence[str]) -> Iterator[str]:
    if report.accuracy is None:
        yield UNKNOWN
    else:
        accuracy = report.accuracy
        yield f"expected accuracy on new texts: {_percent(accuracy.expected)}"
        yield f"with twice the examples: about {accuracy.doubled:.0%}"
        yield f"five-fold held-out accuracy: {accuracy.held_out.value:.0%} of {accuracy.examples} examples"

    if report.detection_rate is not None:
        errors = [[f"  {shown[own.place]}", f"    {_against(own)}"] for own in report.suspected_errors]
        how = f"{_detection(report.detection_rate, 'wrong')}{ASSUMED * bool(errors)}"
        yield from _suspected(errors, f"wrong ({how})")
    pairs = [
        [f"  {pair.first} / {pair.second}: {pair.confused} examples", *(f"    {shown[i]}" for i in pair.places[:2])]
        for pair in report.confused_pairs
    ]
    yield from _section("confused labels", pairs)
    weak = sorted((r.accuracy.value, r.label, r) for r in report.labels if r.accuracy and r.accuracy.value < 1)
    lines = [[f"  {label}: {_percent(r.accuracy)} of {r.examples}"] for _, label, r in weak[:5] if r.accuracy]
    yield from _section("the weakest labels, by held-out accuracy", lines)


def _multi_label(report: MultiLabelReport, shown: Sequence[str]) -> Iterator[str]:
    if report.held_out is None:
        yield UNKNOWN
    else:
        sets = report.held_out
        low, high = sets.interval
        yield (
            f"five-fold held-out F1: {sets.micro_f1:.2f} [{low:.2f}, {high:.2f}], with a precision of "
            f"{sets.precision:.0%} and a recall of {sets.recall:.0%} on {report.held_out_examples} texts"
        )
        yield f"all labels right: {sets.exact:.0%} of texts; mean F1 of the labels: {sets.macro_f1:.2f}"

    def entry(error: SuspectedLabel) -> list[str]:
        claim = f"seems to lack {error.label}" if error.missing else f"seems not to be {error.label}"
        return [f"  {shown[error.place]}", f"    {claim}: {_times(error.likelihood_ratio)} as likely as not"]

    for missing, rate in ((False, report.detection_rate_wrong), (True, report.detection_rate_missing)):
        if rate is not None:
            kind = "missing" if missing else "wrong"
            errors = [entry(error) for error in report.suspected_errors if error.missing is missing]
            yield from _suspected(errors, f"{kind} ({_detection(rate, kind)})")
    weak = sorted((r.f1, r.label, r.examples) for r in report.labels if r.f1 is not None)
    lines = [[f"  {label}: an F1 of {f1:.2f}, of {n} examples"] for f1, label, n in weak[:5] if f1 < 1]
    yield from _section("the weakest labels, by held-out F1", lines)


def _size(report: QualityReport) -> str:
    counts = sorted(each.examples for each in report.labels)
    span = str(counts[0]) if counts[0] == counts[-1] else f"{counts[0]} to {counts[-1]}"
    return f"{report.examples} examples of {len(report.labels)} labels, {span} each"


def _against(error: SuspectedError) -> str:
    likelier = f"{error.suggested_label} is {_times(error.likelihood_ratio)} as likely"
    return f"is {error.label} (wrong: {error.error_probability:.0%}); {likelier}"


def _detection(rate: float, kind: str) -> str:
    estimate = f"estimated detection rate of {kind} labels: {rate:.0%}"
    return estimate if rate >= RELIABLE else f"{estimate}, too few examples to find them reliably"


def _suspected(errors: Sequence[Sequence[str]], how: str) -> Iterator[str]:
    title = f"{len(errors) or 'no'} label{'s look' if len(errors) != 1 else ' looks'} {how}"
    yield from _section(title, errors) if errors else ["", title]


def _texts_and_labels(report: QualityReport, shown: Sequence[str], labels: Sequence[str]) -> Iterator[str]:
    groups: dict[str, Sequence[Sequence[int]]] = {
        "the same text under different labels": report.contradictions,
        "the same text more than once": report.duplicates,
        "texts that are almost the same": report.near_duplicates,
    }
    for title, repeated in groups.items():
        yield from _section(title, [[f"  {shown[i]} ({labels[i]})" for i in group] for group in repeated])
    yield from _text_variants(report.text_variants, shown, labels)
    variants = [
        f"  {own.label} ({own.examples}): merge it into {own.merge_into} ({own.merge_into_examples})?"
        for own in report.label_variants
    ]
    yield from _section("labels that look like another spelling of one", [[line] for line in variants])
    yield from _section("labels with fewer than three examples", [[f"  {label}"] for label in report.few])
    if report.truncated:
        yield from ("", f"{report.truncated} texts are longer than the encoder reads, and were cut")


def _text_variants(variants: Sequence[TextVariants], shown: Sequence[str], labels: Sequence[str]) -> Iterator[str]:
    for numbers, how in ((False, "case, spaces, punctuation or signs"), (True, "one number")):
        own = [group for group in variants if group.numbers is numbers]
        entries = [
            [
                f"  keep one of {group.examples}? {shown[group.keep]} ({labels[group.keep]})",
                *(f"    {shown[place]}" for place in group.others[:2]),
                *[f"    and {len(group.others) - 2} more"] * (len(group.others) > 2),
            ]
            for group in own
        ]
        count = sum(group.examples for group in own)
        yield from _section(f"{count} texts that differ from another of their label only in {how}", entries)


def _section(title: str, entries: Sequence[Sequence[str]]) -> Iterator[str]:
    if entries:
        yield from ("", f"{title}:")
        yield from (line for entry in entries[:SHOWN] for line in entry)
        if len(entries) > SHOWN:
            yield f"  and {len(entries) - SHOWN} more (the JSON report has all)"


def _percent(share: Estimate) -> str:
    return f"{share.value:.0%} [{share.low:.0%}, {share.high:.0%}]"


def _times(ratio: float) -> str:
    return f"{ratio:.{int(ratio < 10)}f} times" if ratio < 1000 else "over 1000 times"


def short(text: str) -> str:
    """Return the beginning of a text, on one line."""
    text = " ".join(text.split())
    return text if len(text) <= 90 else text[:89] + "…"
