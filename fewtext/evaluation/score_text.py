"""The report of ``score`` for people: lines of text, and a page."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from fewtext.evaluation.expectations import Share
from fewtext.evaluation.pages import Cell, render
from fewtext.evaluation.score_report import ScoreReport

WEAKEST = 30  # classes in the text, where there are more
PAIRS, TEXTS = 10, 2  # in the text
PAGE_PAIRS, PAGE_TEXTS = 50, 20


def text_report(report: ScoreReport, title: str, width: int = 100) -> list[str]:
    """Return the report as lines, texts cut to ``width``."""
    lines = [
        title,
        *(f"  {name}: {value}" for name, value in _figures(report)),
        f"  {_source(report)}; 95 % intervals in brackets",
        "",
    ]
    if checks := [f"{name}: {expected}, measured {measured}" for name, expected, measured in _checks(report)]:
        lines += [*([report.precision.statement] if report.precision else []), *checks, ""]
    lines += _class_table(report)
    if report.confused_pairs:
        lines += ["", "confused pairs (label -> answer)"]
        for pair in report.confused_pairs[:PAIRS]:
            lines.append(f"  {len(pair.rows):>5}  {pair.label} -> {pair.answer}")
            lines += [f"         {_cut(text, width - 9)}" for text in report.texts_of(pair, TEXTS)]
        if (more := len(report.confused_pairs) - PAIRS) > 0:
            lines.append(f"         and {more} more")
    if report.reliability:
        lines += ["", f"calibration: {_calibration(report)}", "  confidence     accuracy  answers"]
        lines += [f"  {mean:>10.1%}  {share:>11.1%}  {count:>7.0f}" for count, mean, share in report.reliability]
    return lines


def page_report(report: ScoreReport, title: str) -> str:
    """Return the report as an HTML page."""
    return render(
        "score",
        title=title,
        figures=_figures(report),
        checks=(
            ["", "asked and expected", "measured"],
            [[Cell(part, part) for part in row] for row in _checks(report)],
        )
        if _checks(report)
        else None,
        classes=_page_classes(report),
        pairs=[
            (pair.label, pair.answer, len(pair.rows), report.texts_of(pair, PAGE_TEXTS))
            for pair in report.confused_pairs[:PAGE_PAIRS]
        ],
        bars=list(_bars(report)),
        calibration=_calibration(report) if report.reliability else "",
        notes=_notes(report),
    )


def _source(report: ScoreReport) -> str:
    """Return what answered: the learner, its examples, the encoder."""
    facts = report.described
    names = " and label names" if facts["label_names"] else ""
    jointly = ", predicted jointly (transductive)" if facts["transductive"] else ""
    return f"by {facts['learner']} from {facts['examples']:,} examples{names}, encoder {facts['encoder']}{jointly}"


def _notes(report: ScoreReport) -> list[str]:
    facts = report.described
    return [
        _source(report),
        f"options {facts['options'] or 'by default'}",
        f"encoder {facts['fingerprint']}, {facts['dtype']}, {facts['device']}",
        "intervals are of 95 %: Wilson's of shares, a bootstrap over texts of macro F1",
    ]


def _figures(report: ScoreReport) -> list[tuple[str, str]]:
    sets = report.label_sets
    what = "texts with all labels right" if sets else "accuracy"
    lines = [(what, f"{_percent(report.accuracy)} {_between(report.accuracy_interval)}")]
    interval = f" {_between(report.macro_f1_interval)}" if report.macro_f1_interval else ""
    if sets:
        lines.append(("micro F1", f"{_percent(sets.micro_f1)} {_between(sets.interval)}"))
    lines.append(("macro F1", f"{_percent(report.macro_f1)}{interval}"))
    if sets:
        lines.append(("precision and recall of labels", f"{_percent(sets.precision)} and {_percent(sets.recall)}"))
    uncounted = [
        f"{count:,} {what}"
        for count, what in ((report.unanswered, "without an answer"), (_left_out(report), "out of scope not counted"))
        if count
    ]
    lines.append(("texts", ", ".join([f"{report.texts:,}", *uncounted])))
    return lines


def _checks(report: ScoreReport) -> list[tuple[str, str, str]]:
    """Return what was asked and expected of thresholds and what was measured, a row for each."""
    rows = []
    if check := report.precision:
        expected = f"asked {_percent(check.asked)}, expected {_percent(check.expected)}"
        rows.append(("precision of given answers", f"{expected} {_between(check.expected_interval)}", check.measured))
        if check.coverage and check.expected_coverage is not None:
            rows.append(("texts that get an answer", f"expected {_percent(check.expected_coverage)}", check.coverage))
    if (scope := report.out_of_scope) and (scope.asked is not None or not _left_out(report)):
        asked = "nothing asked" if scope.asked is None else f"asked {_percent(scope.asked)}"
        rows.append(("in-scope texts kept", asked, scope.kept))
        if scope.set_apart.total:
            rows.append(("out-of-scope texts set apart", "as many as possible", scope.set_apart))
    return [(name, expected, _share(measured)) for name, expected, measured in rows]


def _left_out(report: ScoreReport) -> int:
    """Return how many out-of-scope texts do not count for the accuracy, since the classifier knows no label of them."""
    scope = report.out_of_scope
    return scope.set_apart.total if scope and scope.kept.total == report.texts else 0


def _class_table(report: ScoreReport) -> list[str]:
    shown = sorted(report.classes, key=lambda own: (own.f1, own.label))[:WEAKEST]
    width = max(len("class, weakest first"), *(len(_cut(own.label, 40)) for own in shown))
    lines = [f"{'class, weakest first':<{width}}  support  precision  recall      F1"]
    for own in shown:
        numbers = f"{own.support:>7}  {own.precision:>9.1%}  {own.recall:>6.1%}  {own.f1:>6.1%}"
        lines.append(f"{_cut(own.label, 40):<{width}}  {numbers}")
    if (more := len(report.classes) - len(shown)) > 0:
        lines.append(f"and {more} more classes with a higher F1")
    return lines


def _page_classes(report: ScoreReport) -> tuple[list[str], list[list[Cell]]]:
    body = [
        [
            Cell(own.label, own.label),
            Cell(f"{own.support:,}", own.support),
            *(Cell(f"{100 * value:.1f}", value) for value in (own.precision, own.recall, own.f1)),
        ]
        for own in sorted(report.classes, key=lambda own: (own.f1, own.label))
    ]
    return ["class", "support", "precision, %", "recall, %", "F1, %"], body


def _bars(report: ScoreReport) -> Iterator[dict[str, Any]]:
    """Yield the bars of the reliability diagram, paler where few answers are behind one."""
    most = max((count for count, _, _ in report.reliability), default=0)
    for count, mean, share in report.reliability:
        yield {
            "x": round(40 + 270 * mean - 7, 1),
            "y": round(200 - 190 * share, 1),
            "width": 14,
            "height": round(190 * share, 1),
            "opacity": round(0.35 + 0.65 * count / most, 2),
            "words": f"{count:.0f} answers of confidence {_percent(mean)}: {_percent(share)} right",
        }


def _calibration(report: ScoreReport) -> str:
    error, mean = report.calibration_error, report.mean_confidence
    assert error is not None and mean is not None
    share = sum(count * right for count, _, right in report.reliability) / sum(row[0] for row in report.reliability)
    return (
        f"mean confidence {_percent(mean)}, accuracy {_percent(share)}, "
        f"expected calibration error {100 * error:.1f} points"
    )


def _share(share: Share) -> str:
    if share.fraction is None or share.interval is None:
        return "none to measure on"
    return f"{_percent(share.fraction)} {_between(share.interval)} ({share.count:,} of {share.total:,})"


def _percent(value: float) -> str:
    return f"{100 * value:.1f} %"


def _between(interval: tuple[float, float]) -> str:
    return f"[{100 * interval[0]:.1f}, {100 * interval[1]:.1f}]"


def _cut(text: str, width: int) -> str:
    return text if len(text) <= width else text[: max(1, width - 1)] + "…"
