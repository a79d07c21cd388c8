"""``fewtext suggest``: which texts of an unlabelled pool to label next."""

from __future__ import annotations

from typing import Annotated

import typer

from fewtext.classify.label_names import NAME_WEIGHT
from fewtext.cli import common, fitting
from fewtext.cli.output import Format, FormatOption, Output, SpreadsheetSafe, check_output, format_for, write
from fewtext.cli.terminal import say


def suggest(
    context: typer.Context,
    pool: Annotated[
        str, typer.Option(metavar="FILE", help="Texts without labels: txt, csv, tsv, jsonl, parquet, - is stdin.")
    ],
    count: Annotated[int, typer.Option("-n", "--count", min=1, max=1000, metavar="N", help="How many.")] = 20,
    support: fitting.Support = None,
    labels: fitting.Labels = None,
    model: fitting.Model = None,
    learner: fitting.LearnerName = None,
    option: common.LearnerOptions = None,
    encoder: common.Encoder = None,
    label_names: fitting.Names = True,
    name_weight: fitting.NameWeight = NAME_WEIGHT,
    text_column: common.TextColumn = None,
    label_column: fitting.LabelColumns = None,
    single_label: fitting.SingleLabel = False,
    seed: Annotated[int, typer.Option(min=0, metavar="N", help="Of the draw from a pool of more than 4,000.")] = 0,
    format: FormatOption = None,
    output: Output = None,
    spreadsheet_safe: SpreadsheetSafe = False,
    device: common.Device = "auto",
    dtype: common.Dtype = "auto",
    max_length: common.MaxLength = None,
) -> None:
    """Say which texts to label next, the most useful first: those that stand for many others not surely answered.

    Rows have an empty label to fill in, and what the text is taken for until then.

    \b
    fewtext suggest --support support.csv --pool unlabelled.txt -n 20 --output next.csv
    fewtext suggest --model my-model --pool unlabelled.csv --output next.csv; fewtext add next.csv --model my-model
    """  # noqa: D301
    kind = format_for(format, output, spreadsheet_safe)
    fitting.check_applicable(context)
    given = fitting.Given(
        support=support, labels=labels, model=model, learner=learner, option=option, encoder=encoder,
        label_names=label_names, name_weight=name_weight, text_column=text_column, label_column=label_column,
        single_label=single_label, device=device, dtype=dtype, max_length=max_length,
    )  # fmt: skip

    from fewtext.cli.answers import GUESS, LABEL, PROBABILITY, print_table, without_clashes
    from fewtext.cli.progress import progress_bar
    from fewtext.files.examples import read_queries

    _, fitted = given.read()
    texts = read_queries(pool, text_column)
    check_output(output, (support, labels, pool))
    with progress_bar("choosing") as progress:
        from fewtext.classify.active_learning import CONSIDERED
        from fewtext.classify.active_learning import suggest as suggested

        classifier = fitted(progress)
        found = suggested(classifier, texts.texts, count, seed=seed, progress=progress)
    if len(texts.texts) > CONSIDERED:
        say(f"chosen among {CONSIDERED:,} of {len(texts.texts):,} texts, drawn at random")
    ours = [texts.kind, LABEL, GUESS, PROBABILITY]
    columns = [*ours, *without_clashes(texts.columns, ours)]
    rows = ([texts.shown[s.place], "", s.label, round(s.probability, 6), *texts.carried[s.place]] for s in found)
    if kind is Format.table:
        print_table(columns, rows)
    else:
        write(columns, rows, kind, output, spreadsheet_safe)
