"""``fewtext evaluate``: how often a learner is right, on tasks of a corpus or on one's own labelled file."""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING, Annotated

import typer

from fewtext.cli import common, fitting
from fewtext.cli.applicable import refuse_all_but
from fewtext.cli.benchmark import evaluate_grid
from fewtext.cli.terminal import say, show
from fewtext.errors import FewtextError
from fewtext.files.json_text import to_json

if TYPE_CHECKING:
    from fewtext.evaluation.report import Report


SETTINGS = {"device", "dtype", "max_length"}
LEARNED = {"learner", "option", "encoder", "format", "at_least", *SETTINGS}
COLUMNS = {"text_column", "label_column"}
DRAWN = {"split", "fold", "ways", "shots", "queries", "unequal", "episodes", "seed", "sequence"}
APPLICABLE = {
    "grid": {"grid", "output", *SETTINGS},
    "corpus": {"corpus", "sheet", *DRAWN, *COLUMNS, *LEARNED},
    "files": {"support", "test", "label_names", "tune", "transductive", "single_label", *COLUMNS, *LEARNED},
    "runs": {"runs", "sheet", *LEARNED},
}
"""The parameters that say something, by what is evaluated on."""


class Format(StrEnum):
    """How a report is written."""

    text = "text"
    json = "json"


def evaluate(
    context: typer.Context,
    grid: Annotated[
        str | None, typer.Argument(metavar="[GRID]", help="A benchmark of many cells, as a TOML file; with --output.")
    ] = None,
    output: Annotated[
        str | None, typer.Option(metavar="DIR", help="Of a grid: what is finished there is not measured again.")
    ] = None,
    corpus: Annotated[str | None, common.CorpusSpec] = None,
    learner: Annotated[
        str | None, typer.Option(metavar="NAME|DIR", help="A learner, or what train wrote; default: logistic.")
    ] = None,
    option: common.LearnerOptions = None,
    split: Annotated[str | None, typer.Option(metavar="NAME", help="Draw from this split, all of its classes.")] = None,
    fold: Annotated[
        str | None,
        typer.Option(metavar="NAME", help="Draw from the classes that this fold keeps for testing, all splits."),
    ] = None,
    ways: Annotated[int, typer.Option(min=2, max=1_000_000, metavar="N", help="Classes a task.")] = 5,
    shots: Annotated[str, typer.Option(metavar="N", help="Examples a class: 1, or a range, 1-5.")] = "1",
    queries: Annotated[int, typer.Option(min=1, max=10_000, metavar="N", help="Queries a class.")] = 15,
    unequal: Annotated[bool, typer.Option("--unequal", help="Draw the shots of a range for each class.")] = False,
    episodes: Annotated[int, typer.Option(min=2, max=1_000_000, metavar="N", help="Tasks.")] = 600,
    seed: Annotated[int, typer.Option(min=0, max=2**63 - 1, metavar="N", help="Of the tasks.")] = 0,
    sequence: Annotated[
        bool, typer.Option("--sequence", help="Follow the examples one by one, labels one step late (mann).")
    ] = False,
    support: Annotated[
        str | None, typer.Option(metavar="FILE", help="Instead of a corpus: labelled examples to learn from …")
    ] = None,
    test: Annotated[str | None, typer.Option(metavar="FILE", help="… and labelled texts to be tried on.")] = None,
    runs: Annotated[
        str | None, typer.Option(metavar="ZIP", help="Instead of a corpus: Lake's one-shot runs, all_runs.zip.")
    ] = None,
    label_names: Annotated[bool, typer.Option(help="With --support: use each label's name as an example.")] = True,
    tune: fitting.Tune = None,
    transductive: Annotated[
        bool, typer.Option("--transductive", help="With --support: answer the texts together, not one by one.")
    ] = False,
    text_column: common.TextColumn = None,
    label_column: fitting.LabelColumns = None,
    single_label: fitting.SingleLabel = False,
    sheet: Annotated[
        str | None, typer.Option(metavar="FILE", help="Draw a few tasks of images, right and wrong: png, svg, pdf.")
    ] = None,
    at_least: Annotated[
        float | None, typer.Option(min=0, max=1, metavar="X", help="Exit with 3 where the accuracy is below.")
    ] = None,
    format: Annotated[Format, typer.Option(help="For people or for scripts.")] = Format.text,
    encoder: common.Encoder = None,
    device: common.Device = "auto",
    dtype: common.Dtype = "auto",
    max_length: common.MaxLength = None,
) -> None:
    """Measure accuracy with its 95 % interval, and the time to adapt and to answer.

    Tasks of a corpus: classes and examples are drawn anew for each, the same ones for every learner and on every
    device. Or one's own files: learn from one, answer the other. Or a grid: many corpora, learners and shots.

    \b
    fewtext evaluate --corpus office --learner logistic --ways 5 --shots 1
    fewtext evaluate --corpus clinc150 --fold protaugment_01 --learner my-learner --format json
    fewtext evaluate --support a.csv --test b.csv --at-least 0.9
    fewtext evaluate bench.toml --output results
    """  # noqa: D301
    if grid is not None or output is not None:
        if not grid or not output:
            raise FewtextError("a grid is a TOML file and --output", hint="fewtext evaluate bench.toml --output DIR")
        refuse_all_but(context, APPLICABLE["grid"], "a grid, which says what is measured", hint=f"write it into {grid}")
        evaluate_grid(grid, output, device=device, dtype=dtype, max_length=max_length)
        return
    files = support is not None or test is not None
    if files + (corpus is not None) + (runs is not None) != 1 or files and (support is None or test is None):
        raise FewtextError("nothing to evaluate on", hint="give --corpus, or --support and --test, or --runs")
    if files:
        refuse_all_but(context, APPLICABLE["files"], "--support and --test")
        fitting.refuse_columns(context, {"single_label", *COLUMNS}, support, test)
    else:
        mode = "corpus" if corpus is not None else "runs"
        refuse_all_but(context, APPLICABLE[mode], f"--{mode}")
    if unequal and shots.isdecimal():
        raise FewtextError("--unequal is for a range of shots", hint="give one, as --shots 1-5")
    if split and fold:
        raise FewtextError("--split and --fold contradict each other", hint="a fold takes the rows of all splits")

    from fewtext.cli.progress import progress_bar

    with progress_bar("evaluating") as progress:
        from fewtext.contracts.recipe import Range
        from fewtext.datasets.session import Session
        from fewtext.evaluation.episodic import Tasks, evaluate_corpus
        from fewtext.evaluation.full_way import evaluate_files
        from fewtext.evaluation.omniglot_runs import evaluate_runs
        from fewtext.learners.spec import find_learner
        from fewtext.registry.options import parse_options

        session = Session(
            device=device, dtype=dtype, max_length=max_length, text_column=text_column, label_column=label_column,
            progress=progress,
        )  # fmt: skip
        name = learner or "logistic"
        options = parse_options(find_learner(name).learner, option or [])
        if corpus is not None:
            tasks = Tasks(ways, Range.parse(shots), queries, unequal, episodes, seed, sequence)
            report = evaluate_corpus(
                session, corpus, name, options, tasks, split=split, fold=fold, encoder=encoder, figure=sheet
            )
        elif runs is not None:
            report = evaluate_runs(session, runs, name, options, encoder=encoder, figure=sheet)
        else:
            report = evaluate_files(
                session,
                str(support),
                str(test),
                name,
                options,
                encoder=encoder,
                label_names=label_names,
                transductive=transductive,
                single_label=single_label,
                tuner=tune,
            )
    if format is Format.json:
        print(to_json(report.as_json()))
    else:
        show(_in_words(report))
    if at_least is not None and report.accuracy < at_least:
        say(f"accuracy {report.accuracy:.1%} is below {at_least:.1%}")
        raise typer.Exit(3)


