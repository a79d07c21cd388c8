"""What an export holds, whatever tool wrote it: texts and their labels, and why a row is set aside."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from fewtext.errors import InputError

LabelSet = tuple[str, ...]
UNLABELLED = "without a label"


@dataclass(frozen=True)
class Record:
    """A row: its line, its fields, its labels by question (None where it has no answer), and why it is set aside."""

    line: int
    fields: dict[str, Any]
    labels: dict[str, LabelSet | None]
    aside: str = ""


@dataclass(frozen=True)
class Export:
    """The rows of a file in the format of a tool.

    ``text`` is the field of texts; ``several`` has the questions to which a text may have several answers, whether one
    has or not; ``notes`` say what was decided in reading.
    """

    format: str
    records: list[Record]
    text: str = "text"
    several: frozenset[str] = frozenset()
    notes: list[str] = field(default_factory=list)

    @property
    def questions(self) -> list[str]:
        """The questions that have an answer in some row."""
        return list(dict.fromkeys(name for record in self.records for name in record.labels))


class Example(NamedTuple):
    """A text to write: its labels, None where it has none yet, and other columns."""

    text: str
    labels: LabelSet | None
    other: dict[str, Any]


@dataclass(frozen=True)
class ToWrite:
    """Examples to write into a format; ``several`` where a text may have several labels."""

    examples: list[Example]
    several: bool

    @property
    def all_labels(self) -> list[str]:
        """All labels in the order in which they come."""
        return list(dict.fromkeys(label for one in self.examples for label in one.labels or ()))


def agreed(answers: Sequence[LabelSet]) -> LabelSet | None:
    """Return the answer that more than half of the annotators gave; None where there is none."""
    (most, _), *_ = counts = Counter(frozenset(own) for own in answers).most_common()
    if 2 * counts[0][1] <= len(answers):
        return None
    return next(own for own in answers if frozenset(own) == most)


def label_list(path: str, line: int, value: Any, what: str) -> LabelSet:
    """Return the labels that a string, a number or a list of them holds; raise ``InputError`` for another value."""
    items = value if isinstance(value, list) else [value]
    if any(isinstance(item, (dict, list, bool)) or item is None or not str(item).strip() for item in items):
        raise broken(path, line, f"{what} is {str(value)[:60]!r} instead of labels")
    return tuple(dict.fromkeys(str(item).strip() for item in items))


def broken(path: str, line: int, what: str) -> InputError:
    """Return the error for a row that is not as its format has it."""
    return InputError(what, where=f"{path}:{line}", hint="correct the row, or remove it")


def counted(count: int, noun: str) -> str:
    """Return a number and its noun: ``1 text``, ``2,000 texts``."""
    return f"{count:,} {noun}{'s' * (count != 1)}"


def text_field(fields: Sequence[str], named: Sequence[str]) -> str:
    """Return which field holds the texts: one that the user named, ``text``, or the only one."""
    for name in fields:
        if name in named:
            return name
    return fields[0] if "text" not in fields and len(fields) == 1 else "text"
