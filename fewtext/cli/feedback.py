"""``fewtext update``: corrections of a saved classifier, from the file of doubts that ``check`` wrote."""

from __future__ import annotations

from contextlib import ExitStack
from pathlib import Path
from typing import Annotated

import typer

from fewtext.classify.remembered import columns_for
from fewtext.cli import options
from fewtext.cli.closing import Closing, counted
from fewtext.cli.help import INPUT
from fewtext.cli.sources import Encoding, SheetName, source
from fewtext.cli.terminal import show
from fewtext.cli.update import Model, size_of


def update(
    model: Model,
    feedback: Annotated[
        str,
        typer.Option(
            metavar="FILE",
            rich_help_panel=INPUT,
            help="A file of doubts with decisions: the right label, remove, or nothing to leave an example as it is.",
        ),
    ],
    new_labels: Annotated[
        bool, typer.Option("--new-labels", rich_help_panel=INPUT, help="Let decisions be labels that are new.")
    ] = False,
    text_column: options.TextColumns = None,
    label_column: options.LabelColumns = None,
    sheet_name: SheetName = None,
    encoding: Encoding = None,
    device: options.Device = "auto",
    dtype: options.Dtype = "auto",
) -> None:
    """Correct examples of a saved classifier: the same as fitting it again to the corrected file.

    Either all decisions fit and are carried out, or nothing is changed.

    \b
    fewtext check support.csv --output doubts.csv
    fewtext update --model my-model --feedback doubts.csv
    """  # noqa: D301
    closing = Closing()
    feedback_file = source(feedback, sheet_name, encoding)
    columns = columns_for(model, text_column, label_column)

    from fewtext.cli.progress import progress_bar
    from fewtext.files.feedback import read_corrections

    with progress_bar("learning") as progress, ExitStack() as held:
        from fewtext.classify.feedback import changes, corrected
        from fewtext.classify.load import load_classifier
        from fewtext.classify.model_folder import locked_model
        from fewtext.classify.multi_label import MultiLabelClassifier

        held.enter_context(locked_model(Path(model)))
        old = load_classifier(model, device=device, dtype=dtype)
        labels = frozenset(map(str, old.classes_.tolist()))
        several = isinstance(old, MultiLabelClassifier)
        corrections, rows = read_corrections(feedback_file, several, labels, columns.text, columns.label)
        found = changes(old, corrections, new_labels=new_labels)
        changed = old
        if found:
            changed = corrected(old, found, progress=progress)
            changed.save(Path(model))
    if found:
        what = f"{counted(len(found.labels), 'label')} corrected, {counted(len(found.removed), 'example')} removed"
        show([f"{what}: {size_of(changed)}"])
    else:
        show([f"nothing to change: {size_of(changed)}"])
    counts = [
        f"{counted(rows, 'row')} read",
        f"{len(corrections):,} decided",
        *[f"{found.done:,} done already"] * bool(found.done),
    ]
    closing.say(", ".join(counts), written=model if found else None)
