"""``fewtext update``: a saved classifier learns from decisions on its examples, or from its marked answers."""

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
from fewtext.errors import FewtextError


def update(
    model: Model,
    feedback: Annotated[
        str,
        typer.Option(
            metavar="FILE",
            rich_help_panel=INPUT,
            help="Doubts with a column decision (a label, or remove), or answers with a column right (true, false).",
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
    """Correct a saved classifier, by decisions on its examples, or by its answers marked right or wrong.

    Decisions on what check wrote are the same as fitting it again to the corrected file. A right answer is learned as
    an example, a wrong one as what its text is not. Either all rows fit and are carried out, or nothing is changed.

    \b
    fewtext check support.csv --output doubts.csv
    fewtext update --model my-model --feedback doubts.csv
    fewtext update --model my-model --feedback log.jsonl
    """  # noqa: D301
    closing = Closing()
    feedback_file = source(feedback, sheet_name, encoding)
    columns = columns_for(model, text_column, label_column)

    from fewtext.cli.progress import progress_bar
    from fewtext.files.answer_log import read_feedback

    with progress_bar("learning") as progress, ExitStack() as held:
        from fewtext.classify.feedback import changes, corrected
        from fewtext.classify.load import load_classifier
        from fewtext.classify.marked_answers import still_given
        from fewtext.classify.marking import new_answers, taught
        from fewtext.classify.model_folder import locked_model
        from fewtext.classify.multi_label import MultiLabelClassifier

        held.enter_context(locked_model(Path(model)))
        changed = old = load_classifier(model, device=device, dtype=dtype)
        labels = frozenset(map(str, old.classes_.tolist()))
        several = isinstance(old, MultiLabelClassifier)
        read = read_feedback(feedback_file, several, labels, columns.text, columns.label)
        if read.marks and new_labels:
            raise FewtextError("parameter 'new_labels' is for decisions, and these are marked answers", where=feedback)
        marked = new_answers(old, read.answers) if read.marks else None
        found = changes(old, read.corrections, new_labels=new_labels)
        if marked and marked.changes:
            changed = taught(old, marked.answers, progress=progress)
        elif found:
            changed = corrected(old, found, progress=progress)
        if changed is not old:
            changed.save(Path(model))
    if marked and marked.changes:
        learned = marked.learned_by(changed)
        right = sum(own.right for own in learned)
        what = f"{right:,} right and {len(learned) - right:,} wrong answers learned"
        what += f", {marked.forgotten:,} forgotten" * bool(marked.forgotten)
    else:
        what = f"{counted(len(found.labels), 'label')} corrected, {counted(len(found.removed), 'example')} removed"
    show([f"{what if changed is not old else 'nothing to change'}: {size_of(changed)}"])
    counts = [f"{counted(read.rows, 'row')} read"]
    if marked:
        counts += [f"{len(read.answers):,} marked", *[f"{marked.known:,} known already"] * bool(marked.known)]
        counts += [f"{marked.set_aside:,} set aside"] * bool(marked.set_aside)
        given, wrong = still_given(changed)
        counts += [f"{given:,} of {wrong:,} wrong answers still given"] * bool(wrong)
    else:
        counts += [f"{len(read.corrections):,} decided", *[f"{found.done:,} done already"] * bool(found.done)]
    closing.say(", ".join(counts), written=model if changed is not old else None)
