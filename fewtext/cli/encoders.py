"""``fewtext encoders``: the models with a short name, and the kinds of encoders that take any model."""

from __future__ import annotations

import json
from collections.abc import Iterator
from enum import StrEnum
from typing import Annotated, Any

import typer

from fewtext.cli.help import OUTPUT
from fewtext.cli.listing import idea, print_columns
from fewtext.cli.terminal import show
from fewtext.registry import discovery


class Format(StrEnum):
    """How the list is written."""

    table = "table"
    jsonl = "jsonl"


def encoders(
    format: Annotated[
        Format, typer.Option(rich_help_panel=OUTPUT, help="A table for people, jsonl for scripts.")
    ] = Format.table,
) -> None:
    """List what --encoder takes: models by a short name, and kinds of encoders for any model."""
    from fewtext.encoders.catalogue import CATALOGUE
    from fewtext.registry.options import describe

    models = [
        {
            "name": entry.name, "kind": "model", "languages": entry.languages, "parameters_millions": entry.parameters,
            "megabytes": entry.megabytes, "licence": entry.licence, "good_at": entry.good_at,
            "accuracy": dict(entry.accuracy) if entry.accuracy else None, "model": entry.pinned,
            "encoder": entry.encoder, "sha256": dict(entry.sha256),
        }
        for entry in CATALOGUE.values()
    ]  # fmt: skip
    offers = discovery.offers("encoders")
    kinds = [
        {"name": o.spec, "kind": "encoder", "good_at": idea(o, offers), "options": describe(o.thing)} for o in offers
    ]
    if format is Format.jsonl:
        for line in (*models, *kinds):
            print(json.dumps(line, ensure_ascii=False))
        return
    print_columns([("MODEL", "LANGUAGES", "WEIGHTS", "LICENCE", "5 EXAMPLES A LABEL", "GOOD AT"), *_rows(models)])
    show([""])
    print_columns(
        [("KIND", "WHAT IT IS", "OPTIONS"), *((kind["name"], kind["good_at"], kind["options"]) for kind in kinds)]
    )


def _rows(models: list[dict[str, Any]]) -> Iterator[tuple[str, ...]]:
    for model in models:
        accuracy = model["accuracy"] or {}
        measured = ", ".join(f"{corpus} {percent:.0f}" for corpus, percent in accuracy.items())
        yield (
            model["name"],
            model["languages"],
            f"{model['megabytes']} MB",
            model["licence"],
            measured or "not measured",
            model["good_at"],
        )
