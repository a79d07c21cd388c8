"""``fewtext check``: what a file of labelled texts is worth, and which of its labels look wrong."""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING, Annotated

import typer

from fewtext.classify.label_names import NAME_WEIGHT
from fewtext.cli import common, fitting
from fewtext.cli.terminal import say, show
from fewtext.errors import FewtextError
from fewtext.files.json_text import to_json

if TYPE_CHECKING:
    from fewtext.quality.multi_label import MultiLabelCheckup


class Format(StrEnum):
    """How a check-up is written."""

    text = "text"
    json = "json"


def check(
    context: typer.Context,
    support: Annotated[str, typer.Argument(metavar="FILE", help="Labelled texts, or images: csv, jsonl, a folder …")],
    labels: fitting.Labels = None,
    learner: fitting.LearnerName = None,
    option: common.LearnerOptions = None,
    label_names: fitting.Names = True,
    name_weight: fitting.NameWeight = NAME_WEIGHT,
    text_column: common.TextColumn = None,
    label_column: fitting.LabelColumns = None,
    single_label: fitting.SingleLabel = False,
    format: Annotated[Format, typer.Option(help="For people or for scripts.")] = Format.text,
    at_least: Annotated[
        float | None,
        typer.Option(min=0, max=1, metavar="X", help="Exit with 3 where the expected accuracy, or F1, is below."),
    ] = None,
    encoder: common.Encoder = None,
    device: common.Device = "auto",
    dtype: common.Dtype = "auto",
    max_length: common.MaxLength = None,
) -> None:
    """Say how good a classifier a support makes, what more labels would bring, and which labels look wrong.

    Each example is answered by a classifier that has not seen it, so three of a label are needed at least. Where texts
    have several labels (a|b), it says how many of them are found, and which look wrong or missing.

    \b
    fewtext check support.csv
    fewtext check support.csv --format json --at-least 0.8
    """  # noqa: D301
    fitting.check_applicable(context)
    given = fitting.Given(
        support=support, labels=labels, learner=learner, option=option, encoder=encoder, label_names=label_names,
        name_weight=name_weight, text_column=text_column, label_column=label_column, single_label=single_label,
        device=device, dtype=dtype, max_length=max_length,
    )  # fmt: skip

    from fewtext.cli.progress import progress_bar

    examples, fitted = given.read()
    assert examples is not None
    with progress_bar("checking") as progress:
        from fewtext.classify.multi_label import MultiLabelClassifier
        from fewtext.quality.multi_label import check_up_sets
        from fewtext.quality.single_label import Checkup, check_up
        from fewtext.quality.text_report import in_words, sets_in_words, short

        model = fitted(progress)
        found: Checkup | MultiLabelCheckup
        found = check_up_sets(model) if isinstance(model, MultiLabelClassifier) else check_up(model)
    if model.n_examples_ != len(examples.texts):
        raise FewtextError("images that cannot be read", where=support, hint="leave out those named above")
    if format is Format.json:
        print(to_json({"lines": examples.lines or None, **found.as_json()}))
    else:
        places = [f"{support}:{line}" for line in examples.lines] or list(map(str, examples.texts))
        shown = [f"{place}: {short(str(text))}" for place, text in zip(places, examples.texts, strict=True)]
        owners = model.labels_of_support()
        lines = in_words(found, shown, owners) if isinstance(found, Checkup) else sets_in_words(found, shown, owners)
        show(lines)
    if at_least is not None and (found.promised is None or found.promised < at_least):
        what = "expected accuracy" if isinstance(found, Checkup) else "F1"
        say(f"the {what} is below {at_least:.1%}, or not known")
        raise typer.Exit(3)
