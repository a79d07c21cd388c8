"""From any file of examples to any format of examples."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable
from typing import Any, TextIO

from fewtext.errors import InputError
from fewtext.files.columns import as_label, as_string, as_text, header_of, position, positions, with_columns
from fewtext.files.doubtful_rows import rejection, verdict_columns
from fewtext.files.exports import argilla, doccano, fasttext, label_studio, prodigy, rasa, spacy
from fewtext.files.exports.recognise import read_examples_table
from fewtext.files.exports.record import UNLABELLED, Example, ToWrite, counted
from fewtext.files.exports.table_of import TEXT
from fewtext.files.label_columns import BETWEEN, LABEL, label_columns, read_labels
from fewtext.files.source import AnyPath
from fewtext.files.tables import Row, Table, write_table
from fewtext.files.text_columns import with_joined_texts

Writer = Callable[[ToWrite, TextIO], list[str]]


def read_to_write(
    path: AnyPath, text_column: str | None = None, label_column: str | None = None
) -> tuple[ToWrite, Counter[str]]:
    """Read texts, their labels where they have any, and other columns; count the rows left out by reason.

    A text without a label stays: it can be labelled in the tool that the file is written for.
    """
    table = read_examples_table(path, text_column, label_column, labelled=True)
    table, text_column = with_joined_texts(table, text_column)
    names = _label_columns(table, label_column)
    # Without a name of the user's the usual one is no name to insist on: a file may have no header.
    usual = names == [label_column or LABEL]
    roles = {TEXT: text_column} | ({LABEL: label_column if usual else names[0]} if names else {})
    columns, rows, where = with_columns(table, roles)
    labels_at = [where[LABEL], *positions(table, columns, names[1:])] if names else []
    if where.get(LABEL) == where[TEXT]:
        raise InputError(f"column {columns[where[TEXT]]!r} is also the column of texts", where=table.path)
    others = [at for at in range(len(columns)) if at not in (where[TEXT], *labels_at)]
    judged = verdict_columns(columns, [where[TEXT], *labels_at])
    left, kept = Counter[str](), list[Row]()
    for row in rows:
        if why := _unfit(table, row, columns, judged):
            left[why] += 1
        elif row.cells and not as_text(row.cells[where[TEXT]]):
            left["without a text"] += 1
        elif row.cells:
            kept.append(row)
    placed = [(f"{table.path}:{row.line}", [row.cells[at] for at in labels_at]) for row in kept]
    labels = read_labels(placed, [columns[at] for at in labels_at], as_label, None) if names else [None] * len(kept)
    several = any(isinstance(own, tuple) for own in labels)
    examples = [
        Example(
            as_string(row.cells[where[TEXT]]),
            own if own is None or isinstance(own, tuple) else (own,),
            {columns[at]: row.cells[at] for at in others if row.cells[at] not in (None, "")},
        )
        for row, own in zip(kept, labels, strict=True)
    ]
    if not examples:
        raise InputError("holds no text", where=table.path, hint="give a few texts")
    return ToWrite(examples, several), left


def _label_columns(table: Table, given: str | None) -> list[str]:
    """Return the columns of labels; none in a file of texts alone."""
    header = header_of(table)
    names = label_columns(header, given)
    headerless = table.columns is None and position(header, TEXT) is None and len(header) > 1
    return names if given or headerless or position(header, names[0]) is not None else []


def _unfit(table: Table, row: Row, columns: list[str], judged: list[int]) -> str:
    """Return why a row is left out; empty where it is not. Texts that wait for a label are kept."""
    if row.line in table.broken:
        return table.broken[row.line]
    if row.cells and len(row.cells) != len(columns):
        return f"not {len(columns)} fields"
    if (why := table.aside.get(row.line, "")) and why != UNLABELLED:
        return why
    return rejection(columns, row.cells, judged) if row.cells and not table.aside else ""


def _write_csv(content: ToWrite, stream: TextIO) -> list[str]:
    joint = [label for label in content.all_labels if BETWEEN in label] if content.several else []
    if joint:
        what, hint = (
            f"label {joint[0]!r} holds {BETWEEN}, which stands between labels in csv",
            "write jsonl, or rename it",
        )
        raise InputError(what, hint=hint)
    none = sum(one.labels == () for one in content.examples)
    _write_table(content, stream, "csv", lambda labels: BETWEEN.join(labels or ()))
    return [f"{counted(none, 'text')} with none of the labels: written as without a label"] if none else []


def _write_jsonl(content: ToWrite, stream: TextIO) -> list[str]:
    def cell(labels: tuple[str, ...] | None) -> Any:
        return None if labels is None else list(labels) if content.several else labels[0]

    _write_table(content, stream, "jsonl", cell)
    return []


def _write_table(content: ToWrite, stream: TextIO, kind: str, cell: Callable[[tuple[str, ...] | None], Any]) -> None:
    others = [
        name for name in dict.fromkeys(n for one in content.examples for n in one.other) if name not in (TEXT, LABEL)
    ]
    rows: Iterable[list[Any]] = (
        [one.text, cell(one.labels), *(one.other.get(name) for name in others)] for one in content.examples
    )
    write_table(stream, kind, [TEXT, LABEL, *others], rows)


WRITERS: dict[str, Writer] = {
    "csv": _write_csv,
    "jsonl": _write_jsonl,
    "label-studio": label_studio.write,
    "prodigy": prodigy.write,
    "doccano": doccano.write,
    "argilla": argilla.write,
    "spacy": spacy.write,
    "fasttext": fasttext.write,
    "rasa": rasa.write,
}
SUFFIXES = {"csv": "csv", "jsonl": "jsonl", "yml": "rasa", "yaml": "rasa", "ft": "fasttext", "fasttext": "fasttext"}
