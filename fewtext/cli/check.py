"""``fewtext check``: a data-quality report of labelled texts, and which of their labels look wrong."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Annotated

import typer

from fewtext.classify.label_names import NAME_WEIGHT
from fewtext.cli import options
from fewtext.cli.classifier import ClassifierArguments, check_applicable
from fewtext.cli.closing import Closing, by_count, counted
from fewtext.cli.doubts import CheckOutputs
from fewtext.cli.help import OUTPUT
from fewtext.cli.options import Format
from fewtext.cli.sources import Encoding, IdColumn, SheetName, sources
from fewtext.cli.terminal import say, show
from fewtext.errors import FewtextError
from fewtext.files.json_text import to_json

if TYPE_CHECKING:
    from fewtext.files.examples import Examples


def check(
    context: typer.Context,
    support: Annotated[
        str,
        typer.Argument(
            metavar="FILE", help="Labelled examples: csv, tsv, jsonl, parquet, or a folder of images per label."
        ),
    ],
    labels: options.Labels = None,
    learner: options.LearnerName = None,
    option: options.LearnerOptions = None,
    label_names: options.LabelNames = True,
    name_weight: options.NameWeight = NAME_WEIGHT,
    text_column: options.TextColumns = None,
    label_column: options.LabelColumns = None,
    sheet_name: SheetName = None,
    encoding: Encoding = None,
    id_column: IdColumn = None,
    single_label: options.SingleLabel = False,
    format: options.ReportFormat = Format.text,
    output: Annotated[
        str | None,
        typer.Option(
            metavar="FILE",
            rich_help_panel=OUTPUT,
            help="Write the examples in doubt here, with a column to decide in: csv, tsv, jsonl.",
        ),
    ] = None,
    html: Annotated[
        str | None,
        typer.Option(metavar="FILE", rich_help_panel=OUTPUT, help="Write a page to look through all examples, too."),
    ] = None,
    at_least: Annotated[
        float | None,
        typer.Option(
            min=0,
            max=1,
            metavar="X",
            rich_help_panel=OUTPUT,
            help="Exit with code 3 where the expected accuracy, or F1, is lower.",
        ),
    ] = None,
    encoder: options.Encoder = None,
    device: options.Device = "auto",
    dtype: options.Dtype = "auto",
    max_length: options.MaxLength = None,
) -> None:
    """Report on labelled texts: the accuracy to expect, what more examples would bring, and labels that look wrong.

    Each example is answered by a classifier that has not seen it, which takes at least three examples of a label. Where
    texts have several labels (a|b), the report is of their F1, and of labels that look wrong or missing.

    \b
    fewtext check support.csv
    fewtext check support.csv --output doubts.csv; fewtext update --model my-model --feedback doubts.csv
    fewtext check support.csv --format json --at-least 0.8
    """  # noqa: D301
    closing = Closing()
    check_applicable(context)
    labels_file, support_file = sources((labels, support), sheet_name, id_column, encoding)
    outputs = CheckOutputs(support, text_column, label_column, output, html)
    outputs.check(labels)
    given = ClassifierArguments(
        support=support_file, labels=labels_file, learner=learner, option=option, encoder=encoder,
        label_names=label_names, name_weight=name_weight, text_column=text_column,
        label_column=label_column, single_label=single_label, device=device, dtype=dtype, max_length=max_length,
    )  # fmt: skip

    from fewtext.cli.progress import progress_bar

    examples, fitted = given.read()
    assert examples is not None  # a support is given
    with progress_bar("checking") as progress:
        from fewtext.quality.check import quality_report
        from fewtext.quality.text_report import short, text_report

        model = fitted(progress)
        report = quality_report(model)
    if model.n_examples_ != len(examples.texts):
        raise FewtextError("some images cannot be read", where=support, hint="leave out those named above")
    if format is Format.json:
        print(to_json({"lines": examples.lines or None, **report.as_json()}))
    else:
        places = examples.places(support) or list(map(str, examples.texts))
        shown = [f"{place}: {short(str(text))}" for place, text in zip(places, examples.texts, strict=True)]
        show(text_report(report, shown, model.shown_support_labels()))
    in_doubt = outputs.write(model, report, examples)
    _close(closing, outputs, examples, in_doubt)
    if at_least is not None and (report.expected is None or report.expected < at_least):
        say(f"the expected {report.measure} is {'unknown' if report.expected is None else f'below {at_least:.1%}'}")
        raise typer.Exit(3)


def _close(closing: Closing, outputs: CheckOutputs, examples: Examples, in_doubt: int) -> None:
    count = len(examples.texts)
    aside = examples.skipped
    own = [f"{counted(count + aside, 'row')} read", f"{counted(count, 'example')} checked"]
    own += [f"{aside:,} set aside"] * bool(aside)
    labels = Counter(str(one) for own in examples.labels for one in (own if isinstance(own, tuple) else (own,)))
    places = [place for place in (outputs.output, outputs.html) if place]
    closing.say(", ".join(own), by_count(labels), f"{in_doubt:,} in doubt", written=" and ".join(places))
