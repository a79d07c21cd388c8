"""Support and label names, read from tables or as images; rows that cannot be used are skipped."""

from __future__ import annotations

import os
import warnings
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from fewtext.contracts.image import Picture
from fewtext.errors import FewtextWarning, InputError
from fewtext.files.addresses import is_address
from fewtext.files.columns import (
    RowProblems,
    as_label,
    as_text,
    has_columns,
    header_of,
    position,
    positions,
    with_columns,
)
from fewtext.files.compression import holds_one_table
from fewtext.files.doubtful_rows import note_odd_labels, rejection, verdict_columns
from fewtext.files.exports.recognise import ENDINGS, read_examples_table
from fewtext.files.images import labelled_images
from fewtext.files.label_columns import LABEL, label_columns, read_labels
from fewtext.files.row_names import row_names
from fewtext.files.source import AnyPath, source_of
from fewtext.files.tables import Table
from fewtext.files.text_columns import with_joined_texts

TEXT, IMAGE, DESCRIPTION = "text", "image", "description"


@dataclass(frozen=True)
class Examples:
    """Labelled texts or images in file order, and the line of each if the file has lines.

    Where a text may have several labels, ``labels`` holds tuples.
    """

    texts: list[Any]
    labels: list[Any]
    lines: list[int] = field(default_factory=list)
    numbers: list[int] = field(default_factory=list)
    """Of the rows, as a spreadsheet shows them."""
    ids: list[str] = field(default_factory=list)
    """The values of the column that names the rows; none where the file has no such column."""
    id_column: str | None = None
    skipped: int = 0  # other rows

    def places(self, path: str) -> list[str]:
        """Return where each example stands, as ``path:line``, with the row's number where it differs and its id."""
        ids = [f" [{own}]" if own else "" for own in self.ids] or [""] * len(self.lines)
        return [
            f"{path}:{line}{f' (row {number})' if number != line else ''}{own}"
            for line, number, own in zip(self.lines, self.numbers, ids, strict=True)
        ]

    @property
    def multi_label(self) -> bool:
        """True where a text may have several labels."""
        return isinstance(self.labels[0], tuple)


def read_support(
    path: AnyPath,
    text_column: str | None = None,
    label_column: str | None = None,
    several: bool | None = False,
    lenient: bool = False,
) -> Examples:
    """Read labelled texts; rows without a text or a label, or with a wrong number of fields, are skipped.

    ``several`` says whether a text may have several labels; None decides by the file. Images are read from a table that
    has a column ``image`` of paths instead of ``text``, or from a folder or zip with a folder for each label. With
    ``lenient`` the usual name is tried where the file has no column of a given one.
    """
    if holds_images(path):
        classes = labelled_images(Path(path))
        pairs = [(image, label) for label, images in classes.items() for image in images]
        return Examples([image for image, _ in pairs], [label for _, label in pairs])
    return _read_pairs(path, {TEXT: text_column, LABEL: label_column}, several, lenient)


def read_label_names(path: AnyPath, label_column: str | None = None) -> dict[str, list[str]]:
    """Read descriptions of labels, one or more rows a label, from columns ``label,description``.

    The file may also have labels alone, and a txt one a line: a label without a description has an empty list, and its
    name serves as its description.
    """
    pairs = _read_pairs(path, {LABEL: label_column, DESCRIPTION: None})
    names: dict[str, list[str]] = {}
    for label, description in zip(pairs.labels, pairs.texts, strict=True):
        names.setdefault(label, []).extend([description] if description else [])
    return names


def holds_images(path: AnyPath) -> bool:
    """Whether the path is a folder or a zip, which hold images instead of columns."""
    if os.path.isdir(path):
        return True
    return Path(path).suffix.lower() == ".zip" and not is_address(str(path)) and not holds_one_table(path, ENDINGS)


def kind_of(table: Table, text_column: str | None) -> str:
    """Return ``image`` for a table with a column of that name and no column of texts, else ``text``."""
    if text_column is not None or not table.rows:
        return IMAGE if text_column == IMAGE else TEXT
    header = header_of(table)
    return IMAGE if position(header, IMAGE) is not None and position(header, TEXT) is None else TEXT


