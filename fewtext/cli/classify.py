"""``fewtext classify``: a file of texts, labelled from a handful of examples."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from contextlib import ExitStack
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from fewtext.classify.label_names import NAME_WEIGHT
from fewtext.cli import options
from fewtext.cli.classifier import ClassifierArguments, check_applicable
from fewtext.cli.fractions import check_fractions
from fewtext.cli.help import ANSWERS, INPUT, OUTPUT
from fewtext.cli.output import Format, FormatOption, Output, SpreadsheetSafe, check_output, format_for, write
from fewtext.cli.sources import IdColumn, Limit, SheetName, sources
from fewtext.cli.terminal import say
from fewtext.cli.written import Bom, Columns, Written, check_rows, label_name
from fewtext.errors import FewtextError

if TYPE_CHECKING:
    from fewtext.classify.multi_label import MultiLabelClassifier
    from fewtext.classify.single_label import SingleLabelClassifier
    from fewtext.files.examples import Queries


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
    precision: Annotated[
        float | None,
        typer.Option(
            min=0,
            max=1,
            metavar="X",
            rich_help_panel=ANSWERS,
            help="Abstain, so that this share of given answers, such as 0.95, is right with the stated confidence.",
        ),
    ] = None,
    confidence: Annotated[
        float | None,
        typer.Option(
            min=0.5,
            max=0.99,
            metavar="X",
            rich_help_panel=ANSWERS,
            show_default="0.9",
            help="That --precision is kept.",
        ),
    ] = None,
    set_coverage: Annotated[
        float | None,
        typer.Option(
            "--set",
            min=0,
            max=1,
            metavar="X",
            rich_help_panel=ANSWERS,
            help="Add the set of labels that has the right one for this share of texts, such as 0.9.",
        ),
    ] = None,
    coverage: Annotated[
        float | None,
        typer.Option(
            min=0,
            max=1,
            metavar="X",
            rich_help_panel=ANSWERS,
            help="Answer only this fraction of the texts, the most confident first.",
        ),
    ] = None,
    ood_keep: Annotated[
        float | None,
        typer.Option(
            min=0,
            max=1,
            metavar="X",
            rich_help_panel=ANSWERS,
            help="Abstain on out-of-scope texts; 0.95 keeps about 95 % of in-scope ones.",
        ),
    ] = None,
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
    format: FormatOption = None,
    output: Output = None,
    columns: Columns = None,
    spreadsheet_safe: SpreadsheetSafe = False,
    bom: Bom = False,
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
    kind = format_for(format, output, spreadsheet_safe, bom)
    check_applicable(context)
    support_file, labels_file, query_file = sources((support, labels, query), sheet_name, id_column)
    given = ClassifierArguments(
        support=support_file, labels=labels_file, model=model, learner=learner, option=option, encoder=encoder,
        label_names=label_names, name_weight=name_weight, tune=tune, text_column=text_column, label_column=label_column,
        single_label=single_label, oos_label=oos_label, device=device, dtype=dtype, max_length=max_length,
    )  # fmt: skip
    check_fractions(precision, coverage, confidence, set_coverage, ood_keep)
    abstaining = any(share is not None for share in (precision, coverage, ood_keep))

    from fewtext.files.examples import IMAGE, read_queries

    _, fitted = given.read()
    queries = read_queries(query_file or query, given.columns.text, limit)
    check_rows(kind, output, len(queries.texts))
    check_output(output, (support, labels, query if queries.kind == IMAGE else None), model, save)

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
        wanted = {
            "precision": precision,
            "coverage": coverage,
            "ood_keep": ood_keep,
            "transductive": transductive,
            "unknown": unknown,
            **({} if confidence is None else {"confidence": confidence}),
            "set_coverage": set_coverage,
        }
        put = partial(write, kind=kind, output=output, spreadsheet_safe=spreadsheet_safe, bom=bom)
        chosen = (label_name(label_column), columns)
        _answer(classifier, queries, chosen, kind, put, top, scores, explain, abstaining, wanted, save)


def _answer(
    classifier: SingleLabelClassifier | MultiLabelClassifier,
    queries: Queries,
    chosen: tuple[str, str | None],
    kind: Format,
    put: Callable[[Sequence[str], Iterable[Sequence[Any]]], None],
    top: int,
    scores: bool,
    explain: int,
    abstaining: bool,
    wanted: dict[str, Any],
    save: str | None,
) -> None:
    from fewtext.classify.predict import classify as predict
    from fewtext.cli.answers import Layout, print_table
    from fewtext.cli.progress import progress_bar
    from fewtext.encoders.encode import check_modality

    check_modality(classifier.encoder_, [text for text in queries.texts if str(text).strip()])  # before a line is out
    labels = [str(label) for label in classifier.classes_.tolist()]
    explain = min(explain, len(classifier.support_texts_))
    nested = kind in (Format.jsonl, Format.table)
    sets = wanted["set_coverage"] is not None
    layout = Layout(labels, min(top, len(labels)), scores, explain, nested, abstaining, sets, chosen[0])
    written = Written(queries, layout, chosen[1])
    with progress_bar("classifying") as report:
        ranked = len(labels) if scores else top
        answers = predict(
            classifier, queries.texts, top=ranked, explain=explain, on_message=say, progress=report, **wanted
        )
        if save is not None:  # only once the options have proved possible
            classifier.save(save)
        rows = written.rows(answers)
        if kind is Format.table:
            rows = iter(list(rows))  # all of them, before the bar gives way to the table
        else:
            put(written.columns, rows)
    if kind is Format.table:
        print_table(written.columns, rows, layout.label)
