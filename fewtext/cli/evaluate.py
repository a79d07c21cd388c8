"""``fewtext evaluate``: how often a learner is right on tasks that are sampled from a corpus."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from fewtext.classify.defaults import DEFAULT_LEARNER
from fewtext.cli import options
from fewtext.cli.applicable import refuse, refuse_all_but
from fewtext.cli.help import INPUT, OUTPUT
from fewtext.cli.options import Format, check_at_least
from fewtext.cli.sources import CorpusEncoding, CorpusSheet
from fewtext.cli.terminal import show
from fewtext.errors import FewtextError
from fewtext.files.json_text import to_json

if TYPE_CHECKING:
    from fewtext.evaluation.report import Report

TASKS = "Tasks"
COMMON = {"learner", "option", "encoder", "figure", "curves", "format", "at_least", "device", "dtype", "max_length"}
SAMPLING = {"split", "fold", "ways", "shots", "queries", "unequal", "episodes", "seed", "sequence"}
APPLICABLE = {
    "corpus": {"corpus", "text_column", "label_column", "sheet_name", "encoding", *SAMPLING, *COMMON},
    "runs": {"runs", *COMMON},
}
"""The parameters that have an effect, by what is evaluated on."""


def evaluate(
    context: typer.Context,
    corpus: Annotated[str | None, options.CorpusSpec] = None,
    runs: Annotated[
        str | None,
        typer.Option(
            metavar="ZIP", rich_help_panel=INPUT, help="Instead of a corpus: Omniglot's one-shot runs, all_runs.zip."
        ),
    ] = None,
    text_column: options.TextColumn = None,
    label_column: options.LabelColumn = None,
    sheet_name: CorpusSheet = None,
    encoding: CorpusEncoding = None,
    learner: options.TrainedLearner = None,
    option: options.LearnerOptions = None,
    encoder: options.Encoder = None,
    max_length: options.MaxLength = None,
    split: Annotated[
        str | None,
        typer.Option(
            metavar="NAME", rich_help_panel=TASKS, show_default="all splits", help="Split to sample from, all classes."
        ),
    ] = None,
    fold: Annotated[
        str | None,
        typer.Option(
            metavar="NAME",
            rich_help_panel=TASKS,
            show_default="a trained learner's own, else all classes",
            help="Class fold whose test classes are sampled from, in all splits.",
        ),
    ] = None,
    ways: Annotated[
        int, typer.Option(min=2, max=1_000_000, metavar="N", rich_help_panel=TASKS, help="Classes of a task.")
    ] = 5,
    shots: Annotated[
        str, typer.Option(metavar="N", rich_help_panel=TASKS, help="Examples per class: 1, or a range, 1-5.")
    ] = "1",
    queries: Annotated[
        int, typer.Option(min=1, max=10_000, metavar="N", rich_help_panel=TASKS, help="Queries per class.")
    ] = 15,
    unequal: Annotated[
        bool,
        typer.Option(
            "--unequal", rich_help_panel=TASKS, help="Sample the shots of a range for each class, not for each task."
        ),
    ] = False,
    episodes: Annotated[
        int, typer.Option(min=2, max=1_000_000, metavar="N", rich_help_panel=TASKS, help="Number of tasks.")
    ] = 600,
    seed: Annotated[
        int,
        typer.Option(min=0, max=2**63 - 1, metavar="N", rich_help_panel=TASKS, help="Seed for sampling episodes."),
    ] = 0,
    sequence: Annotated[
        bool,
        typer.Option(
            "--sequence",
            rich_help_panel=TASKS,
            help="Present examples one by one: the label (mann), or whether it was right (rl2), comes one step late.",
        ),
    ] = False,
    figure: Annotated[
        str | None,
        typer.Option(
            metavar="FILE",
            rich_help_panel=OUTPUT,
            help="Draw a few episodes of images, or a sequence's regret: png, svg, pdf.",
        ),
    ] = None,
    curves: Annotated[
        str | None,
        typer.Option(
            metavar="FILE",
            rich_help_panel=OUTPUT,
            help="Draw accuracy by inner step and by second here: png, svg, pdf.",
        ),
    ] = None,
    at_least: options.AtLeast = None,
    format: options.ReportFormat = Format.text,
    device: options.Device = "auto",
    dtype: options.Dtype = "auto",
) -> None:
    """Measure a learner's accuracy, with its 95 % interval, on tasks sampled from a corpus.

    Classes and examples are sampled anew for each task, and are the same for every learner and on every device. Label
    names are not used. For your own labelled files see `fewtext score`, for many corpora and learners `fewtext
    benchmark run`.

    \b
    fewtext evaluate --corpus office --learner logistic --ways 5 --shots 1
    fewtext evaluate --corpus clinc150 --fold protaugment_01 --learner my-learner --format json
    """  # noqa: D301
    if (corpus is None) == (runs is None):
        raise FewtextError("give either --corpus or --runs")
    mode = "corpus" if corpus is not None else "runs"
    refuse_all_but(context, APPLICABLE[mode], f"--{mode}")
    if sequence:
        refuse(context, {"queries"}, "--sequence")
    if unequal and shots.isdecimal():
        raise FewtextError("--unequal is for a range of shots", hint="give one, as --shots 1-5")
    if split and fold:
        raise FewtextError("--split and --fold contradict each other", hint="a fold takes the rows of all splits")

    from fewtext.cli.progress import progress_bar

    with progress_bar("evaluating") as progress:
        from fewtext.contracts.recipe import Range
        from fewtext.datasets.session import Session
        from fewtext.evaluation.episodic import Tasks, evaluate_corpus
        from fewtext.evaluation.omniglot_runs import evaluate_runs
        from fewtext.learners.spec import find_learner
        from fewtext.registry.options import parse_options

        session = Session(
            device=device, dtype=dtype, max_length=max_length, text_column=text_column, label_column=label_column,
            sheet_name=sheet_name, encoding=encoding, progress=progress,
        )  # fmt: skip
        name = learner or DEFAULT_LEARNER
        settings = parse_options(find_learner(name).learner, option or [])
        if corpus is not None:
            tasks = Tasks(ways, Range.parse(shots), queries, unequal, episodes, seed, sequence)
            report = evaluate_corpus(
                session, corpus, name, settings, tasks, split=split, fold=fold, encoder=encoder, figure=figure,
                curves=curves,
            )  # fmt: skip
        else:
            report = evaluate_runs(session, str(runs), name, settings, encoder=encoder, figure=figure, curves=curves)
    if format is Format.json:
        print(to_json(report.as_json()))
    else:
        show(_in_words(report))
    check_at_least(at_least, report.accuracy)


def _in_words(report: Report) -> list[str]:
    learner = report.learner + (f" (trained on {report.trained})" if report.trained else "")
    lines = [
        f"{learner} on {report.corpus}: {report.accuracy:.1%} ± {report.interval:.1%}  ({report.track})",
        f"{report.task}; {report.encoder}, {'with' if report.label_names else 'no'} label names",
        f"a task: {_seconds(report.seconds_to_adapt)} to adapt, {_seconds(report.seconds_to_predict)} to answer "
        f"{report.queries_a_task} queries, on {report.device}",
    ]
    if report.by_step:
        lines.append(f"after inner steps: {_by_step(report.by_step, report.area_by_step)}")
    if report.untrained_by_step:
        before = _by_step(report.untrained_by_step, report.untrained_area_by_step)
        lines.append(f"before training{', after inner steps' * bool(report.by_step)}: {before}")
    if report.area_by_seconds is not None:
        lines.append(f"adaptability from 0.1 ms to 1 s: {report.area_by_seconds:.3f}, on {report.device}")
    if shares := report.by_presentation or report.reward_by_presentation:
        numbered = enumerate(shares, 1)
        lines.append("by presentation of a class: " + "  ".join(f"{k}: {a:.1%}" for k, a in numbered))
    if report.regret:
        others = "".join(f", {name} {earned['regret'][-1]:.1f}" for name, earned in (report.beside or {}).items())
        lines.append(f"wrong answers in a sequence of {len(report.regret)}: {report.regret[-1]:.1f}{others}")
    if report.episode_list:
        lines.append(f"episodes {report.episode_list}, seed {report.seed}")
    return lines


def _by_step(accuracy: list[float], area: float | None) -> str:
    if area is None:
        return f"{accuracy[-1]:.1%}, in at most 100 of these tasks"
    return "  ".join(f"{step}: {share:.1%}" for step, share in enumerate(accuracy)) + f"  mean: {area:.1%}"


def _seconds(seconds: float) -> str:
    return f"{seconds * 1000:.1f} ms" if seconds < 1 else f"{seconds:.1f} s"
