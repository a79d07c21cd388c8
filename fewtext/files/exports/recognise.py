"""Which tool wrote a file: recognised by its shape, said in one line, and read as texts and labels."""

from __future__ import annotations

import io
from collections.abc import Sequence
from typing import Protocol

from fewtext.files.exports import argilla, doc_bin, doccano, fasttext, label_studio, multi_hot, prodigy, rasa, spacy
from fewtext.files.exports.json_document import is_document, read_document
from fewtext.files.exports.record import Export
from fewtext.files.exports.rows import Rows
from fewtext.files.exports.table_of import TEXT, table_of
from fewtext.files.label_columns import LABELS
from fewtext.files.opened import name_of, opened
from fewtext.files.source import AnyPath, source_of
from fewtext.files.structured_texts import warn_of_structures
from fewtext.files.tables import READABLE, Row, Table, table_in
from fewtext.files.text_columns import text_columns

_YAML = ("yml", "yaml")
_LINES = ("fasttext", "ft", "train", "valid")
_DOC_BIN = "spacy"
ENDINGS = (*READABLE, *_YAML, *_LINES, _DOC_BIN)
"""Of the names of all files that can be read."""


class _Format(Protocol):
    NAME: str

    def fits(self, rows: Rows) -> bool: ...

    def read(self, rows: Rows, named: Sequence[str]) -> Export: ...


_FORMATS: Sequence[_Format] = (argilla, label_studio, prodigy, spacy, doccano, fasttext)


def read_examples_table(
    path: AnyPath,
    text_column: str | None = None,
    label_column: str | None = None,
    expected: str = TEXT,
    *,
    labelled: bool = False,
) -> Table:
    """Read a table; one that a tool exported as the texts and labels that it holds, which a warning says.

    Fields and questions that the user named as the column of texts or labels keep their names, others are ``text`` and
    ``label``; ``expected`` is the column that a table should have where none is named. ``labelled`` says that labels
    are wanted: then columns of 0 and 1 are.
    """
    expected = next(iter(text_columns(text_column)), label_column or expected)
    named = (text_column, label_column)
    given = [part for name in named if name for part in (name, *name.split(","))]
    table = _read(path, expected)
    if isinstance(table, Export):
        return table_of(name_of(path), table, given, labelled, {})
    rows = Rows(table)
    if not any(rows.first()) or any(name in rows.columns and name in (LABELS, "cats") for name in given):
        return table
    found: list[_Format] = [one for one in _FORMATS if one.fits(rows)]
    if not found and labelled and label_column is None and multi_hot.fits(rows):
        found = [multi_hot]
    if not found:
        warn_of_structures(table, text_columns(text_column) or [TEXT])
        return table
    export = found[0].read(rows, given)
    export.notes.extend(f"it looks like {one.NAME} too" for one in found[1:])
    return table_of(table.path, export, given, labelled, {row.line: row.record for row in table.rows})


def fits_an_export(head: Table) -> bool:
    """Whether the first rows of a table look like what a tool has exported."""
    rows = Rows(head)
    return any(one.fits(rows) for one in _FORMATS)


def joined_labels(head: Table) -> int | None:
    """Return the place of a column that makes a table one of doccano's where labels in it are joined by ``#``."""
    return doccano.place_of_labels(Rows(head))


def _read(path: AnyPath, expected: str) -> Table | Export:
    """Read a table, or one of the files that only tools of this kind write."""
    source, found = source_of(path), opened(path)
    if found.ending in _YAML:
        return rasa.read(found.where, found.text())
    if found.ending == _DOC_BIN:
        found.refuse_encoding()
        return doc_bin.read(found.where, found.content)
    if found.ending in _LINES:
        lines = io.StringIO(found.text(), newline=None)
        return Table(
            found.where, [TEXT], [Row(number, [line.rstrip("\n")]) for number, line in enumerate(lines, 1)], {}
        )
    document = None
    if found.ending == "json" and is_document(found.content):
        document = read_document(found.where, found.text())
    return document or table_in(source, found, expected)
