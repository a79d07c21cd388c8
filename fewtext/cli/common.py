"""Options that several commands have, worded once."""

from __future__ import annotations

from typing import Annotated

import typer

LearnerOptions = Annotated[
    list[str] | None, typer.Option("--option", "-o", metavar="NAME=VALUE", help="Of the learner, as NAME=VALUE.")
]
CorpusSpec = typer.Option(metavar="NAME|PATH", help="A corpus by name, a file, a folder, or hub:owner/name.")
Encoder = Annotated[
    str | None,
    typer.Option(
        metavar="MODEL",
        help="NAME, a model's folder, owner/model, or NAME:MODEL; default: a trained learner's own, else layers to "
        "classify, bert for tasks and training.",
    ),
]
Device = Annotated[str, typer.Option(metavar="NAME", envvar="FEWTEXT_DEVICE", help="auto, cpu, cuda, cuda:1, mps.")]
Dtype = Annotated[
    str, typer.Option(metavar="NAME", envvar="FEWTEXT_DTYPE", help="Of the encoder: auto, float32, bfloat16, float16.")
]
MaxLength = Annotated[int | None, typer.Option(min=2, metavar="TOKENS", help="Cut longer texts there.")]
TextColumn = Annotated[str | None, typer.Option(metavar="NAME", help="Default: text.")]
LabelColumn = Annotated[str | None, typer.Option(metavar="NAME", help="Default: label.")]
