"""Where answers go: which format, onto the screen or into a file that is written atomically.

A table is for people and spells out escape sequences. csv, tsv and jsonl are data: they hold what the files held.
"""

from __future__ import annotations

import sys
from collections.abc import Iterable, Sequence
from enum import StrEnum
from itertools import chain
from os.path import realpath
from pathlib import Path
from typing import Annotated, Any

import typer

from fewtext.cli.help import OUTPUT
from fewtext.errors import FewtextError

BOM = "\ufeff"


class Format(StrEnum):
    """How answers are written."""

    table = "table"
    csv = "csv"
    tsv = "tsv"
    jsonl = "jsonl"
    xlsx = "xlsx"


FormatOption = Annotated[
    Format | None,
    typer.Option(
        rich_help_panel=OUTPUT,
        show_default="by the suffix of --output, else a table on a terminal and csv elsewhere",
        help="Format of the answers; only a table escapes control characters.",
    ),
]
Output = Annotated[
    str | None,
    typer.Option(metavar="FILE", rich_help_panel=OUTPUT, show_default="stdout", help="Write here, atomically."),
]


SpreadsheetSafe = Annotated[
    bool,
    typer.Option(
        "--spreadsheet-safe",
        rich_help_panel=OUTPUT,
        help="In csv and tsv, put ' before texts that a spreadsheet would run as a formula.",
    ),
]


def format_for(asked: Format | None, output: str | None, spreadsheet_safe: bool = False, bom: bool = False) -> Format:
    """Return the format: what was asked for, or what the file's name says, or what suits the screen.

    Raises ``FewtextError`` where there is no way to tell, or none that is ``spreadsheet_safe`` or has a byte-order mark
    though asked for.
    """
    kind = _format_for(asked, output)
    for flag, given in (("--spreadsheet-safe", spreadsheet_safe), ("--bom", bom)):
        if given and kind not in (Format.csv, Format.tsv):
            raise FewtextError(f"{flag} is for csv and tsv", hint="choose one of them, or leave it out")
    return kind


def _format_for(asked: Format | None, output: str | None) -> Format:
    if output is None:
        if asked is Format.xlsx:
            raise FewtextError("a workbook is a file, not for the screen", hint="add --output, such as answers.xlsx")
        return asked or (Format.table if sys.stdout.isatty() else Format.csv)
    if asked is Format.table:
        raise FewtextError(
            "a table is for the screen, not for a file", hint="leave out --output, or use csv, tsv, jsonl or xlsx"
        )
    return asked or format_by_suffix(output, ", or --format")


def format_by_suffix(output: str, or_else: str = "") -> Format:
    """Return the format that the file's name says; raise ``FewtextError`` where it says none."""
    ending = Path(output).suffix.lower().lstrip(".")
    known = {form.value: form for form in (Format.csv, Format.tsv, Format.jsonl, Format.xlsx)}
    if ending not in known:
        raise FewtextError(f"cannot tell the format of {output}", hint=f"use the suffix .{', .'.join(known)}{or_else}")
    if known[ending] is Format.xlsx:
        from fewtext.files.workbooks import check_workbook

        check_workbook(Path(output))
    return known[ending]


def check_output(output: str | None, read: Iterable[str | None], *models: str | None) -> None:
    """Raise ``FewtextError`` where the output cannot be written, overwrites an input, or is in a model's folder."""
    from fewtext.files.tables import check_writable

    if output is None:
        return
    check_writable(Path(output))
    if any(realpath(output) == realpath(name) for name in read if name):
        message = f"{output} is an input, which the answers would overwrite"
        raise FewtextError(message, hint="choose another name")
    if any(Path(model).resolve() in Path(output).resolve().parents for model in models if model):
        message = f"{output} is in the folder of a classifier, which holds nothing else"
        raise FewtextError(message, hint="choose another folder")


def check_page(html: str | None, read: Iterable[str | None], *models: str | None) -> None:
    """Raise ``FewtextError`` where a page cannot be written, as ``check_output`` does, or cannot be made."""
    if html is not None:
        from fewtext.evaluation.pages import check_pages

        check_output(html, read, *models)
        check_pages()


def write(
    columns: Sequence[str],
    rows: Iterable[Sequence[Any]],
    kind: Format,
    output: str | None,
    spreadsheet_safe: bool = False,
    bom: bool = False,
) -> None:
    """Write rows, other than a table, as they come."""
    from fewtext.files.tables import atomic_output, write_table
    from fewtext.files.workbooks import write_workbook

    rows = begun(rows)
    if output and kind is Format.xlsx:
        write_workbook(Path(output), columns, rows)
    elif output:
        with atomic_output(Path(output)) as stream:
            stream.write(BOM * bom)
            write_table(stream, kind.value, columns, rows, spreadsheet_safe)
    else:
        sys.stdout.write(BOM * bom)
        write_table(sys.stdout, kind.value, columns, rows, spreadsheet_safe)


def begun(rows: Iterable[Sequence[Any]]) -> Iterable[Sequence[Any]]:
    """Return rows of which the first is there already: where that fails, not even a header is written."""
    rest = iter(rows)
    return chain([first for _, first in zip(range(1), rest, strict=False)], rest)
