"""``fewtext train``: a learner meta-trained on many tasks of a corpus, for classes that it has not seen."""

from __future__ import annotations

from contextlib import ExitStack, closing
from dataclasses import asdict
from pathlib import Path
from typing import Annotated, Any

import typer

from fewtext.cli import common
from fewtext.cli.terminal import say
from fewtext.errors import FewtextError


def train(
    corpus: Annotated[str, common.CorpusSpec],
    learner: Annotated[str, typer.Option(metavar="NAME", help="The learner to train.")],
    output: Annotated[str, typer.Option(metavar="DIR", help="The run's folder, which is the trained learner.")],
    fold: Annotated[
        str | None,
        typer.Option(metavar="NAME", help="Which classes to train on; default: the corpus's first, or random_0."),
    ] = None,
    option: common.LearnerOptions = None,
    backbone: Annotated[
        str | None, typer.Option(metavar="NAME", help="What features go through: mlp, linear, mlp:hidden=128, …")
    ] = None,
    ways: Annotated[str | None, typer.Option(metavar="N", help="Classes a task: 5, or a range, 5-10.")] = None,
    shots: Annotated[str | None, typer.Option(metavar="N", help="Examples a class: 1, or a range, 1-5.")] = None,
    queries: Annotated[int | None, typer.Option(min=1, max=10000, metavar="N", help="Queries a class.")] = None,
    unequal: Annotated[
        bool | None, typer.Option("--unequal/--equal", help="Draw the shots of a range for each class of a task.")
    ] = None,
    tasks: Annotated[int | None, typer.Option(min=1, max=100000, metavar="N", help="Tasks an outer step.")] = None,
    steps: Annotated[int | None, typer.Option(min=1, max=1000000000, metavar="N", help="Outer steps, at most.")] = None,
    rate: Annotated[float | None, typer.Option(metavar="X", help="The outer optimiser's learning rate.")] = None,
    jitter: Annotated[
        float | None,
        typer.Option(min=0, max=0.5, metavar="X", help="Turn, shear, scale, shift images by up to this."),
    ] = None,
    validate_every: Annotated[int | None, typer.Option(min=1, metavar="N", help="Steps between validations.")] = None,
    patience: Annotated[
        int | None, typer.Option(min=1, metavar="N", help="Validations without a new best before it stops.")
    ] = None,
    text_column: common.TextColumn = None,
    label_column: common.LabelColumn = None,
    seed: Annotated[int, typer.Option(min=0, max=2**63 - 1, metavar="N", help="Of first weights and of episodes.")] = 0,
    resume: Annotated[bool, typer.Option("--resume", help="Go on with the run in --output, bit for bit.")] = False,
    tracker: Annotated[
        list[str] | None, typer.Option(metavar="NAME", help="Log there too; default: all installed; none for none.")
    ] = None,
    curves: Annotated[
        str | None, typer.Option(metavar="FILE", help="Draw loss and validation accuracy here: png, svg, pdf.")
    ] = None,
    encoder: common.Encoder = None,
    device: common.Device = "auto",
    dtype: common.Dtype = "auto",
    max_length: common.MaxLength = None,
) -> None:
    """Meta-train a learner; what is not said is the learner's own recipe.

    The classes of a fold are disjoint: some are trained on, others say when to stop, and the rest are never seen,
    for `fewtext evaluate` to try. Stopped at any moment, it goes on with --resume.

    \b
    fewtext train --corpus office --learner protonet --output my-learner
    fewtext evaluate --corpus office --learner my-learner --shots 1
    fewtext classify --support s.csv --query q.txt --learner my-learner
    """  # noqa: D301
    from fewtext.cli.progress import metrics_bar, progress_bar

    with progress_bar("preparing") as report:  # stands while torch is imported and the corpus encoded
        from fewtext.datasets.session import Session
        from fewtext.evaluation.figures import check_figure, draw_curves, read_metrics
        from fewtext.registry import discovery
        from fewtext.registry.options import parse_options
        from fewtext.training.loop import Listener
        from fewtext.training.plan import plan_training
        from fewtext.training.runs import METRICS, Run
        from fewtext.training.trackers import Trackers

        options = parse_options(discovery.learner(learner), option or [])
        if curves:
            check_figure(Path(curves))
        if not output:
            raise FewtextError("--output is empty", hint="name a folder")
        said: dict[str, Any] = {
            "backbone": backbone, "ways": ways, "shots": shots, "queries": queries, "unequal": unequal, "tasks": tasks,
            "steps": steps, "rate": rate, "jitter": jitter, "validate_every": validate_every, "patience": patience,
        }  # fmt: skip
        changes = {name: value for name, value in said.items() if value is not None}
        names = tracker or [offer.name for offer in discovery.offers("trackers")]
        names = [name for name in names if name != "none"]
        for name in names:
            discovery.tracker(name)  # a wrong name is said before the work
        session = Session(
            device=device, dtype=dtype, max_length=max_length, text_column=text_column, label_column=label_column,
            progress=report,
        )  # fmt: skip
        plan = plan_training(session, corpus, learner, options, changes, fold=fold, encoder=encoder, seed=seed)

    if unequal and plan.recipe.shots.low == plan.recipe.shots.high:
        raise FewtextError("--unequal is for a range of shots", hint="give one, as --shots 1-5")
    if jitter and not plan.train.are_images:
        raise FewtextError("--jitter turns images, and these features are vectors", hint="leave it out")

    with ExitStack() as stack:
        run = stack.enter_context(Run(Path(output), plan.settings, resume))
        what = f"{learner} on {plan.where}"
        if run.finished:
            say(f"{output}: this run has ended already")
            if curves:
                draw_curves(read_metrics(run.folder / METRICS), Path(curves), what)
            return
        trackers = stack.enter_context(closing(Trackers(names, run.folder, asdict(plan.settings))))
        show = stack.enter_context(metrics_bar(f"training {learner}", plan.recipe.steps))

        def log(step: int, metrics: dict[str, float]) -> None:
            run.log(step, metrics)
            trackers.log(step, metrics)
            show(step, metrics)

        try:
            end = plan.carry_out(run, Listener(log, run.keep))
        except KeyboardInterrupt:
            say(f"{output}: stopped; the same command with --resume goes on")
            raise
        if curves:
            draw_curves(read_metrics(run.folder / METRICS), Path(curves), what)
    found = f"{end.start_accuracy:.1%} before, {end.best_accuracy:.1%} at step {end.best_step}"
    if end.best_step == 0:
        found = f"{end.start_accuracy:.1%} before, and no step was better: the weights are as they began"
    say(f"{output}: {end.step} steps on {plan.where}; validation classes {found}")
