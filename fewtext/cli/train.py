"""``fewtext train``: a learner meta-trained on many tasks of a corpus, for classes that it has not seen."""

from __future__ import annotations

from contextlib import ExitStack, closing
from dataclasses import asdict
from pathlib import Path
from typing import Annotated, Any

import typer

from fewtext.cli import options
from fewtext.cli.completion import complete_learner
from fewtext.cli.help import INPUT, LEARNING, OUTPUT
from fewtext.cli.sources import CorpusEncoding, CorpusSheet
from fewtext.cli.terminal import say
from fewtext.errors import FewtextError

TASKS, STEPS = "Tasks", "Training"
RECIPE = "the learner's recipe"


def _recipe_option(panel: str, metavar: str, help: str, **limits: Any) -> Any:
    return typer.Option(metavar=metavar, rich_help_panel=panel, show_default=RECIPE, help=help, **limits)


def train(
    corpus: Annotated[str, options.CorpusSpec],
    learner: Annotated[
        str,
        typer.Option(
            metavar="NAME", rich_help_panel=LEARNING, autocompletion=complete_learner, help="The learner to train."
        ),
    ],
    output: Annotated[
        str,
        typer.Option(metavar="DIR", rich_help_panel=OUTPUT, help="Folder of the run, which holds the trained learner."),
    ],
    text_column: options.TextColumn = None,
    label_column: options.LabelColumn = None,
    sheet_name: CorpusSheet = None,
    encoding: CorpusEncoding = None,
    fold: Annotated[
        str | None,
        typer.Option(
            metavar="NAME",
            rich_help_panel=INPUT,
            show_default="the corpus's first, else random_0",
            help="Class fold: which classes to train, to validate and to test on.",
        ),
    ] = None,
    option: options.LearnerOptions = None,
    encoder: options.Encoder = None,
    max_length: options.MaxLength = None,
    backbone: Annotated[
        str | None,
        _recipe_option(LEARNING, "NAME", "Module between features and learner: linear, mlp:hidden=128, conv4, …"),
    ] = None,
    start: Annotated[
        str | None,
        typer.Option(
            metavar="DIR",
            rich_help_panel=LEARNING,
            show_default="random weights",
            help="A trained learner, of any kind, whose backbone to start from.",
        ),
    ] = None,
    ways: Annotated[str | None, _recipe_option(TASKS, "N", "Classes of a task: 5, or a range, 5-10.")] = None,
    shots: Annotated[str | None, _recipe_option(TASKS, "N", "Examples per class: 1, or a range, 1-5.")] = None,
    queries: Annotated[int | None, _recipe_option(TASKS, "N", "Queries per class.", min=1, max=10000)] = None,
    unequal: Annotated[
        bool | None,
        typer.Option(
            "--unequal/--equal",
            rich_help_panel=TASKS,
            show_default=RECIPE,
            help="Sample the shots of a range for each class, not for each task.",
        ),
    ] = None,
    jitter: Annotated[
        float | None,
        _recipe_option(TASKS, "X", "Turn, shear, scale and shift images by up to this.", min=0, max=0.5),
    ] = None,
    distort: Annotated[
        float | None, _recipe_option(TASKS, "X", "Bend images elastically by about this.", min=0, max=0.5)
    ] = None,
    mirror: Annotated[
        bool | None,
        typer.Option(
            "--mirror/--no-mirror",
            rich_help_panel=TASKS,
            show_default=RECIPE,
            help="Train on mirror images as classes of their own.",
        ),
    ] = None,
    tasks: Annotated[int | None, _recipe_option(STEPS, "N", "Tasks per outer step.", min=1, max=100000)] = None,
    steps: Annotated[int | None, _recipe_option(STEPS, "N", "Most outer steps.", min=1, max=1000000000)] = None,
    rate: Annotated[float | None, _recipe_option(STEPS, "X", "Learning rate of the outer optimiser.")] = None,
    average: Annotated[
        float | None,
        _recipe_option(
            STEPS, "X", "Decay of a moving average of the weights, to keep in their place.", min=0, max=0.99999
        ),
    ] = None,
    validate_every: Annotated[int | None, _recipe_option(STEPS, "N", "Steps between validations.", min=1)] = None,
    validation_episodes: Annotated[int | None, _recipe_option(STEPS, "N", "Tasks of a validation.", min=1)] = None,
    patience: Annotated[
        int | None, _recipe_option(STEPS, "N", "Validations without a new best before training stops.", min=1)
    ] = None,
    seed: Annotated[
        int,
        typer.Option(
            min=0,
            max=2**63 - 1,
            metavar="N",
            rich_help_panel=STEPS,
            help="Seed for the first weights and for sampling episodes.",
        ),
    ] = 0,
    resume: Annotated[
        bool, typer.Option("--resume", rich_help_panel=OUTPUT, help="Resume the run in --output, bit for bit.")
    ] = False,
    tracker: Annotated[
        list[str] | None,
        typer.Option(
            metavar="NAME",
            rich_help_panel=OUTPUT,
            show_default="all that are installed",
            help="Where metrics are logged besides the run's folder; none for nowhere else.",
        ),
    ] = None,
    curves: Annotated[
        str | None,
        typer.Option(
            metavar="FILE", rich_help_panel=OUTPUT, help="Draw loss and validation accuracy here: png, svg, pdf."
        ),
    ] = None,
    device: options.Device = "auto",
    dtype: options.Dtype = "auto",
) -> None:
    """Meta-train a learner on many small tasks of a corpus, by its own recipe unless you say otherwise.

    The classes of a fold are disjoint: some are trained on, others decide when to stop, and the rest are kept for
    `fewtext evaluate`. A run that was stopped at any moment goes on with --resume.

    \b
    fewtext train --corpus office --learner protonet --output my-learner
    fewtext evaluate --corpus office --learner my-learner --shots 1
    fewtext classify --support s.csv --query q.txt --learner my-learner
    """  # noqa: D301
    from fewtext.cli.progress import metrics_bar, progress_bar

    with progress_bar("preparing") as report:  # stands while torch is imported and the corpus encoded
        from fewtext.datasets.session import Session
        from fewtext.evaluation.figures import check_figure, draw_curves
        from fewtext.files.json_files import read_lines
        from fewtext.learners.spec import named_learner
        from fewtext.registry import discovery
        from fewtext.registry.options import parse_options
        from fewtext.training.loop import Listener
        from fewtext.training.plan import plan_training
        from fewtext.training.runs import METRICS, Run
        from fewtext.training.trackers import Trackers

        settings = parse_options(named_learner(learner, {})[0], option or [])
        if curves:
            check_figure(Path(curves))
        if not output:
            raise FewtextError("--output is empty", hint="name a folder")
        recipe: dict[str, Any] = {
            "backbone": backbone, "ways": ways, "shots": shots, "queries": queries, "unequal": unequal, "tasks": tasks,
            "steps": steps, "rate": rate, "average": average, "jitter": jitter, "distort": distort, "mirror": mirror,
            "validate_every": validate_every, "validation_episodes": validation_episodes, "patience": patience,
            "start": start,
        }  # fmt: skip
        changes = {name: value for name, value in recipe.items() if value is not None}
        if "none" in (tracker or []) and tracker != ["none"]:
            raise FewtextError("--tracker none and another tracker contradict each other", hint="leave one of them out")
        names = tracker or [offer.name for offer in discovery.offers("trackers")]
        names = [name for name in names if name != "none"]
        for name in names:
            discovery.tracker(name)  # a wrong name is an error before the work
        session = Session(
            device=device, dtype=dtype, max_length=max_length, text_column=text_column, label_column=label_column,
            sheet_name=sheet_name, encoding=encoding, progress=report,
        )  # fmt: skip
        plan = plan_training(session, corpus, learner, settings, changes, fold=fold, encoder=encoder, seed=seed)

    if unequal and plan.recipe.shots.low == plan.recipe.shots.high:
        raise FewtextError("--unequal is for a range of shots", hint="give one, as --shots 1-5")
    for name in ("jitter", "distort", "mirror"):
        if recipe[name] and not plan.train.are_images:
            raise FewtextError(f"--{name} changes images, and this corpus holds texts", hint="leave it out")

    with ExitStack() as stack:
        run = stack.enter_context(Run(Path(output), plan.settings, resume))

        def draw() -> None:
            if curves:
                metrics = list(read_lines(run.folder / METRICS))
                draw_curves(metrics, Path(curves), f"{learner} on {plan.where}")

        if resume and run.checkpoint is None and not run.finished:
            say(f"warning: {output}: no run to resume, so a new one begins")
        if run.finished:
            say(f"{output}: this run is finished already")
            draw()
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
            say(f"{output}: stopped; run the same command with --resume to go on")
            raise
        draw()
    outcome = f"{end.start_accuracy:.1%} before, {end.best_accuracy:.1%} at step {end.best_step}"
    if end.best_step == 0:
        outcome = f"{end.start_accuracy:.1%} before, with no improvement: the initial weights are kept"
    say(f"{output}: {end.step} steps on {plan.where}; accuracy on validation classes {outcome}")
