"""``fewtext classify``: a file of texts, labelled from a handful of examples."""

from __future__ import annotations

from contextlib import ExitStack
from pathlib import Path
from typing import Annotated

import typer

from fewtext.classify.label_names import NAME_WEIGHT
from fewtext.cli import abstention, options
from fewtext.cli.abstention import check_abstention
from fewtext.cli.answering import answer
from fewtext.cli.classifier import ClassifierArguments, check_applicable
from fewtext.cli.closing import Closing
from fewtext.cli.engine import EngineName, EngineOption, Workers, engine_for
from fewtext.cli.help import ANSWERS, INPUT, OUTPUT
from fewtext.cli.output import FormatOption, Output, SpreadsheetSafe, check_output, check_page, format_for
from fewtext.cli.resume import Resume, Work, check_resume
from fewtext.cli.sources import Encoding, IdColumn, Limit, SheetName, sources
from fewtext.cli.wanted import Sort, Wanted, together
from fewtext.cli.written import Bom, Columns, check_rows, label_name
from fewtext.errors import FewtextError


def classify(
    context: typer.Context,
    query: Annotated[
        str,
        typer.Option(
            metavar="FILE",
            rich_help_panel=INPUT,
            help="Texts to classify: txt (one a line), csv, xlsx, jsonl, parquet, - for stdin; or a folder of images.",
        ),
    ],
    support: options.Support = None,
    labels: options.Labels = None,
    model: options.Model = None,
    save: Annotated[
        str | None,
        typer.Option(
            metavar="DIR", rich_help_panel=OUTPUT, help="Save the fitted classifier here; an earlier one is replaced."
        ),
    ] = None,
    learner: options.LearnerName = None,
    option: options.LearnerOptions = None,
    encoder: options.Encoder = None,
    label_names: options.LabelNames = True,
    name_weight: options.NameWeight = NAME_WEIGHT,
    tune: options.Tune = None,
    text_column: options.TextColumns = None,
    label_column: options.LabelColumns = None,
    sheet_name: SheetName = None,
    encoding: Encoding = None,
    id_column: IdColumn = None,
    limit: Limit = None,
    single_label: options.SingleLabel = False,
    oos_label: options.OosLabel = None,
    top: Annotated[
        int, typer.Option(min=1, metavar="K", rich_help_panel=ANSWERS, help="Labels per text, the most probable first.")
    ] = 1,
    scores: Annotated[
        bool, typer.Option("--scores", rich_help_panel=ANSWERS, help="Give the probability of every label.")
    ] = False,
    explain: Annotated[
        int, typer.Option(min=0, metavar="K", rich_help_panel=ANSWERS, help="Give this many nearest support examples.")
    ] = 0,
    precision: abstention.Precision = None,
    confidence: abstention.Confidence = None,
    set_coverage: abstention.SetCoverage = None,
    coverage: abstention.Coverage = None,
    ood_keep: abstention.OodKeep = None,
    transductive: options.Transductive = False,
    unknown: Annotated[
        str,
        typer.Option(
            metavar="LABEL",
            rich_help_panel=ANSWERS,
            show_default="empty",
            help="Label of texts without an answer; their most probable label is in the column guess.",
        ),
    ] = "",
    sort: Annotated[
        Sort, typer.Option(rich_help_panel=OUTPUT, help="Order of the answers: the file's, or least confident first.")
    ] = Sort.file,
    summary: Annotated[
        bool,
        typer.Option(
            "--summary", rich_help_panel=OUTPUT, help="Print how often each label is given; answers go to --output."
        ),
    ] = False,
    format: FormatOption = None,
    output: Output = None,
    columns: Columns = None,
    resume: Resume = False,
    html: Annotated[
        str | None,
        typer.Option(metavar="FILE", rich_help_panel=OUTPUT, help="Write a page to look through the answers, too."),
    ] = None,
    spreadsheet_safe: SpreadsheetSafe = False,
    bom: Bom = False,
    engine: EngineOption = EngineName.local,
    workers: Workers = None,
    device: options.Device = "auto",
    dtype: options.Dtype = "auto",
    max_length: options.MaxLength = None,
) -> None:
    """Classify texts, or images, from a few labelled examples.

    \b
    fewtext classify --support support.csv --query q.txt
    fewtext classify --labels names.csv --query q.txt
    fewtext classify --support s.csv --query q.csv --output answers.csv --save my-model
    fewtext classify --model my-model --query - < more.txt
    fewtext classify --support images.csv --query folder/ --encoder sentence-transformers:MODEL
    """  # noqa: D301
    closing = Closing()
    kind = format_for(format, output, spreadsheet_safe, bom)
    check_applicable(context)
    support_file, labels_file, query_file = sources((support, labels, query), sheet_name, id_column, encoding)
    given = ClassifierArguments(
        support=support_file, labels=labels_file, model=model, learner=learner, option=option, encoder=encoder,
        label_names=label_names, name_weight=name_weight, tune=tune, text_column=text_column, label_column=label_column,
        single_label=single_label, oos_label=oos_label, device=device, dtype=dtype, max_length=max_length,
    )  # fmt: skip
    check_abstention(precision, confidence, ood_keep, coverage, set_coverage)
    abstaining = any(share is not None for share in (precision, coverage, ood_keep))

    from fewtext.files.open_queries import open_queries

    _, fitted = given.read()
    queries = open_queries(query_file or query, given.columns.text, limit)
    computing = engine_for(engine, workers, query_file or query, given.columns.text, limit, device, queries.are_images)
    check_rows(kind, output, queries.total or 0)
    read = (support, labels, query if queries.are_images else None)
    check_output(output, read, model, save)
    check_page(html, (*read, query, output), model, save)
    at_once = together(transductive, sort, html)
    check_resume(resume, output, kind, queries, at_once)

    from fewtext.cli.progress import progress_bar

    with ExitStack() as held:
        with progress_bar("learning") as report:  # the bar stands while torch is imported, which takes a second or two
            from fewtext.classify.model_folder import check_target, locked_model
            from fewtext.classify.multi_label import MultiLabelClassifier

            if save is not None:
                check_target(Path(save))
                held.enter_context(locked_model(Path(save)))
            classifier = fitted(report)
            several = isinstance(classifier, MultiLabelClassifier)  # a text may have none of them
            abstaining |= classifier.oos_label is not None or bool(unknown) and several
            if unknown and not abstaining:
                hint = "add --precision, --coverage, --ood-keep or --oos-label"
                raise FewtextError("--unknown is for texts without an answer, and every text gets one", hint=hint)
            if unknown in map(str, classifier.classes_.tolist()):
                raise FewtextError(f"--unknown {unknown} is a label of the support", hint="choose another")
        parameters = {
            "precision": precision,
            "coverage": coverage,
            "ood_keep": ood_keep,
            "transductive": transductive,
            "unknown": unknown,
            **({} if confidence is None else {"confidence": confidence}),
            "set_coverage": set_coverage,
        }
        wanted = Wanted(
            title=f"answers to {query}", top=top, scores=scores, explain=explain, abstaining=abstaining, sort=sort,
            summary=summary, kind=kind, output=output, html=html, spreadsheet_safe=spreadsheet_safe, bom=bom,
            label_name=label_name(given.columns.label), columns=columns, save=save, parameters=parameters,
            at_once=at_once, resume=resume, work=Work(context.params), engine=computing,
        )  # fmt: skip
        answer(classifier, queries, wanted, closing)
