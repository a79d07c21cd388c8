"""``fewtext adapter train | average | show``: an encoder meta-trained on many corpora, and what it has learned."""

from __future__ import annotations

from contextlib import ExitStack
from dataclasses import asdict, replace
from pathlib import Path
from typing import Annotated, Any

import typer

from fewtext.cli import options
from fewtext.cli.help import INPUT, LEARNING, OUTPUT
from fewtext.cli.sources import CorpusEncoding
from fewtext.cli.terminal import say, show
from fewtext.errors import FewtextError

TASKS, STEPS = "Tasks", "Training"
AdapterOutput = Annotated[
    str, typer.Option(metavar="FILE", rich_help_panel=OUTPUT, help="The adapter: a file, NAME.safetensors.")
]
Parts = Annotated[
    str | None,
    typer.Option(
        metavar="PARTS",
        rich_help_panel=LEARNING,
        show_default="the encoder's own",
        help="What the features consist of, as LAYER:POOLING:SHARE,…: 6:mean:0.6,6:cls:0.4.",
    ),
]


def train(
    corpus: Annotated[
        list[str],
        typer.Option(
            metavar="SPEC",
            rich_help_panel=INPUT,
            help="Corpus, folder of tables, or TOML with families of corpora; give it several times for several.",
        ),
    ],
    output: Annotated[
        str, typer.Option(metavar="DIR", rich_help_panel=OUTPUT, help="Folder of the run, which holds the adapter.")
    ],
    text_column: options.TextColumn = None,
    label_column: options.LabelColumn = None,
    encoding: CorpusEncoding = None,
    learner: Annotated[
        str, typer.Option(metavar="NAME", rich_help_panel=LEARNING, help="The learner whose loss is minimised.")
    ] = "protonet:distance=cosine,scale=20",
    encoder: options.Encoder = None,
    max_length: options.MaxLength = None,
    parts: Parts = None,
    rank: Annotated[
        int,
        typer.Option(
            min=0, max=1024, metavar="N", rich_help_panel=LEARNING, help="Rank of the change; 0 trains whole layers."
        ),
    ] = 32,
    keep: Annotated[
        float,
        typer.Option(
            min=0, metavar="X", rich_help_panel=LEARNING, help="How much the first part is kept as it was before."
        ),
    ] = 5.0,
    alone: Annotated[
        float,
        typer.Option(
            min=0, max=1, metavar="X", rich_help_panel=LEARNING, help="Share of the loss of the second part by itself."
        ),
    ] = 0.5,
    ways: Annotated[str, typer.Option(metavar="N", rich_help_panel=TASKS, help="Classes of a task: a range.")] = "5-40",
    shots: Annotated[str, typer.Option(metavar="N", rich_help_panel=TASKS, help="Examples per class.")] = "1-5",
    most_texts: Annotated[
        int, typer.Option(min=10, max=10000, metavar="N", rich_help_panel=TASKS, help="Most texts of a task.")
    ] = 160,
    names: Annotated[
        float,
        typer.Option(
            min=0, max=1, metavar="X", rich_help_panel=TASKS, help="Share of tasks that have the labels' names."
        ),
    ] = 0.5,
    tasks: Annotated[
        int, typer.Option(min=1, max=1000, metavar="N", rich_help_panel=STEPS, help="Tasks per step.")
    ] = 3,
    steps: Annotated[int, typer.Option(min=1, metavar="N", rich_help_panel=STEPS, help="Steps.")] = 1000,
    stop: Annotated[
        int | None,
        typer.Option(
            min=1, metavar="N", rich_help_panel=STEPS, show_default="after all", help="Step after which to stop."
        ),
    ] = None,
    rate: Annotated[float, typer.Option(metavar="X", rich_help_panel=STEPS, help="Highest learning rate.")] = 5e-4,
    seed: Annotated[
        int, typer.Option(min=0, max=2**63 - 1, metavar="N", rich_help_panel=STEPS, help="Seed of all that is drawn.")
    ] = 0,
    resume: Annotated[
        bool, typer.Option("--resume", rich_help_panel=OUTPUT, help="Resume the run in --output, bit for bit.")
    ] = False,
    device: options.Device = "auto",
    dtype: options.Dtype = "auto",
) -> None:
    """Meta-train an encoder on few-shot tasks of many corpora; what it learned is an adapter.

    \b
    fewtext adapter train --corpus a.csv --corpus b.csv --output run
    fewtext classify --support s.csv --query q.txt --encoder layers:+run/adapter.safetensors
    """  # noqa: D301
    from fewtext.cli.progress import metrics_bar, progress_bar

    with progress_bar("preparing") as report:
        from fewtext.contracts.recipe import Range
        from fewtext.datasets.session import Session
        from fewtext.encoders.bert import BertEncoder
        from fewtext.encoders.load import load_encoder, spec_of
        from fewtext.learners.spec import LearnerSpec, named_learner
        from fewtext.registry import discovery
        from fewtext.registry.options import default_options
        from fewtext.training.corpus_list import read_members
        from fewtext.training.encoder_runs import ADAPTER, EncoderRun, EncoderRunSettings
        from fewtext.training.end_to_end import EncoderRecipe, train_encoder
        from fewtext.training.loop import Listener

        kind, own = named_learner(learner, {})
        recipe = EncoderRecipe(
            ways=Range.parse(ways, 2), shots=Range.parse(shots), most_texts=most_texts, tasks=tasks, names=names,
            steps=steps, stop=stop, rate=_positive(rate), rank=rank or None, keep=keep, alone=alone,
            parts=_parts(parts),
        )  # fmt: skip
        session = Session(text_column=text_column, label_column=label_column, encoding=encoding, progress=report)
        loaded = load_encoder(encoder, device=device, dtype=dtype, max_length=max_length)
        if not isinstance(loaded, BertEncoder):
            raise FewtextError(f"the encoder {loaded.name} cannot be trained", hint="choose bert, with any model")
        members = read_members(corpus, session)
        width = loaded.shape[0] // max(1, len(loaded.parts))
        built = LearnerSpec(kind, own).build((width,), seed)
        settings = EncoderRunSettings(
            learner=discovery.spec_of("learners", kind), options={**default_options(kind), **own},
            encoder=spec_of(encoder), fingerprint=loaded.fingerprint, max_length=loaded.max_length,
            dtype=str(loaded.dtype), corpora=[member.card for member in members], recipe=asdict(recipe), seed=seed,
        )  # fmt: skip
    with ExitStack() as stack:
        run = EncoderRun(Path(output), settings, resume)
        stack.enter_context(run)
        if run.finished and (run.folder / ADAPTER).is_file():
            say(f"{output}: this run is finished already")
            return
        bar = stack.enter_context(metrics_bar("training the encoder", recipe.stop or recipe.steps))

        def log(step: int, metrics: dict[str, float]) -> None:
            run.log(step, metrics)
            bar(step, metrics)

        try:
            end, adapter = train_encoder(
                loaded, built, members, recipe, seed=seed, resume=run.checkpoint, listener=Listener(log, run.keep)
            )
        except KeyboardInterrupt:
            say(f"{output}: stopped; run the same command with --resume to go on")
            raise
        path = run.finish(adapter, settings, loaded.device)
    say(f"{path}: {end.step} steps on {len(members)} corpora, {path.stat().st_size:,} bytes")


