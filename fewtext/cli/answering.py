"""What ``fewtext classify`` writes: the answers in file order or sorted, a summary, a page, and the line at the end."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import TYPE_CHECKING, Any

from fewtext.classify.answer_layout import Layout
from fewtext.cli.answers import print_table
from fewtext.cli.closing import Closing, by_count, counted
from fewtext.cli.output import Format, write
from fewtext.cli.streaming import stream_answers
from fewtext.cli.terminal import say
from fewtext.cli.wanted import Sort, Wanted
from fewtext.cli.written import Written

if TYPE_CHECKING:
    from fewtext.classify.encoded import Stream
    from fewtext.classify.multi_label import MultiLabelClassifier
    from fewtext.classify.prediction import Prediction
    from fewtext.classify.single_label import SingleLabelClassifier
    from fewtext.classify.summary import AnswerSummary
    from fewtext.files.queries import Queries
    from fewtext.files.query_parts import QueryParts

PAGE_TOP, PAGE_NEAREST = 3, 3  # labels and examples that the page shows of a text


def answer(
    classifier: SingleLabelClassifier | MultiLabelClassifier, queries: QueryParts, wanted: Wanted, closing: Closing
) -> None:
    """Classify the queries and write what is wanted."""
    from fewtext.classify.summary import AnswerSummary
    from fewtext.cli.progress import progress_bar

    _check(classifier, queries)
    labels = [str(label) for label in classifier.classes_.tolist()]
    layout = _layout(classifier, queries.like, labels, wanted)
    written = Written(queries.like, layout, wanted.columns)
    ranked = len(labels) if wanted.scores else max(wanted.top, PAGE_TOP if wanted.html else 1)
    explain = max(wanted.explain, PAGE_NEAREST if wanted.html else 0)
    counts = AnswerSummary()
    with progress_bar("classifying") as report:

        def answered(texts: Sequence[Any] | Stream) -> Iterator[Prediction]:
            found = wanted.engine.classify(
                classifier, texts, top=ranked, explain=explain, on_message=say, progress=report, **wanted.parameters
            )
            if wanted.save is not None:  # only once the options have proved possible
                classifier.save(wanted.save)
            return counts.counting(found)

        if wanted.at_once or wanted.kind in (Format.table, Format.xlsx):
            rows = _at_once(answered, queries, written, wanted, counts)
        else:
            stream_answers(answered, queries, written, wanted, counts, classifier.encoder_)
    if wanted.summary:
        _show_summary(counts, wanted)
    elif wanted.kind is Format.table:
        print_table(written.columns, rows, layout.label)
    unanswered = [f"{count:,} {reason}" for reason, count in counts.unanswered.items()]
    rows_read = ", ".join([f"{counted(counts.read, 'row')} read", f"{counts.answered:,} answered", *unanswered])
    places = [place for place in (wanted.output, wanted.html, wanted.save) if place]
    closing.say(rows_read, by_count(counts.labels), written=" and ".join(places))


def _at_once(
    answered: Callable[[Sequence[Any]], Iterator[Prediction]],
    queries: QueryParts,
    written: Written,
    wanted: Wanted,
    counts: AnswerSummary,
) -> list[list[Any]]:
    """Answer all queries in memory, and write the answers, or return the rows of a table."""
    if queries.in_parts:
        what = " and ".join(wanted.at_once) or f"--format {wanted.kind}"
        say(f"{what} takes all answers together: they are in memory until the last is there")
    whole = queries.whole()
    answers: Iterable[Prediction] = answered(whole.texts)
    if wanted.html:
        answers = list(answers)
        _write_page(wanted.html, wanted.title, whole, answers, counts)
    if wanted.sort is Sort.confidence:
        answers, order = _least_confident_first(answers)
        rows = written.rows(answers, whole, order)
    else:
        rows = written.rows(answers, whole)
    if wanted.kind is Format.table or wanted.summary and wanted.output is None:
        return list(rows)  # all of them, before the bar gives way to the table
    write(written.columns, rows, wanted.kind, wanted.output, wanted.spreadsheet_safe, wanted.bom)
    return []


def _check(classifier: SingleLabelClassifier | MultiLabelClassifier, queries: QueryParts) -> None:
    """Raise ``FewtextError``, before a line is out, where the encoder does not take what the queries are."""
    from fewtext.encoders.encode import check_modality

    if not queries.in_parts:
        check_modality(classifier.encoder_, [text for text in queries.whole().texts if str(text).strip()])


def _layout(
    classifier: SingleLabelClassifier | MultiLabelClassifier, queries: Queries, labels: list[str], wanted: Wanted
) -> Layout:
    return Layout(
        labels,
        min(wanted.top, len(labels)),
        wanted.scores,
        min(wanted.explain, len(classifier.support_texts_)),
        wanted.kind in (Format.jsonl, Format.table),
        wanted.abstaining,
        wanted.parameters["set_coverage"] is not None,
        wanted.label_name,
    )


def _least_confident_first(answers: Iterable[Prediction]) -> tuple[list[Prediction], list[int]]:
    """Return the answers by rising probability, those without one last, and the places of their texts."""
    given = list(answers)
    sure = [math.inf if answer.probability is None else answer.probability for answer in given]
    places = sorted(range(len(given)), key=lambda at: sure[at])
    return [given[at] for at in places], places


def _show_summary(counts: AnswerSummary, wanted: Wanted) -> None:
    columns = ["label", "texts", "share", "mean_probability"]
    ranked = sorted(counts.labels.items(), key=lambda own: (-own[1], own[0]))
    rows: list[Sequence[Any]] = [
        [label, count, round(count / counts.read, 4), round(counts.mean_confidence(label), 4)]
        for label, count in ranked
    ]
    rows += [[f"({reason})", count, round(count / counts.read, 4), None] for reason, count in counts.unanswered.items()]
    if wanted.kind is Format.table:
        print_table(columns, rows)
    else:
        write(columns, rows, wanted.kind, None, wanted.spreadsheet_safe)


def _write_page(path: str, title: str, queries: Queries, answers: Sequence[Prediction], counts: AnswerSummary) -> None:
    from pathlib import Path

    from fewtext.evaluation.answer_page import answer_page
    from fewtext.files.tables import atomic_output

    with atomic_output(Path(path)) as stream:
        stream.write(answer_page(title, queries.shown, answers, counts))
