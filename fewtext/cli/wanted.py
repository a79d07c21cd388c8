"""What is asked of the answers of ``fewtext classify``, and where they go."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from fewtext.cli.engine import LocalEngine, RayEngine
from fewtext.cli.output import Format
from fewtext.cli.resume import Work


class Sort(StrEnum):
    """The order of answers."""

    file = "file"
    confidence = "confidence"


@dataclass(frozen=True)
class Wanted:
    """What is asked of the answers, and where they go; ``title`` is that of a page."""

    title: str
    top: int
    scores: bool
    explain: int
    abstaining: bool
    sort: Sort
    summary: bool
    kind: Format
    output: str | None
    html: str | None
    spreadsheet_safe: bool
    bom: bool
    label_name: str
    columns: str | None
    save: str | None
    at_once: list[str]
    """Options that take all answers together, by their flags."""
    resume: bool
    work: Work
    engine: LocalEngine | RayEngine
    parameters: dict[str, Any]
    """Those of ``fewtext.classify.predict.classify`` beyond ``top`` and ``explain``."""


def together(transductive: bool, sort: Sort, html: str | None) -> list[str]:
    """Return the flags of what takes all answers together."""
    given = {
        "--transductive": transductive,
        "--sort confidence": sort is Sort.confidence,
        "--html": html is not None,
    }
    return [flag for flag, is_given in given.items() if is_given]
