"""A page to look through thousands of texts with their labels: searched, filtered and sorted in the browser alone."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

from fewtext.classify.prediction import Neighbour
from fewtext.evaluation.pages import render
from fewtext.files.json_text import to_json


@dataclass(frozen=True)
class Column:
    """A column of the table, and how its values are shown."""

    name: str
    kind: Literal["text", "number", "percent"] = "text"


@dataclass(frozen=True)
class BrowseRow:
    """A text's cells, one a column; the labels it is filtered by; more lines about it, and the examples nearest to it.

    ``confidence`` is the fraction that it is filtered by, None where it has none.
    """

    cells: list[Any]
    labels: list[str]
    confidence: float | None
    details: list[str] = field(default_factory=list)
    nearest: list[Neighbour] = field(default_factory=list)


def browse_page(
    title: str, facts: Sequence[str], columns: Sequence[Column], rows: Sequence[BrowseRow], confidence: str
) -> str:
    """Return the page; ``facts`` stand below its title, and ``confidence`` says what is filtered by the fraction."""
    examples: dict[tuple[str, str, bool], int] = {}
    content = []
    for row in rows:
        near = []
        for one in row.nearest:
            place = examples.setdefault((one.text, one.label, one.is_name), len(examples))
            near.append([place, round(one.similarity, 3)])
        content.append([row.cells, row.labels, row.confidence, row.details, near])
    data = {
        "columns": [[column.name, column.kind] for column in columns],
        "rows": content,
        "examples": [list(example) for example in examples],
    }
    # Within a script element nothing but "</script" and "<!--" has a meaning.
    return render("browse", title=title, facts=facts, confidence=confidence, data=to_json(data).replace("<", "\\u003c"))
