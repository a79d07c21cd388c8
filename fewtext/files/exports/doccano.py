"""doccano: a text a line with a list of labels, in csv joined by ``#``."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import Any, TextIO

from fewtext.files.exports.record import UNLABELLED, Export, Record, ToWrite, counted, label_list, text_field
from fewtext.files.exports.rows import Rows
from fewtext.files.json_text import to_json

NAME = "doccano"
_LABELS = ("label", "labels", "cats", "annotations")
_BETWEEN = "#"
_COLUMNS = {"id", "text", "data", "label", "Comments"}


def fits(rows: Rows) -> bool:
    """Whether texts have a number and lists of labels, or labels that are joined by ``#`` and stand alone elsewhere."""
    if "id" not in rows.columns or not {"text", "data"} & set(rows.columns):
        return False
    column = _column(rows)
    if column is None:
        return False
    cells = [row[column] for _, row in rows.first() if row[column] is not None]
    return bool(cells) and (all(isinstance(cell, list) for cell in cells) or _are_joined(rows, column))


def place_of_labels(rows: Rows) -> int | None:
    """Return the place of the column that may hold labels; None where other columns show that it is another tool's."""
    column = _column(rows) if "id" in rows.columns and {"text", "data"} & set(rows.columns) else None
    return None if column is None else rows.columns.index(column)


def _column(rows: Rows) -> str | None:
    names = _LABELS if "text" in rows.columns else _LABELS[:-1]  # Label Studio has data and annotations
    return next((name for name in names if name in rows.columns), None)


def _are_joined(rows: Rows, column: str) -> bool:
    """Whether some label is others of the file joined by ``#``: in doccano's own columns one of them, else all."""
    cells = {row[column].strip() for _, row in rows.good() if isinstance(row[column], str)}
    counts = Counter(part for cell in cells for part in _parts(cell))
    enough = any if set(rows.columns) <= _COLUMNS else all
    return any(len(_parts(cell)) > 1 and enough(counts[part] > 1 for part in _parts(cell)) for cell in cells)


def _parts(cell: str) -> list[str]:
    parts = [part.strip() for part in cell.split(_BETWEEN)]
    return parts if all(parts) else [cell]


def read(rows: Rows, named: Sequence[str]) -> Export:
    """Read labels; texts have one each where no text has several."""
    column = str(_column(rows))
    records, joined = [], False
    for line, row in rows.all():
        cell = row.pop(column)
        if column == "annotations" and isinstance(cell, list):
            cell = [own.get("label") if isinstance(own, dict) else own for own in cell]
        if isinstance(cell, str) and len(_parts(cell)) > 1:
            cell, joined = _parts(cell), True
        labels: Any = None
        aside = UNLABELLED
        if isinstance(cell, list) and cell and all(isinstance(item, (list, dict)) for item in cell):
            aside = "labels of spans instead of texts"
        elif cell not in (None, "", []):
            labels, aside = label_list(rows.path, line, cell, f"{column!r}"), ""
        records.append(Record(line, row, {"label": labels}, aside))
    texts = ["data"] if "text" not in rows.columns else ["text"]
    notes = ["labels are numbers, as the file has no names"] if column == "annotations" else []
    notes += [f"labels with {_BETWEEN} between them are several"] if joined else []
    return Export(NAME, records, text_field([*texts, *(n for n in named if n in rows.columns)], named), notes=notes)


def write(content: ToWrite, stream: TextIO) -> list[str]:
    """Write a text a line with the list of its labels."""
    without = sum(one.labels == () for one in content.examples)
    for number, one in enumerate(content.examples, 1):
        row = {"id": number, **one.other, "text": one.text, "label": list(one.labels or ())}
        stream.write(to_json(row) + "\n")
    return [f"{counted(without, 'text')} with none of the labels: written as without a label"] if without else []
