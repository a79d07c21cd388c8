"""``fewtext benchmark run | compare | report | verify``: a grid of measurements, and what to read from it."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from fewtext.cli import options
from fewtext.cli.help import OUTPUT
from fewtext.cli.output import check_output
from fewtext.cli.progress import grid_bars
from fewtext.cli.terminal import say, show
from fewtext.errors import FewtextError

Folder = typer.Argument(metavar="DIR", help="The results of `fewtext benchmark run GRID --output DIR`.")
NEEDS = ("pandas", "sklearn", "scipy", "jinja2", "matplotlib", "tabulate")


class Format(StrEnum):
    """How a report is written."""

    text = "text"
    markdown = "markdown"
    csv = "csv"
    latex = "latex"
    html = "html"


def run(
    grid: Annotated[
        str,
        typer.Argument(
            metavar="GRID",
            help="A TOML file of corpora, learners and shots to combine, such as benchmarks/grids/episodic.toml.",
        ),
    ],
    output: Annotated[
        str,
        typer.Option(
            metavar="DIR", rich_help_panel=OUTPUT, help="Folder of the results; what is finished there is kept."
        ),
    ],
    device: options.Device = "auto",
    dtype: options.Dtype = "auto",
    max_length: options.MaxLength = None,
) -> None:
    """Measure every cell of a grid that is not finished yet, and print a table of all.

    An interrupted run goes on with the same command. A cell that fails is named, and the others go on.

    \b
    fewtext benchmark run bench.toml --output results
    """  # noqa: D301
    _check_installed()
    with grid_bars() as (watch, progress):
        from fewtext.benchmark.grid import read_grid
        from fewtext.benchmark.run import run_grid
        from fewtext.datasets.session import Session

        session = Session(device=device, dtype=dtype, max_length=max_length, progress=progress)
        cells = read_grid(Path(grid))
        failed = run_grid(cells, Path(output), session, watch)
    for cell, reason in failed:
        say(f"failed: {cell}: {reason}")
    if len(failed) < len(cells):
        report(output)
    if failed:
        raise FewtextError(
            f"{len(failed)} of {len(cells)} cells failed",
            hint="fix what they name and run the same command again for the rest",
        )


def report(
    folder: Annotated[str, Folder],
    format: Annotated[
        Format | None,
        typer.Option(
            rich_help_panel=OUTPUT, show_default="by the suffix of --output, else text", help="Format of the report."
        ),
    ] = None,
    output: Annotated[
        str | None,
        typer.Option(
            metavar="FILE", rich_help_panel=OUTPUT, show_default="stdout", help="A .md, .csv, .tex, .html or .txt file."
        ),
    ] = None,
) -> None:
    """Print the results of a grid as a table, or write a page of tables and charts.

    \b
    fewtext benchmark report results
    fewtext benchmark report results --format latex
    fewtext benchmark report results --output report.html
    """  # noqa: D301
    _check_installed()
    from fewtext.benchmark.results import RESULTS, TIMINGS, read_results
    from fewtext.benchmark.summary import rows
    from fewtext.benchmark.tables import footnotes, latex, long_table, markdown, text
    from fewtext.files.tables import atomic_output

    endings = {".md": "markdown", ".csv": "csv", ".tex": "latex", ".html": "html", ".txt": "text"}
    if output and not format and Path(output).suffix.lower() not in endings:
        raise FewtextError(f"cannot tell the format of {output}", hint=f"use the suffix {', '.join(endings)}")
    chosen = format.value if format else endings[Path(output).suffix.lower()] if output else "text"
    check_output(output, [str(Path(folder) / name) for name in (RESULTS, TIMINGS)])
    results = read_results(Path(folder))
    table_rows = rows(results)
    if chosen == "html":
        from fewtext.benchmark.html import page

        content = page(results, table_rows, title=Path(folder).resolve().name)
    elif chosen == "csv":
        content = long_table(table_rows).to_csv(index=False)
    else:
        written = {"text": text, "markdown": markdown, "latex": latex}[chosen]
        content = written(table_rows, footnotes(results, table_rows))
    if output is None:
        if chosen == "text":
            show(content.rstrip("\n").split("\n"))
        else:
            print(content, end="")
        return
    with atomic_output(Path(output)) as stream:
        stream.write(content)


def compare(
    folder: Annotated[str, Folder],
    other: Annotated[
        str | None, typer.Argument(metavar="[DIR]", help="Other results, to compare the same learners across.")
    ] = None,
    against: Annotated[
        str | None,
        typer.Option(
            metavar="NAME", rich_help_panel=OUTPUT, show_default="all pairs", help="Learner to compare all others with."
        ),
    ] = None,
) -> None:
    """Compare learners on identical tasks: a sentence per pair, in points of accuracy, with a 95 % interval.

    Differences are paired and resampled (10,000 times): tasks, or class folds and tasks in them, or supports and
    queries. p-values are adjusted for the number of pairs (Holm).

    \b
    fewtext benchmark compare results --against protonet
    fewtext benchmark compare results-before results-after
    """  # noqa: D301
    _check_installed()
    from dataclasses import replace

    from fewtext.benchmark.compare import compare, pairs_between, pairs_within
    from fewtext.benchmark.results import read_results
    from fewtext.benchmark.summary import rows

    table_rows = rows(read_results(Path(folder)))
    if other is None:
        pairs = pairs_within(table_rows, against)
    elif against is not None:
        raise FewtextError("--against compares within one folder", hint="leave it out, or the second folder")
    else:
        pairs = [
            (replace(a, learner=f"{a.learner} of {folder}"), replace(b, learner=f"{b.learner} of {other}"))
            for a, b in pairs_between(table_rows, rows(read_results(Path(other))))
        ]
    show(map(str, compare(pairs)))
    say("p is adjusted for the number of pairs (Holm), the intervals are not")


def verify(
    folder: Annotated[str, Folder],
    cells: Annotated[
        int | None,
        typer.Option(
            metavar="N", min=1, show_default="all", rich_help_panel="Tasks", help="Measure only so many cells again."
        ),
    ] = None,
    tolerance: Annotated[
        float,
        typer.Option(metavar="POINTS", min=0.0, rich_help_panel="Tasks", help="Points by which a number may differ."),
    ] = 0.5,
    device: options.Device = "auto",
    dtype: options.Dtype = "auto",
    max_length: options.MaxLength = None,
) -> None:
    """Measure the cells of somebody's results again, and say which are not what was claimed.

    The same supports, by their hash, the same rows and encoder; accuracy, calibration and F1 within the tolerance. The
    exit code is 1 where a cell differs. A line that was changed since it was written is an error.

    \b
    fewtext benchmark verify results --cells 3
    """  # noqa: D301
    _check_installed()
    with grid_bars() as (watch, progress):
        from fewtext.benchmark.results import read_results
        from fewtext.benchmark.verify import sample, verify
        from fewtext.datasets.session import Session

        chosen = sample(read_results(Path(folder)), cells)
        if not chosen:
            raise FewtextError(f"{folder} has no cell that was measured", hint="run the benchmark again")
        session = Session(device=device, dtype=dtype, max_length=max_length, progress=progress)
        verdicts = list(verify(chosen, session, tolerance / 100, lambda r, done, of: watch(r.cell, done, of)))
    show(
        f"{'differs' if verdict.differences else 'verified'}: {verdict.result.cell}"
        + "".join(f"\n  {difference}" for difference in verdict.differences)
        for verdict in verdicts
    )
    if wrong := sum(bool(verdict.differences) for verdict in verdicts):
        raise FewtextError(f"{wrong} of {len(verdicts)} cells differ", hint="see each above")


def _check_installed() -> None:
    from importlib.util import find_spec

    if missing := [name for name in NEEDS if find_spec(name) is None]:
        message = f"benchmarks need {', '.join(missing)}"
        raise FewtextError(message, hint='pip install "fewtext[benchmarks]"')


GROUP_HELP = "Measure many learners on many corpora, and compare them."
COMMANDS = (run, compare, report, verify)
