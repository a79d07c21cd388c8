"""Options that several commands have, each worded once and under its heading."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated, Any

import typer

from fewtext.classify.defaults import DEFAULT_LEARNER
from fewtext.cli.completion import complete_corpus, complete_encoder, complete_learner
from fewtext.cli.help import ANSWERS, DEVICE, INPUT, LEARNING, OUTPUT
from fewtext.cli.hub_models import local
from fewtext.cli.terminal import say


class Format(StrEnum):
    """How a report is written."""

    text = "text"
    json = "json"


def _option(panel: str, *flags: str, help: str, **more: Any) -> Any:
    return typer.Option(*flags, help=help, rich_help_panel=panel, **more)


# Input

Support = Annotated[
    str | None,
    _option(
        INPUT,
        metavar="FILE",
        help="Labelled examples: csv, tsv, xlsx, jsonl, parquet, or a folder of images per label.",
    ),
]
Labels = Annotated[
    str | None, _option(INPUT, metavar="FILE", help="Labels, optionally with descriptions: label,description.")
]
Model = Annotated[
    str | None,
    _option(
        INPUT,
        metavar="DIR",
        callback=local,
        help="A classifier saved by classify --save, or hub:owner/name, instead of --support.",
    ),
]
TextColumn = Annotated[
    str | None, _option(INPUT, metavar="NAME", show_default="text", help="Column that holds the texts.")
]
TextColumns = Annotated[
    str | None,
    _option(
        INPUT, metavar="NAME", show_default="text", help="Column that holds the texts; several names, A,B, are joined."
    ),
]
LabelColumn = Annotated[
    str | None, _option(INPUT, metavar="NAME", show_default="label", help="Column that holds the labels.")
]
LabelColumns = Annotated[
    str | None,
    _option(
        INPUT,
        metavar="NAME",
        show_default="label",
        help="Column that holds the labels; several names, A,B, for columns of labels or of 0 and 1.",
    ),
]
SingleLabel = Annotated[bool, _option(INPUT, "--single-label", help='Do not split labels at "|".')]
OosLabel = Annotated[
    str | None, _option(INPUT, metavar="LABEL", help="Label that marks out-of-scope examples in the support.")
]
CorpusSpec = _option(
    INPUT,
    metavar="NAME|PATH",
    autocompletion=complete_corpus,
    help="A corpus: its name, a file, a folder, or hub:owner/name.",
)

# Learning

LearnerName = Annotated[
    str | None,
    _option(
        LEARNING,
        metavar="NAME|DIR",
        show_default=DEFAULT_LEARNER,
        autocompletion=complete_learner,
        help="A learner by name, a trained learner's folder, or auto for the best of three on held-out examples.",
    ),
]
TrainedLearner = Annotated[
    str | None,
    _option(
        LEARNING,
        metavar="NAME|DIR",
        show_default=DEFAULT_LEARNER,
        autocompletion=complete_learner,
        help="A learner by name, or a trained learner's folder.",
    ),
]
LearnerOptions = Annotated[
    list[str] | None,
    _option(LEARNING, "--option", "-o", metavar="NAME=VALUE", help="Option of the learner; may be given again."),
]
Encoder = Annotated[
    str | None,
    _option(
        LEARNING,
        metavar="MODEL",
        show_default="the trained learner's own, else the bundled one",
        autocompletion=complete_encoder,
        help="What turns texts into vectors: NAME, a model's folder, owner/model, or NAME:MODEL.",
    ),
]
MaxLength = Annotated[
    int | None,
    _option(
        LEARNING, min=2, metavar="TOKENS", show_default="what the model takes", help="Truncate texts to this length."
    ),
]
LabelNames = Annotated[
    bool, _option(LEARNING, help="Use each label's name as an example of it, weighted by --name-weight.")
]
NameWeight = Annotated[float, _option(LEARNING, metavar="NUMBER", help="Weight of a label's name; an example has 1.")]
Tune = Annotated[
    str | None,
    _option(
        LEARNING,
        metavar="NAME",
        help="Fine-tune the encoder on the examples first: contrastive, or contrastive:steps=20.",
    ),
]

Transductive = Annotated[bool, _option(ANSWERS, "--transductive", help="Predict jointly (label propagation).")]

# Output and device

ReportFormat = Annotated[Format, _option(OUTPUT, help="Text for people, json for scripts.")]
AtLeast = Annotated[
    float | None, _option(OUTPUT, min=0, max=1, metavar="X", help="Exit with code 3 where the accuracy is lower.")
]
Device = Annotated[
    str,
    _option(DEVICE, metavar="NAME", envvar="FEWTEXT_DEVICE", help="Where to compute: auto, cpu, cuda, cuda:1, mps."),
]
Dtype = Annotated[
    str,
    _option(
        DEVICE,
        metavar="NAME",
        envvar="FEWTEXT_DTYPE",
        help="Number format of the encoder: auto, float32, bfloat16, float16, int8 (extra onnx).",
    ),
]


def check_at_least(least: float | None, accuracy: float) -> None:
    """Exit with code 3 where the accuracy is lower than ``--at-least``."""
    if least is not None and accuracy < least:
        say(f"the accuracy, {accuracy:.1%}, is below {least:.1%}")
        raise typer.Exit(3)
