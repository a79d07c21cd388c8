"""``fewtext classify``: a file of texts, labelled from a handful of examples."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Iterable, Sequence
from contextlib import ExitStack
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from fewtext.classify.label_names import NAME_WEIGHT
from fewtext.cli import options
from fewtext.cli.classifier import ClassifierArguments, check_applicable
from fewtext.cli.help import ANSWERS, INPUT, OUTPUT
from fewtext.cli.output import Format, FormatOption, Output, SpreadsheetSafe, check_output, format_for, write
from fewtext.cli.terminal import say
from fewtext.errors import FewtextError, FewtextWarning

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
            help="Texts to classify: txt (one a line), csv, tsv, jsonl, parquet, - for stdin; or a folder of images.",
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
    text_column: options.TextColumn = None,
    label_column: options.LabelColumns = None,
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
    spreadsheet_safe: SpreadsheetSafe = False,
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
    kind = format_for(format, output, spreadsheet_safe)
    check_applicable(context)
    given = ClassifierArguments(
        support=support, labels=labels, model=model, learner=learner, option=option, encoder=encoder,
        label_names=label_names, name_weight=name_weight, tune=tune, text_column=text_column, label_column=label_column,
        single_label=single_label, oos_label=oos_label, device=device, dtype=dtype, max_length=max_length,
    )  # fmt: skip
    if precision is not None and coverage is not None:
        raise FewtextError("--precision and --coverage contradict each other", hint="leave one of them out")
    if 0 in (precision, coverage):
        raise FewtextError("--precision and --coverage are fractions", hint="above 0, at most 1")
    if confidence is not None and precision is None:
        raise FewtextError("--confidence is that of --precision", hint="add --precision, or leave it out")
    if set_coverage in (0, 1):
        raise FewtextError("--set is a fraction of the texts", hint="above 0 and below 1, such as 0.9")
    if ood_keep in (0, 1):
        raise FewtextError("--ood-keep is a fraction of the examples", hint="above 0 and below 1, such as 0.95")
    abstaining = any(share is not None for share in (precision, coverage, ood_keep))

    from fewtext.files.examples import IMAGE, read_queries

    _, fitted = given.read()
    queries = read_queries(query, given.columns.text)
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
        put = partial(write, kind=kind, output=output, spreadsheet_safe=spreadsheet_safe)
        _answer(classifier, queries, kind, put, top, scores, explain, abstaining, wanted, save)


def _answer(
    classifier: SingleLabelClassifier | MultiLabelClassifier,
    queries: Queries,
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
    from fewtext.cli.answers import Layout, joined, print_table, without_clashes
    from fewtext.cli.progress import progress_bar
    from fewtext.encoders.encode import check_modality

    check_modality(classifier.encoder_, [text for text in queries.texts if str(text).strip()])  # before a line is out
    labels = [str(label) for label in classifier.classes_.tolist()]
    explain = min(explain, len(classifier.support_texts_))
    nested = kind in (Format.jsonl, Format.table)
    sets = wanted["set_coverage"] is not None
    layout = Layout(
        queries.kind,
        labels,
        min(top, len(labels)),
        scores,
        explain,
        nested,
        abstaining,
        sets,
    )
    renamed = without_clashes(queries.columns, layout.columns)
    for old, new in zip(queries.columns, renamed, strict=True):
        if old != new:
            warnings.warn(f"the query's own column {old!r} is renamed to {new!r}", FewtextWarning, stacklevel=2)
    columns = [*renamed, *layout.columns]
    with progress_bar("classifying") as report:
        ranked = len(labels) if scores else top
        answers = predict(
            classifier, queries.texts, top=ranked, explain=explain, on_message=say, progress=report, **wanted
        )
        if save is not None:  # only once the options have proved possible
            classifier.save(save)
        rows = joined(queries, answers, layout)
        if kind is Format.table:
            rows = iter(list(rows))  # all of them, before the bar gives way to the table
        else:
            put(columns, rows)
    if kind is Format.table:
        print_table(columns, rows)
