"""Which tool wrote a file: recognised by its shape, said in one line, and read as texts and labels."""

from __future__ import annotations

import io
from collections.abc import Sequence
from pathlib import Path
from typing import Protocol

from fewtext.files.addresses import file_name
from fewtext.files.compression import name_within, unpacked
from fewtext.files.exports import argilla, doccano, fasttext, label_studio, multi_hot, prodigy, rasa, spacy
from fewtext.files.exports.json_document import is_document, read_document
from fewtext.files.exports.record import Export
from fewtext.files.exports.rows import Rows
from fewtext.files.exports.table_of import TEXT, table_of
from fewtext.files.file_content import MOST_BYTES, decode, read_content
from fewtext.files.label_columns import LABELS
from fewtext.files.source import AnyPath
from fewtext.files.structured_texts import warn_of_structures
from fewtext.files.tables import STDIN, Row, Table, read_table
from fewtext.files.text_columns import text_columns

_YAML = (".yml", ".yaml")
_LINES = (".fasttext", ".ft", ".train", ".valid")


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
        return table_of(str(path), table, given, labelled, {})
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


def _read(path: AnyPath, expected: str) -> Table | Export:
    """Read a table, or one of the files that only tools of this kind write."""
    name = str(path)
    ending = Path(name_within(name)).suffix.lower()
    if name == STDIN or ending not in (".json", *_YAML, *_LINES):
        return read_table(path, expected)
    _, content = unpacked(file_name(name), read_content(name), MOST_BYTES)
    if ending in _YAML:
        return rasa.read(name, decode(name, content))
    if ending in _LINES:
        lines = io.StringIO(decode(name, content), newline=None)
        return Table(name, [TEXT], [Row(number, [line.rstrip("\n")]) for number, line in enumerate(lines, 1)], {})
    document = read_document(name, decode(name, content)) if is_document(content) else None
    return document or read_table(path, expected)