def average(
    adapters: Annotated[list[str], typer.Argument(metavar="ADAPTER...", help="Adapters of the same model.")],
    output: AdapterOutput,
    strength: Annotated[
        float,
        typer.Option(
            min=0, max=2, metavar="X", rich_help_panel=LEARNING, help="Share of the change that is taken: 0 is none."
        ),
    ] = 1.0,
    rank: Annotated[
        int, typer.Option(min=1, max=1024, metavar="N", rich_help_panel=LEARNING, help="Rank of the adapter.")
    ] = 23,
    parts: Parts = None,
    encoder: Annotated[
        str | None,
        typer.Option(
            metavar="SPEC",
            rich_help_panel=LEARNING,
            show_default="the one that was trained",
            help="The model that it is for, where a copy of it was trained, such as one in half precision.",
        ),
    ] = None,
) -> None:
    """Average adapters, interpolate with the untouched encoder, and cut the result to a rank.

    \b
    fewtext adapter average run-0/adapter.safetensors run-1/adapter.safetensors --strength 0.6 --output a.safetensors
    """  # noqa: D301
    from fewtext.encoders.adapter import Adapter, averaged
    from fewtext.encoders.bert import BertEncoder
    from fewtext.encoders.load import load_encoder
    from fewtext.encoders.pooling import Part
    from fewtext.version import __version__

    read = [Adapter.read(Path(path)) for path in adapters]
    settings = {"strength": strength, "rank": rank, "parts": parts, "encoder": encoder, "fewtext": __version__}
    card = {"averaged": settings, "runs": [dict(one.card) for one in read]}
    made = averaged(read, strength, rank, card)
    if chosen := _parts(parts):
        made = replace(made, parts=Part.all_of(chosen))
    if encoder is not None:
        loaded = load_encoder(encoder)
        if not isinstance(loaded, BertEncoder):
            raise FewtextError(f"the encoder {loaded.name} has no adapters", hint="name bert, with a model")
        made.apply(loaded.trainable().model)  # which fails where it does not fit
        made = replace(made, model=loaded.model_fingerprint)
    made.write(Path(output))
    say(f"{output}: {len(read)} adapters, {Path(output).stat().st_size:,} bytes")


def show_card(adapter: Annotated[str, typer.Argument(metavar="ADAPTER", help="The file of an adapter.")]) -> None:
    """Print an adapter's card: the model it belongs to, and how and on what it was trained."""
    import json

    from fewtext.encoders.adapter import Adapter

    read = Adapter.read(Path(adapter))
    parts = [[part.layer, part.pooling, part.share] for part in read.parts]
    facts = {"model": read.model, "fingerprint": read.fingerprint, "parts": parts, **read.card}
    show(json.dumps(facts, indent=1).splitlines())


def _parts(text: str | None) -> tuple[tuple[int, str, float], ...]:
    """Read ``6:mean:0.6,6:cls:0.4``."""
    from fewtext.encoders.pooling import Part

    if not text:
        return ()
    try:
        rows = [part.split(":") for part in text.split(",")]
        parts = tuple((int(layer), pooling, float(share)) for layer, pooling, share in rows)
        Part.all_of(parts)
    except ValueError as error:
        raise FewtextError(f"parameter 'parts' is {text!r}: {error}", hint="write LAYER:POOLING:SHARE,…") from error
    return parts


def _positive(rate: float) -> float:
    if not 0 < rate <= 1:
        raise FewtextError(f"parameter 'rate' is {rate}", hint="give a number above 0 and at most 1")
    return rate


show_card.__name__ = "show"
GROUP_HELP = "Meta-train an encoder on many corpora: fewtext adapter train, average, show."
COMMANDS: tuple[Any, ...] = (train, average, show_card)
