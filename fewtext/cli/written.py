"""Which columns of the answers are written: the texts' own ones under their names and in their order, then ours."""

from __future__ import annotations

import warnings
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from fewtext.classify.answer_layout import LABEL, Layout
from fewtext.cli.answers import without_clashes
from fewtext.cli.help import OUTPUT
from fewtext.cli.output import Format
from fewtext.errors import FewtextError, FewtextWarning, did_you_mean

if TYPE_CHECKING:
    from fewtext.classify.prediction import Prediction
    from fewtext.files.queries import Queries

Columns = Annotated[
    str | None,
    typer.Option(
        metavar="A,B", rich_help_panel=OUTPUT, show_default="all", help="Columns to write, in this order: id,label."
    ),
]

Bom = Annotated[
    bool,
    typer.Option(
        "--bom",
        rich_help_panel=OUTPUT,
        help="In csv and tsv, begin with a byte-order mark, by which Excel knows UTF-8.",
    ),
]


class Written:
    """The columns of a file of answers, and where each one comes from."""

    def __init__(self, queries: Queries, layout: Layout, wanted: str | None) -> None:  # their rows do not matter
        self.layout, self._place = layout, queries.place
        own = list(queries.columns)
        if queries.place is not None:
            own.insert(queries.place, queries.name)
        renamed = without_clashes(own, layout.columns)
        for at, (old, new) in enumerate(zip(own, renamed, strict=True)):
            if old != new:
                again = "another column" if old in own[:at] else "the query's own column"
                warnings.warn(f"{again} {old!r} is renamed to {new!r}", FewtextWarning, stacklevel=3)
        every = [*renamed, *layout.columns]
        self.columns = every if wanted is None else _names(wanted, every)
        self._places = [every.index(name) for name in self.columns]

    def rows(
        self, answers: Iterable[Prediction], queries: Queries, order: Iterable[int] | None = None
    ) -> Iterator[list[Any]]:
        """Yield the cells of each text and its answer; ``order`` is the places of the texts, if not as they come."""
        place = self._place
        for at, answer in zip(range(len(queries.texts)) if order is None else order, answers, strict=True):
            carried, shown = queries.carried[at], queries.shown[at]
            own = carried if place is None else [*carried[:place], shown, *carried[place:]]
            cells = [*own, *self.layout.row(answer)]
            yield [cells[column] for column in self._places]


def check_rows(kind: Format, output: str | None, rows: int) -> None:
    """Raise ``InputError``, before any work, where a workbook cannot have so many rows, or not be written at all."""
    if kind is Format.xlsx and output is not None:
        from fewtext.files.workbooks import check_workbook

        check_workbook(Path(output), rows)


def label_name(label_column: str | None) -> str:
    """Return the name of the answers' column: that of the examples' labels, where it is one column."""
    return label_column if label_column and "," not in label_column else LABEL


def _names(wanted: str, known: Sequence[str]) -> list[str]:
    names = [wanted] if wanted in known else [name.strip() for name in wanted.split(",") if name.strip()]
    for name in names:
        if name not in known:
            hint = did_you_mean(name, known) or f"choose from {', '.join(known)}"
            raise FewtextError(f"--columns names {name!r}, which the answers do not have", hint=hint)
    if not names:
        raise FewtextError("--columns names none", hint=f"choose from {', '.join(known)}")
    return list(dict.fromkeys(names))
