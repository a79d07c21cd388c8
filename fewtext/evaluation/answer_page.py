"""The page of answers that ``fewtext classify`` writes."""

from __future__ import annotations

from collections.abc import Sequence

from fewtext.classify.prediction import Prediction
from fewtext.classify.summary import AnswerSummary
from fewtext.evaluation.browse_page import BrowseRow, Column, browse_page

NOTHING = "(no answer)"
COLUMNS = [Column("row", "number"), Column("text"), Column("label"), Column("probability", "percent")]


def answer_page(title: str, shown: Sequence[str], answers: Sequence[Prediction], counts: AnswerSummary) -> str:
    """Return the page of answers, in the order of the texts as their file has them (``shown``)."""
    facts = [f"{counts.read:,} texts, {counts.answered:,} answered"]
    facts += [f"{count:,} {reason}" for reason, count in counts.unanswered.items()]
    rows = [_row(n, text, answer) for n, (text, answer) in enumerate(zip(shown, answers, strict=True), 1)]
    return browse_page(title, facts, COLUMNS, rows, "probability")


def _row(number: int, text: str, answer: Prediction) -> BrowseRow:
    given = [label for label, _ in (answer.ranked[:1] if answer.labels is None else answer.labels)]
    labels = given if answer.given and answer.ranked else [answer.label or NOTHING]
    details = []
    if answer.ranked and not answer.given:
        details.append(f"no answer; the most probable label is {answer.guess}")
    if len(answer.ranked) > 1:
        details.append("most probable: " + ", ".join(f"{label} {share:.1%}" for label, share in answer.ranked[:3]))
    if answer.label_set:
        details.append(f"set: {', '.join(answer.label_set)}")
    cells = [number, text, answer.label or NOTHING, answer.probability]
    return BrowseRow(cells, labels, answer.probability, details, answer.nearest)
