"""fastText: a text a line, labels as words that begin with ``__label__``."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import TextIO

from fewtext.errors import InputError
from fewtext.files.exports.record import UNLABELLED, Export, Record, ToWrite, broken, counted
from fewtext.files.exports.rows import Rows

NAME = "fastText"
_PREFIX = "__label__"
_WORD = re.compile(rf"(?<!\S){_PREFIX}(\S*)\s*")


def fits(rows: Rows) -> bool:
    """Whether the file is lines, of which one of the first begins with a label, or all have one."""
    if len(rows.columns) != 1:
        return False
    lines = [line for _, row in rows.first() if (line := str(row[rows.columns[0]]).strip())]
    starts = any(line.startswith(_PREFIX) for line in (*lines, rows.columns[0].strip()))
    return starts or bool(lines) and all(_WORD.search(line) for line in lines)


def read(rows: Rows, named: Sequence[str]) -> Export:
    """Read labels wherever they stand in a line; the rest is the text."""
    if rows.columns[0].strip().startswith(_PREFIX):
        what = "has lines of fastText, and not the columns that its name promises"
        raise InputError(what, where=rows.path, hint="rename it to .txt")
    records = []
    for line, row in rows.all():
        content = str(row[rows.columns[0]])
        if not content.strip():
            continue
        found = _WORD.findall(content)
        if not all(found):
            raise broken(rows.path, line, f"{_PREFIX} without a label")
        labels = tuple(dict.fromkeys(found)) or None
        records.append(
            Record(line, {"text": _WORD.sub("", content).strip()}, {"label": labels}, "" if labels else UNLABELLED)
        )
    return Export(NAME, records)


def write(content: ToWrite, stream: TextIO) -> list[str]:
    """Write a line for each text that has a label; a label is one word, a text one line."""
    words = {label: re.sub(r"\s+", "_", label) for label in content.all_labels}
    if len(set(words.values())) < len(words):
        raise InputError("two labels differ in spaces alone, which fastText does not have", hint="rename one of them")
    bare = lines = prefixed = 0
    for one in content.examples:
        if not one.labels:
            bare += 1
            continue
        text = " ".join(one.text.split())
        lines += text != one.text
        prefixed += _PREFIX in text
        stream.write(" ".join([*(_PREFIX + words[label] for label in one.labels), text]) + "\n")
    changed = [label for label, word in words.items() if label != word]
    return [
        *([f"spaces in {counted(len(changed), 'label')} are written as _"] if changed else []),
        *([f"line breaks and repeated spaces in {counted(lines, 'text')} are written as one space"] if lines else []),
        *([f"{_PREFIX} in {counted(prefixed, 'text')} is read as a label"] if prefixed else []),
        *([f"left out: {counted(bare, 'text')} without a label"] if bare else []),
        *_columns(content),
    ]


def _columns(content: ToWrite) -> list[str]:
    names = dict.fromkeys(name for one in content.examples for name in one.other)
    return [f"columns left out: {', '.join(names)}"] if names else []
