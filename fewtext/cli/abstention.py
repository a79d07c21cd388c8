"""Options of abstention, and which of their values contradict each other."""

from __future__ import annotations

from typing import Annotated

import typer

from fewtext.cli.help import ANSWERS
from fewtext.errors import FewtextError

Precision = Annotated[
    float | None,
    typer.Option(
        min=0,
        max=1,
        metavar="X",
        rich_help_panel=ANSWERS,
        help="Abstain, so that this share of given answers, such as 0.95, is right with the stated confidence.",
    ),
]
Confidence = Annotated[
    float | None,
    typer.Option(
        min=0.5, max=0.99, metavar="X", rich_help_panel=ANSWERS, show_default="0.9", help="That --precision is kept."
    ),
]
SetCoverage = Annotated[
    float | None,
    typer.Option(
        "--set",
        min=0,
        max=1,
        metavar="X",
        rich_help_panel=ANSWERS,
        help="Add the set of labels that has the right one for this share of texts, such as 0.9.",
    ),
]
Coverage = Annotated[
    float | None,
    typer.Option(
        min=0,
        max=1,
        metavar="X",
        rich_help_panel=ANSWERS,
        help="Answer only this fraction of the texts, the most confident first.",
    ),
]
OodKeep = Annotated[
    float | None,
    typer.Option(
        min=0,
        max=1,
        metavar="X",
        rich_help_panel=ANSWERS,
        help="Abstain on out-of-scope texts; 0.95 keeps about 95 % of in-scope ones.",
    ),
]


def check_abstention(
    precision: float | None,
    confidence: float | None,
    ood_keep: float | None,
    coverage: float | None = None,
    set_coverage: float | None = None,
) -> None:
    """Raise ``FewtextError`` for fractions that are none, and for options that contradict or need each other."""
    if precision is not None and coverage is not None:
        raise FewtextError("--precision and --coverage contradict each other", hint="leave one of them out")
    if coverage == 0 or precision == 0:
        raise FewtextError("--precision and --coverage are fractions", hint="above 0, at most 1")
    if confidence is not None and precision is None:
        raise FewtextError("--confidence is that of --precision", hint="add --precision, or leave it out")
    if set_coverage in (0, 1):
        raise FewtextError("--set is a fraction of the texts", hint="above 0 and below 1, such as 0.9")
    if ood_keep in (0, 1):
        raise FewtextError("--ood-keep is a fraction of the examples", hint="above 0 and below 1, such as 0.95")
