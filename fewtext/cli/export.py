"""``fewtext export``: a saved classifier as a folder that answers without torch, transformers or fewtext."""

from __future__ import annotations

from typing import Annotated

import typer

from fewtext.cli import abstention
from fewtext.cli.abstention import check_abstention
from fewtext.cli.closing import Closing
from fewtext.cli.help import ANSWERS, OUTPUT


def export(
    model: Annotated[str, typer.Argument(metavar="DIR", help="A classifier saved by classify --save.")],
    output: Annotated[str, typer.Argument(metavar="OUT", help="The folder to write; an earlier export is replaced.")],
    precision: abstention.Precision = None,
    confidence: abstention.Confidence = None,
    coverage: abstention.Coverage = None,
    ood_keep: abstention.OodKeep = None,
    unknown: Annotated[
        str,
        typer.Option(
            metavar="LABEL", rich_help_panel=ANSWERS, show_default="empty", help="Label of texts without an answer."
        ),
    ] = "",
    int8: Annotated[
        bool,
        typer.Option("--int8/--no-int8", rich_help_panel=OUTPUT, help="Add a second model with products in 8 bits."),
    ] = True,
) -> None:
    """Export a saved classifier as ONNX, JSON and a classify.py that needs numpy, onnxruntime and tokenizers alone.

    It is written only where it answers the examples as the classifier does. When to abstain is decided here.

    \b
    fewtext export my-model exported
    fewtext export my-model exported --precision 0.95 --unknown other
    python exported/classify.py texts.txt
    """  # noqa: D301
    closing = Closing()
    check_abstention(precision, confidence, ood_keep, coverage)

    from fewtext.cli.terminal import say
    from fewtext.export.folder import export_model

    stated = {} if confidence is None else {"confidence": confidence}
    parity = export_model(
        model, output, int8=int8, on_message=say,
        precision=precision, coverage=coverage, ood_keep=ood_keep, unknown=unknown, **stated,
    )  # fmt: skip
    closing.say(str(parity), written=output)