def _in_words(report: Report) -> list[str]:
    from fewtext.metrics.multi_label import SetMetrics

    learner = report.learner + (f" trained on {report.trained}" if report.trained else "")
    sets = report.metrics if isinstance(report.metrics, SetMetrics) else None
    what = ": all labels right in" if sets else ":"
    lines = [
        f"{learner} on {report.corpus}{what} {report.accuracy:.1%} ± {report.interval:.1%}  ({report.track})",
        f"{report.task}; {report.encoder}, {'with' if report.label_names else 'no'} label names",
        f"a task: {_seconds(report.seconds_to_adapt)} to adapt, {_seconds(report.seconds_to_predict)} to answer "
        f"{report.queries_a_task} queries, on {report.device}",
    ]
    if sets:
        low, high = sets.interval
        lines.insert(
            1,
            f"F1, all labels together: {sets.micro_f1:.2f} [{low:.2f}, {high:.2f}], the mean of labels "
            f"{sets.macro_f1:.2f}; {sets.precision:.0%} of labels given are right, {sets.recall:.0%} of all are given",
        )
    if report.by_step:
        lines.append("after inner steps: " + "  ".join(f"{s}: {a:.1%}" for s, a in enumerate(report.by_step)))
    if report.by_presentation:
        numbered = enumerate(report.by_presentation, 1)
        lines.append("by presentation of a class: " + "  ".join(f"{k}: {a:.1%}" for k, a in numbered))
    if report.episode_list:
        lines.append(f"episodes {report.episode_list}, seed {report.seed}")
    return lines


def _seconds(seconds: float) -> str:
    return f"{seconds * 1000:.1f} ms" if seconds < 1 else f"{seconds:.1f} s"