def image_at(table: Table, cell: str) -> Picture | None:
    """Return the image at a path relative to the table's folder; None where there is no such file."""
    path = Path(table.path).parent / cell.strip()
    # os.path.isfile, since Path.is_file raises for names that the file system cannot have.
    return Picture(str(path)) if cell.strip() and os.path.isfile(path) else None


def _read_pairs(
    path: AnyPath, roles: dict[str, str | None], several: bool | None = False, lenient: bool = False
) -> Examples:
    names_labels = DESCRIPTION in roles
    table = read_examples_table(path, roles.get(TEXT), roles[LABEL], LABEL, labelled=not names_labels)
    if lenient:
        roles = {role: name if name and has_columns(header_of(table), name) else None for role, name in roles.items()}
    given = roles[LABEL]
    if TEXT in roles:
        table, roles[TEXT] = with_joined_texts(table, roles[TEXT])
    content = DESCRIPTION if names_labels else kind_of(table, roles[TEXT])
    if content == IMAGE:
        roles = {IMAGE: None, LABEL: given}
    names = [given or LABEL] if several is False else label_columns(header_of(table), given)
    if several is False and not names_labels and (beside := label_columns(header_of(table), given)) != names:
        what = f"{', '.join(beside)} hold several labels a text, where one is expected"
        raise InputError(what, where=table.path, hint="name one column by parameter 'label_column'")
    if names != [given or LABEL]:
        roles = {**roles, LABEL: names[0]}
    columns, rows, where = with_columns(table, roles, DESCRIPTION if names_labels else "", lenient=names_labels)
    label_at = [where[LABEL], *positions(table, columns, names[1:])]
    if rows and where.get(content) in label_at:
        raise InputError(f"column {columns[where[content]]!r} is also the column of texts", where=table.path)
    names_of_rows = row_names(table, columns, rows, [*where.values(), *label_at], source_of(path).id_column)
    problems, complete = RowProblems(table, names_of_rows), []
    judged = [] if names_labels else verdict_columns(columns, [*where.values(), *label_at])
    for row in rows:
        if row.line in table.broken:
            problems.add(table.broken[row.line], row.line)
        elif row.cells and len(row.cells) != len(columns):  # without cells it is a blank line
            problems.add(f"{len(row.cells)} instead of {len(columns)} fields", row.line)
        elif row.cells and (why := table.aside.get(row.line) or rejection(columns, row.cells, judged)):
            problems.add(why, row.line)
        elif row.cells:
            complete.append(row)
    texts, labels, lines, numbers = [], [], [], []
    cells = [(f"{table.path}:{row.line}", [row.cells[at] for at in label_at]) for row in complete]
    found = read_labels(cells, [columns[at] for at in label_at if columns], as_label, several)
    for row, label in zip(complete, found, strict=True):
        text = as_text(row.cells[where[content]]) if content in where else ""
        if label is None or (not text and not names_labels):
            blank = label is not None or not any(as_text(row.cells[at]) for at in label_at)
            what = f"empty {LABEL if text or names_labels else content}" if blank else f"invalid {LABEL}"
            problems.add(what, row.line)
            continue
        image = image_at(table, text) if content == IMAGE else None
        if content == IMAGE and image is None:
            problems.add("no such image file", row.line)
            continue
        texts.append(image or text)
        labels.append(label)
        lines.append(row.line)
        numbers.append(row.number)
    problems.warn("skipped")
    odd = RowProblems(table, names_of_rows)
    note_odd_labels(odd, labels, lines)
    odd.warn("kept")
    flags = [columns[at] for at in label_at] if len(label_at) > 1 else []
    given_labels = {label for own in labels for label in own} if flags else set()
    if given_labels <= set(flags) and (bare := [name for name in flags if name not in given_labels]):
        warnings.warn(f"{table.path}: no text has the label {', '.join(bare)}", FewtextWarning, stacklevel=3)
    if not texts:
        raise InputError(
            f"holds no {'label' if names_labels else 'labelled text'}" if rows else "is empty",
            where=table.path,
            hint="give a few labels" if names_labels else "give a few texts per label",
        )
    ids = [names_of_rows.ids[line] for line in lines] if names_of_rows.ids else []
    return Examples(texts, labels, lines, numbers, ids, names_of_rows.id_column, len(rows) - len(texts))
