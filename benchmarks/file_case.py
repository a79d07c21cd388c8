"""A file that is tried, with what must come out of it."""

import csv
import io
import json
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

PRINTER, CARD, LATE = "the printer on floor 2 is broken", "my card was charged twice", "the parcel is late, and wet"
PAIR = [(PRINTER, "hardware"), (CARD, "billing"), (LATE, "hardware")]
SETS = [(PRINTER, ("hardware",)), (CARD, ("billing", "urgent")), (LATE, ("urgent",))]


@dataclass(frozen=True)
class Case:
    """A file: how it is made, its examples, how many rows it has as queries, words that must be said, or an error.

    Where given, ``numbers``, ``lines`` and ``ids`` are those of the examples.
    """

    name: str
    make: Callable[..., Any]
    examples: list[tuple[str, Any]] = field(default_factory=list)
    rows: int = 3
    said: tuple[str, ...] = ()
    error: str = ""
    text_column: str | None = None
    label_column: str | None = None
    sheet: str | None = None
    numbers: list[int] | None = None
    lines: list[int] | None = None
    ids: list[str] | None = None

    def write(self, path, dump_lines, dump):
        """Write the file: rows as lines or as one document, as its name ends, text and bytes as they are."""
        content = self.make()
        if callable(content):
            content(path)
        elif isinstance(content, bytes):
            path.write_bytes(content)
        else:
            if not isinstance(content, str):
                content = dump(content) if path.suffix == ".json" else dump_lines(content)
            path.write_text(content, encoding="utf-8", newline="")


def lines(rows):
    """Return JSON, an object a line."""
    return "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows)


def pages(document):
    """Return JSON in one document."""
    return json.dumps(document, ensure_ascii=False, indent=1)


def table(header, *rows):
    """Return csv."""
    stream = io.StringIO()
    csv.writer(stream).writerows([header, *rows])
    return stream.getvalue()
