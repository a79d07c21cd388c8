"""``fewtext info``: what a saved model is."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Annotated

import typer

from fewtext.cli import options
from fewtext.cli.hub_models import local
from fewtext.cli.listing import print_columns
from fewtext.cli.options import Format
from fewtext.files.json_text import to_json

if TYPE_CHECKING:
    from fewtext.classify.description import ModelDescription
    from fewtext.classify.saved_model import Expected


def info(
    model: Annotated[
        str,
        typer.Argument(metavar="DIR", callback=local, help="A classifier saved by classify --save, or hub:owner/name."),
    ],
    format: options.ReportFormat = Format.text,
) -> None:
    """Say what a saved classifier is: labels, examples, accuracy to expect, encoder, size, date and what it needs.

    The encoder is not loaded. Versions that differ from those installed here are shown beside each other.

    \b
    fewtext info my-model
    fewtext info hub:owner/name
    fewtext info my-model --format json
    """  # noqa: D301
    from fewtext.classify.description import describe

    found = describe(model)
    if format is Format.json:
        print(to_json(found.as_json()))
    else:
        print_columns(list(_rows(found)))


def _rows(found: ModelDescription) -> Iterator[tuple[str, str]]:
    yield "model", f"{found.folder}, {_size(found.size)}, schema {found.schema}"
    yield "made", found.date or "on a day that was not recorded"
    yield "answers", "any number of labels a text" if found.multi_label else "one label a text"
    names = found.label_descriptions
    more = f", and {names} name{'s' * (names != 1)} or descriptions of labels" if names else ""
    yield "examples", f"{found.examples} of {len(found.labels)} labels{more}"
    if found.texts_left_out:
        yield "", "their texts were left out: explanations have no words, and examples cannot be changed or checked"
    for counted in sorted(found.labels, key=lambda one: -one.examples):
        yield "", f"{counted.examples:>6}  {counted.label}"
    if found.out_of_scope:
        yield "out of scope", f"{found.out_of_scope.examples} examples, labelled {found.out_of_scope.label}"
    if found.right_answers or found.wrong_answers:
        yield "answers learned", f"{found.right_answers:,} marked right, {found.wrong_answers:,} marked wrong"
    if found.expected:
        yield "expected", _expected(found.expected)
    else:
        yield "expected", "not recorded"
    listed = ", ".join(f"{name}={value}" for name, value in found.options.items())
    kind = f"{', trained' if found.trained else ''} over the backbone {found.backbone}"
    yield "learner", f"{found.learner}{f' ({listed})' if listed else ''}{kind}"
    reach = f", at most {found.max_length} tokens a text" if found.max_length else ""
    tuned = f", fine-tuned by {found.tuner}" if found.tuner else ""
    yield "encoder", f"{found.encoder}{tuned}{reach}, fingerprint {found.fingerprint}"
    columns = {"texts": found.text_column, "labels": found.label_column}
    if any(columns.values()):
        yield "columns", "; ".join(f"{role} in {_joined(name)}" for role, name in columns.items() if name)
    if found.matrix_columns is not None:
        yield "matrix", f"an indicator matrix of {_joined(list(map(str, found.matrix_columns)))}"
    versions = (_version(name, version, found.versions_here.get(name)) for name, version in found.versions.items())
    yield "made with", ", ".join(versions) or "not recorded"
    yield "needs", f"the learner and the encoder above: {'here' if not found.missing else 'not all here'}"
    for sentence in found.missing:
        yield "missing", sentence


def _expected(own: Expected) -> str:
    """Return the measure, with its 95 % interval where it is a share of right answers."""
    interval = ""
    if own.measure == "accuracy":
        from fewtext.metrics.intervals import wilson

        low, high = wilson(round(own.value * own.examples), own.examples)
        interval = f" [{100 * low:.1f}, {100 * high:.1f}]"
    return f"{own.measure} {100 * own.value:.1f} %{interval}, on {own.examples} examples held out from their own fit"


def _joined(names: str | list[str]) -> str:
    return names if isinstance(names, str) else ", ".join(names)


def _version(name: str, version: str, here: str | None) -> str:
    return f"{name} {version}" + ("" if here == version else f" (here {here or 'not installed'})")


def _size(count: int) -> str:
    return f"{count / 1e6:.1f} MB" if count >= 1e6 else f"{count / 1e3:.1f} kB"
