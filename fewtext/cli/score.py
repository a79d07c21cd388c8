"""``fewtext score``: how right a classifier is on one's own labelled file, and what to make of its thresholds."""

from __future__ import annotations

from collections.abc import Sequence
from os.path import realpath
from pathlib import Path
from shutil import get_terminal_size
from typing import TYPE_CHECKING, Annotated

import typer

from fewtext.classify.label_names import NAME_WEIGHT
from fewtext.cli import abstention, options
from fewtext.cli.abstention import check_abstention
from fewtext.cli.classifier import ClassifierArguments, check_applicable
from fewtext.cli.closing import Closing, counted
from fewtext.cli.help import INPUT, OUTPUT
from fewtext.cli.options import Format, check_at_least
from fewtext.cli.output import Format as TableFormat
from fewtext.cli.output import check_output, format_by_suffix, write
from fewtext.cli.rows import ROW, row_cells, row_columns
from fewtext.cli.sources import Encoding, IdColumn, SheetName, sources
from fewtext.cli.terminal import show
from fewtext.cli.update import about
from fewtext.errors import FewtextError
from fewtext.files.feedback import own_names
from fewtext.files.json_text import to_json

if TYPE_CHECKING:
    from fewtext.classify.remembered import Columns
    from fewtext.evaluation.score_report import ScoreReport
    from fewtext.files.examples import Examples

ANSWER = ("answer", "probability")


def score(
    context: typer.Context,
    test: Annotated[
        str,
        typer.Option(
            metavar="FILE", rich_help_panel=INPUT, help="Labelled texts to measure on: csv, tsv, jsonl, parquet."
        ),
    ],
    support: options.Support = None,
    labels: options.Labels = None,
    model: options.Model = None,
    text_column: options.TextColumns = None,
    label_column: options.LabelColumns = None,
    sheet_name: SheetName = None,
    encoding: Encoding = None,
    id_column: IdColumn = None,
    single_label: options.SingleLabel = False,
    oos_label: options.OosLabel = None,
    learner: options.LearnerName = None,
    option: options.LearnerOptions = None,
    encoder: options.Encoder = None,
    max_length: options.MaxLength = None,
    label_names: options.LabelNames = True,
    name_weight: options.NameWeight = NAME_WEIGHT,
    tune: options.Tune = None,
    precision: abstention.Precision = None,
    confidence: abstention.Confidence = None,
    ood_keep: abstention.OodKeep = None,
    transductive: options.Transductive = False,
    format: options.ReportFormat = Format.text,
    html: Annotated[
        str | None, typer.Option(metavar="FILE", rich_help_panel=OUTPUT, help="Write the report as a page, too.")
    ] = None,
    errors: Annotated[
        str | None,
        typer.Option(metavar="FILE", rich_help_panel=OUTPUT, help="Write the wrong answers here: csv, tsv, jsonl."),
    ] = None,
    at_least: options.AtLeast = None,
    device: options.Device = "auto",
    dtype: options.Dtype = "auto",
) -> None:
    """Measure a classifier on your own labelled file: accuracy, each class, confused pairs, calibration.

    The classifier is fitted to --support or read from --model. Rows of the test file whose label is --oos-label are
    out of scope.

    \b
    fewtext score --support support.csv --test test.csv
    fewtext score --model my-model --test test.csv --precision 0.95 --errors wrong.csv --html report.html
    """  # noqa: D301
    closing = Closing()
    check_applicable(context, of_queries={"label_column", "oos_label"})
    check_abstention(precision, confidence, ood_keep)
    kind = format_by_suffix(errors) if errors else TableFormat.csv
    for output in (errors, html):
        check_output(output, (support, labels, test), model)
    if errors and html and realpath(errors) == realpath(html):
        raise FewtextError(f"--errors and --html are one file: {html}", hint="give each its own")
    support_file, labels_file, test_file = sources((support, labels, test), sheet_name, id_column, encoding)
    given = ClassifierArguments(
        support=support_file, labels=labels_file, model=model, learner=learner, option=option, encoder=encoder,
        label_names=label_names, name_weight=name_weight, tune=tune, text_column=text_column, label_column=label_column,
        single_label=single_label, oos_label=oos_label, needs_oos_examples=False, device=device, dtype=dtype,
        max_length=max_length,
    )  # fmt: skip

    from fewtext.cli.progress import progress_bar
    from fewtext.files.examples import read_support

    examples, fitted = given.read()
    with progress_bar("scoring") as progress:
        if html:
            from fewtext.evaluation.pages import check_pages

            check_pages()
        from fewtext.classify.multi_label import MultiLabelClassifier
        from fewtext.contracts.label_types import typed_like
        from fewtext.evaluation.score import score as scored

        if model is None:
            several = examples is not None and examples.multi_label
            tested = read_support(test_file or test, text_column, label_column, several)
            classifier = fitted(progress)
        else:
            classifier = fitted(progress)
            several = isinstance(classifier, MultiLabelClassifier)
            at, labels_at, remembered = given.columns
            tested = read_support(test_file or test, at, labels_at, several, lenient=remembered)
        with about(test):
            known = classifier.classes_.tolist()
            true, (oos_label,) = typed_like(known, tested.labels), typed_like(known, [oos_label])
        report = scored(
            classifier,
            tested.texts,
            true,
            precision=precision,
            **({} if confidence is None else {"confidence": confidence}),
            ood_keep=ood_keep,
            oos_label=oos_label,
            transductive=transductive,
            progress=progress,
        )
    _write(report, tested, given.columns, test, model or support or str(labels), format, kind, errors, html)
    wrong = len(report.wrong)
    own = [f"{counted(len(tested.texts), 'text')} read", f"{report.texts - wrong:,} right", f"{wrong:,} wrong"]
    left_out = len(tested.texts) - report.texts
    places = [place for place in (errors, html) if place]
    closing.say(", ".join([*own, *[f"{left_out:,} not counted"] * bool(left_out)]), written=" and ".join(places))
    check_at_least(at_least, report.accuracy)


def _write(
    report: ScoreReport,
    tested: Examples,
    columns: Columns,
    test: str,
    source: str,
    format: Format,
    kind: TableFormat,
    errors: str | None,
    html: str | None,
) -> None:
    from fewtext.evaluation.score_text import page_report, text_report
    from fewtext.files.tables import atomic_output

    title = f"{source} on {test}"
    if errors:
        own = [*own_names(columns.text, columns.label, (ROW, *ANSWER)), *ANSWER]
        rows = ([*row_cells(tested, w.row), w.text, w.label, w.answer, _rounded(w.probability)] for w in report.wrong)
        write([*row_columns(tested, own), *own], rows, kind, errors)
    if html:
        with atomic_output(Path(html)) as stream:
            stream.write(page_report(report, title))
    if format is Format.json:
        content = report.as_json()
        lines: Sequence[int | None] = tested.lines or [None] * len(tested.texts)
        wrong = [{"line": lines[own["row"]], **own} for own in content.pop("wrong")]
        print(to_json({"test": test, "source": source, **content, "wrong": wrong}))
    else:
        show(text_report(report, title, get_terminal_size((100, 24)).columns))


def _rounded(probability: float | None) -> float | str:
    return "" if probability is None else round(probability, 6)
