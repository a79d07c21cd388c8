"""How each file of a command line is read: from which sheet, in which encoding, and which column names its rows."""

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
Encoding = Annotated[
    list[str] | None,
    typer.Option(
        metavar="NAME",
        rich_help_panel=INPUT,
        show_default="found by the letters",
        help="Encoding of a text file, such as cp1250; given again for the next one, in the order support, labels, "
        "texts.",
    ),
]
CorpusSheet = Annotated[
    str | None,
    typer.Option(
        "--sheet-name",
        metavar="NAME",
        rich_help_panel=INPUT,
        show_default="the first that holds anything",
        help="Sheet to read of a corpus that is a workbook.",
    ),
]
CorpusEncoding = Annotated[
    str | None,
    typer.Option(
        "--encoding",
        metavar="NAME",
        rich_help_panel=INPUT,
        show_default="found by the letters",
        help="Encoding of a corpus of text files, such as cp1250.",
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
    paths: Sequence[str | None],
    sheet_names: Sequence[str] | None,
    id_column: str | None = None,
    encodings: Sequence[str] | None = None,
) -> list[Source | None]:
    """Return each file with the sheet and the encoding to read; the last one has the id column.

    One sheet name is that of every workbook, several are those of one workbook each; so are encodings those of text
    files. Raises ``FewtextError`` where their number fits neither, and for an encoding that there is not.
    """
    from fewtext.files.encodings import checked_encoding

    books = [at for at, path in enumerate(paths) if path and _is_workbook(path)]
    texts = [at for at, path in enumerate(paths) if path and _is_text(path)]
    if sheet_names and not books:
        raise FewtextError("--sheet-name is for workbooks", hint="leave it out")
    if encodings and not texts:
        raise FewtextError("--encoding is for text files, such as csv and txt", hint="leave it out")
    sheets = _shared(books, sheet_names, "sheet name", "workbook")
    of_texts = _shared(texts, [checked_encoding(name) for name in encodings or ()], "encoding", "text file")
    last = len(paths) - 1
    return [
        None if path is None else Source(path, sheets.get(at), id_column if at == last else None, of_texts.get(at))
        for at, path in enumerate(paths)
    ]


def source(path: str, sheet_names: Sequence[str] | None, encodings: Sequence[str] | None = None) -> Source:
    """Return the one file of a command with the sheet and the encoding to read."""
    (found,) = sources((path,), sheet_names, encodings=encodings)
    assert found is not None  # a path is given
    return found


def _shared(places: Sequence[int], names: Sequence[str] | None, what: str, whose: str) -> dict[int, str]:
    """Return the name for each place: one for all of them, or one for each."""
    names = list(names or ())
    if len(names) > 1 and len(names) != len(places):
        counts = f"{len(names)} {what}s for {len(places)} {whose}{'s' * (len(places) != 1)}"
        raise FewtextError(counts, hint="give one for all of them, or one for each")
    return dict(zip(places, names * len(places) if len(names) == 1 else names, strict=False))


def _is_workbook(path: str) -> bool:
    from fewtext.files.compression import name_inside
    from fewtext.files.opened import ending_of
    from fewtext.files.workbooks import WORKBOOKS

    return ending_of(name_inside(path)) in WORKBOOKS


def _is_text(path: str) -> bool:
    """Whether a file may be one of texts in some encoding, as far as its name says it."""
    from fewtext.files.arrow_tables import ARROW
    from fewtext.files.compression import name_inside
    from fewtext.files.examples import holds_images
    from fewtext.files.opened import ending_of

    return not (_is_workbook(path) or ending_of(name_inside(path)) in (*ARROW, "spacy") or holds_images(path))
