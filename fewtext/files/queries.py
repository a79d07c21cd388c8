"""Queries: texts or images to classify, each row of a file in its place, with the columns to carry along."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from fewtext.files.columns import RowProblems, as_string, header_of, with_columns
from fewtext.files.examples import IMAGE, TEXT, holds_images, image_at, kind_of
from fewtext.files.exports.recognise import read_examples_table
from fewtext.files.images import all_images_in
from fewtext.files.row_names import row_names
from fewtext.files.source import AnyPath, source_of
from fewtext.files.tables import Row, Table
from fewtext.files.text_columns import with_joined_texts

OUTCOME = "classified as they are, or left without an answer where there is no text"


@dataclass(frozen=True)
class Queries:
    """Texts or images to classify, every row of the file in order, with the other columns to carry along.

    ``shown`` is each one as the file has it, ``kind`` what they are: text or image. ``name`` is that of their column,
    and ``place`` its position among the others; where they are joined from several columns it has none.
    """

    texts: list[Any]
    columns: list[str]
    carried: list[list[Any]]
    shown: list[str]
    kind: str = TEXT
    name: str = TEXT
    place: int | None = 0


def read_queries(path: AnyPath, text_column: str | None = None, limit: int | None = None) -> Queries:
    """Read texts or images to classify. A row that cannot be read keeps its place, with an empty text.

    ``limit`` is how many are read, from the first on; None reads all.
    """
    if holds_images(path):
        images = all_images_in(Path(path))[:limit]
        return Queries(images, [], [[] for _ in images], [str(image) for image in images], IMAGE, IMAGE)
    table = read_examples_table(path, text_column)
    return queries_in(table, text_column, limit, source_of(path).id_column)


def queries_in(
    table: Table, text_column: str | None, limit: int | None = None, id_column: str | None = None, warn: bool = True
) -> Queries:
    """Return the texts or images of a table, and ``warn`` of rows that cannot be read."""
    header = header_of(table)
    table, text_column = with_joined_texts(table, text_column, lenient=True)
    joined = header_of(table) != header
    kind = kind_of(table, text_column)
    # The option also names the support's column: a query file may have that name or the standard one.
    columns, rows, where = with_columns(table, {kind: text_column}, lenient=True)
    if not rows and table.columns is None and not columns:
        return Queries([], [], [], [])
    at, rows = where[kind], rows[:limit]
    problems = RowProblems(table, row_names(table, columns, rows, [at], id_column) if warn else None)
    texts, carried, shown = [], [], []
    for row in rows:
        cells = row.cells
        if problem := problem_of(row, table, len(columns)):
            problems.add(problem, row.line)
        if table.columns is None and len(cells) > len(columns):
            # A delimiter in an unquoted text: extra cells are joined to the last column, so that nothing is lost.
            cells = cells[: len(columns) - 1] + [table.delimiter.join(cells[len(columns) - 1 :])]
        cells = cells + [None] * (len(columns) - len(cells))
        shown.append(as_string(cells[at]))  # unchanged, so that answers can be joined to their queries
        image = image_at(table, shown[-1]) if kind == IMAGE else None
        if kind == IMAGE and image is None:
            problems.add("no such image file", row.line)
        texts.append((image or "") if kind == IMAGE else shown[-1])
        carried.append(cells[:at] + cells[at + 1 :])
    if warn:
        problems.warn(OUTCOME)
    others = columns[:at] + columns[at + 1 :]
    return Queries(texts, others, carried, shown, kind, (columns or [kind])[at], None if joined else at)


def problem_of(row: Row, table: Table, width: int) -> str:
    """Return why a row cannot be read as it is; empty where it can."""
    if row.line in table.broken:
        return table.broken[row.line]
    return f"not {width} fields" if row.cells and len(row.cells) != width else ""
