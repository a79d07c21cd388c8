"""Which tool wrote a file: recognised by its shape, said in one line, and read as texts and labels."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Protocol

from fewtext.files.exports import argilla, doccano, fasttext, label_studio, multi_hot, prodigy, rasa, spacy
from fewtext.files.exports.json_document import read_document
from fewtext.files.exports.record import Export
from fewtext.files.exports.rows import Rows
from fewtext.files.exports.table_of import TEXT, table_of
from fewtext.files.file_content import decode, read_content
from fewtext.files.label_columns import LABELS
from fewtext.files.tables import STDIN, Row, Table, read_table

_YAML = (".yml", ".yaml")
_LINES = (".fasttext", ".ft", ".train", ".valid")


class _Format(Protocol):
    NAME: str

    def fits(self, rows: Rows) -> bool: ...

    def read(self, rows: Rows, named: Sequence[str]) -> Export: ...


_FORMATS: Sequence[_Format] = (argilla, label_studio, prodigy, spacy, doccano, fasttext)


def read_examples_table(
    path: str | Path, expected: str, named: Sequence[str | None] = (), labelled: bool = False
) -> Table:
    """Read a table; one that a tool exported as the texts and labels that it holds, which a warning says.

    ``named`` are columns that the user named: fields and questions of these names keep them, others are ``text`` and
    ``label``. ``labelled`` says that labels are wanted: then columns of 0 and 1 are.
    """
    given = [part for name in named if name for part in (name, *name.split(","))]
    ending = Path(path).suffix.lower()
    if str(path) != STDIN and ending in _YAML:
        export = rasa.read(str(path), decode(str(path), read_content(str(path))))
        return table_of(str(path), export, given, labelled)
    table = _read(str(path), ending, expected)
    rows = Rows(table)
    if not any(rows.first()) or any(name in rows.columns and name in (LABELS, "cats") for name in given):
        return table
    found: list[_Format] = [one for one in _FORMATS if one.fits(rows)]
    if not found and labelled and not any(named[1:]) and multi_hot.fits(rows):
        found = [multi_hot]
    if not found:
        return table
    export = found[0].read(rows, given)
    export.notes.extend(f"it looks like {one.NAME} too" for one in found[1:])
    return table_of(table.path, export, given, labelled)


def _read(path: str, ending: str, expected: str) -> Table:
    if ending == ".json" and (document := read_document(path, decode(path, read_content(path)))):
        return document
    if ending in _LINES:
        lines = decode(path, read_content(path)).splitlines()
        return Table(path, [TEXT], [Row(n, [line]) for n, line in enumerate(lines, 1)], {})
    return read_table(path, expected)
