"""Which sheet of a workbook each file of a command line is read from, and which column names its rows."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated

import typer

from fewtext.cli.help import INPUT
from fewtext.errors import FewtextError
from fewtext.files.source import Source

SheetName = Annotated[
    list[str] | None,
    typer.Option(
        metavar="NAME",
        rich_help_panel=INPUT,
        show_default="the first that holds anything",
        help="Sheet of a workbook; given again for the next workbook, in the order support, labels, texts.",
    ),
]
IdColumn = Annotated[
    str | None,
    typer.Option(
        metavar="NAME",
        rich_help_panel=INPUT,
        show_default="found by its name and values",
        help="Column whose value names a row in messages.",
    ),
]
Limit = Annotated[
    int | None,
    typer.Option(min=1, metavar="N", rich_help_panel=INPUT, show_default="all", help="Read only the first N texts."),
]


def sources(
    paths: Sequence[str | None], sheet_names: Sequence[str] | None, id_column: str | None = None
) -> list[Source | None]:
    """Return each file with the sheet to read; the last one has the id column.

    One sheet name is that of every workbook, several are those of one workbook each. Raises ``FewtextError`` where
    their number fits neither.
    """
    from fewtext.files.compression import name_within
    from fewtext.files.tables import ending_of
    from fewtext.files.workbooks import WORKBOOKS

    books = [at for at, path in enumerate(paths) if path and ending_of(name_within(path)) in WORKBOOKS]
    names = list(sheet_names or [])
    if names and not books:
        raise FewtextError("--sheet-name is for workbooks", hint="leave it out")
    if len(names) > 1 and len(names) != len(books):
        what = f"{len(names)} sheet names for {len(books)} workbook{'s' * (len(books) != 1)}"
        raise FewtextError(what, hint="give one for all of them, or one for each")
    of_books = dict(zip(books, names * len(books) if len(names) == 1 else names, strict=False))
    last = len(paths) - 1
    return [
        None if path is None else Source(path, of_books.get(at), id_column if at == last else None)
        for at, path in enumerate(paths)
    ]
