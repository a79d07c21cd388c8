"""``fewtext suggest``: which texts of an unlabelled pool to label next."""

from __future__ import annotations

from collections import Counter
from typing import Annotated

import typer

from fewtext.classify.label_names import NAME_WEIGHT
from fewtext.cli import options
from fewtext.cli.classifier import ClassifierArguments, check_applicable
from fewtext.cli.closing import Closing, by_count, counted
from fewtext.cli.help import ANSWERS, INPUT
from fewtext.cli.output import Format, FormatOption, Output, SpreadsheetSafe, check_output, format_for, write
from fewtext.cli.sources import Encoding, SheetName, sources
from fewtext.cli.terminal import say


def suggest(
    context: typer.Context,
    pool: Annotated[
        str,
        typer.Option(
            metavar="FILE", rich_help_panel=INPUT, help="Unlabelled texts: txt, csv, tsv, jsonl, parquet, - for stdin."
        ),
    ],
    count: Annotated[
        int,
        typer.Option(
            "-n", "--count", min=1, max=1000, metavar="N", rich_help_panel=ANSWERS, help="How many texts to suggest."
        ),
    ] = 20,
    support: options.Support = None,
    labels: options.Labels = None,
    model: options.Model = None,
    learner: options.LearnerName = None,
    option: options.LearnerOptions = None,
    encoder: options.Encoder = None,
    label_names: options.LabelNames = True,
    name_weight: options.NameWeight = NAME_WEIGHT,
    text_column: options.TextColumns = None,
    label_column: options.LabelColumns = None,
    sheet_name: SheetName = None,
    encoding: Encoding = None,
    single_label: options.SingleLabel = False,
    seed: Annotated[
        int,
        typer.Option(
            min=0, metavar="N", rich_help_panel=ANSWERS, help="Seed for sampling from a pool of more than 4,000 texts."
        ),
    ] = 0,
    format: FormatOption = None,
    output: Output = None,
    spreadsheet_safe: SpreadsheetSafe = False,
    device: options.Device = "auto",
    dtype: options.Dtype = "auto",
    max_length: options.MaxLength = None,
) -> None:
    """Suggest which texts to label next: those that represent many others the classifier is unsure of.

    The most useful comes first. Each row has an empty label to fill in, and the classifier's guess.

    \b
    fewtext suggest --support support.csv --pool unlabelled.txt -n 20 --output next.csv
    fewtext suggest --model my-model --pool unlabelled.csv --output next.csv; fewtext add next.csv --model my-model
    """  # noqa: D301
    closing = Closing()
    kind = format_for(format, output, spreadsheet_safe)
    check_applicable(context)
    support_file, labels_file, pool_file = sources((support, labels, pool), sheet_name, encodings=encoding)
    given = ClassifierArguments(
        support=support_file, labels=labels_file, model=model, learner=learner, option=option, encoder=encoder,
        label_names=label_names, name_weight=name_weight, text_column=text_column, label_column=label_column,
        single_label=single_label, device=device, dtype=dtype, max_length=max_length,
    )  # fmt: skip

    from fewtext.classify.answer_layout import GUESS, LABEL, PROBABILITY
    from fewtext.cli.answers import print_table, without_clashes
    from fewtext.cli.progress import progress_bar
    from fewtext.files.queries import read_queries

    _, fitted = given.read()
    texts = read_queries(pool_file or pool, given.columns.text)
    check_output(output, (support, labels, pool), model)
    with progress_bar("choosing") as progress:
        from fewtext.classify.active_learning import CONSIDERED
        from fewtext.classify.active_learning import suggest as suggested

        classifier = fitted(progress)
        suggestions = suggested(classifier, texts.texts, count, seed=seed, progress=progress)
    if len(texts.texts) > CONSIDERED:
        say(f"{CONSIDERED:,} of the {len(texts.texts):,} texts were considered, sampled at random")
    ours = [texts.kind, LABEL, GUESS, PROBABILITY]
    columns = [*ours, *without_clashes(texts.columns, ours)]
    rows = ([texts.shown[s.place], "", s.label, round(s.probability, 6), *texts.carried[s.place]] for s in suggestions)
    if kind is Format.table:
        print_table(columns, rows)
    else:
        write(columns, rows, kind, output, spreadsheet_safe)
    read = f"{counted(len(texts.texts), 'row')} read, {len(suggestions):,} suggested"
    closing.say(read, by_count(Counter(s.label for s in suggestions)), written=output)
