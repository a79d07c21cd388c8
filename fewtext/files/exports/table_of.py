"""The table of an export: a column of texts, one for the answers to each question, and the other fields."""

from __future__ import annotations

import warnings
from collections.abc import Mapping, Sequence
from typing import Any

from fewtext.errors import FewtextWarning
from fewtext.files.exports.record import Export, counted
from fewtext.files.label_columns import BETWEEN, LABEL
from fewtext.files.tables import Row, Table

TEXT = "text"


def table_of(
    path: str, export: Export, named: Sequence[str], labelled: bool, numbers: Mapping[int, int | None]
) -> Table:
    """Return the table of an export, and say what it was read as, with the rows set aside where it is ``labelled``.

    The text and the answers to an only question are the columns ``text`` and ``label``, unless ``named`` by the user.
    ``numbers`` are those of rows by line, as a spreadsheet shows them.
    """
    records = export.records
    questions = export.questions
    names = {name: LABEL if len(questions) == 1 and name not in named else name for name in questions}
    text = export.text if export.text in named else TEXT
    several = {name for name in questions if name in export.several or _any_has_several(export, name)}
    found = dict.fromkeys(name for record in records for name, value in record.fields.items() if value is not None)
    fields = [name for name in found if name == export.text or name not in (*names.values(), text)]
    columns = [*(text if name == export.text else name for name in fields), *names.values()]
    rows, aside = [], {}
    for record in records:
        cells: list[Any] = [record.fields.get(name) for name in fields]
        for name in questions:
            own = None if record.aside else record.labels.get(name)
            cells.append(None if own is None else list(own) if name in several else next(iter(own), None))
        rows.append(Row(record.line, cells, numbers.get(record.line)))
        if record.aside:
            aside[record.line] = record.aside
    says = [counted(len(records), "row")]
    if labelled:
        says += [f"{len(aside):,} set aside"] if aside else []
        says += [_question(name, names[name], name in several) for name in questions]
    says += export.notes
    says += [f"field {name!r} is left out" for name in found if name not in fields]
    if any(BETWEEN in label for record in records for own in record.labels.values() for label in own or ()):
        says.append(f"labels with {BETWEEN} in them are several")
    warnings.warn(f"{path}: read as {export.format}: {'; '.join(says)}", FewtextWarning, stacklevel=5)
    return Table(path, columns, rows, {}, aside=aside)


def _any_has_several(export: Export, question: str) -> bool:
    return any(len(record.labels.get(question) or ()) > 1 for record in export.records)


def _question(name: str, column: str, several: bool) -> str:
    source = f" from {name!r}" if name != LABEL or column != LABEL else ""
    return f"{'several labels' if several else 'one label'} a text{source}"
