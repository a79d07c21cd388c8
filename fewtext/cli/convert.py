"""``fewtext convert``: examples from any file into the format of a tool."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from fewtext.cli import options
from fewtext.cli.help import OUTPUT
from fewtext.cli.output import check_output
from fewtext.cli.sources import Encoding, SheetName
from fewtext.cli.sources import source as source_with
from fewtext.cli.terminal import say
from fewtext.errors import FewtextError


class Target(StrEnum):
    """The formats that examples can be written in."""

    csv = "csv"
    jsonl = "jsonl"
    label_studio = "label-studio"
    prodigy = "prodigy"
    doccano = "doccano"
    argilla = "argilla"
    spacy = "spacy"
    fasttext = "fasttext"
    rasa = "rasa"


def convert(
    source: Annotated[str, typer.Argument(metavar="IN", help="Texts or examples, in any format that can be read.")],
    output: Annotated[str, typer.Argument(metavar="OUT", help="The file to write, atomically.")],
    to: Annotated[
        Target | None,
        typer.Option(
            "--to",
            rich_help_panel=OUTPUT,
            show_default="by the suffix of OUT: csv, jsonl, yml (rasa), ft (fasttext)",
            help="Format to write.",
        ),
    ] = None,
    text_column: options.TextColumn = None,
    label_column: options.LabelColumns = None,
    sheet_name: SheetName = None,
    encoding: Encoding = None,
) -> None:
    """Convert examples into another format: csv, jsonl, or that of an annotation or chatbot tool.

    \b
    fewtext convert label-studio.json support.csv
    fewtext convert support.csv nlu.yml
    fewtext convert unlabelled.csv tasks.json --to label-studio
    """  # noqa: D301
    from fewtext.files.exports.conversion import SUFFIXES, WRITERS, read_to_write
    from fewtext.files.tables import atomic_output

    kind = to.value if to else SUFFIXES.get(Path(output).suffix.lower().lstrip("."))
    if kind is None:
        raise FewtextError(f"cannot tell the format of {output}", hint=f"add --to, one of {', '.join(WRITERS)}")
    if Path(output).suffix.lower() == ".spacy":
        raise FewtextError(f"{output}: spaCy's binary files are read, not written", hint="write .jsonl by --to spacy")
    check_output(output, (source,))
    content, left = read_to_write(source_with(source, sheet_name, encoding), text_column, label_column)
    with atomic_output(Path(output)) as stream:
        notes = WRITERS[kind](content, stream)
    if not Path(output).stat().st_size:
        notes.append("the file is empty")
    labelled = sum(one.labels is not None for one in content.examples)
    count = f"{len(content.examples):,} texts, {labelled:,} with labels ({len(content.all_labels):,} different)"
    say(f"{output}: {kind}: {count}")
    for reason, rows in left.items():
        say(f"left out: {rows:,} row{'s' * (rows != 1)}: {reason}")
    for note in notes:
        say(f"note: {note}")
