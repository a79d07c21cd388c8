"""A command: fewtext which says how right each learner is on examples that are held out of a file."""

from typing import Annotated

import typer

from fewtext import hookimpl

LEARNERS = "logistic,ridge,lda,protonet"


def which(
    support: Annotated[str, typer.Argument(metavar="FILE", help="Labelled texts: a csv with columns text and label.")],
    learner: Annotated[str, typer.Option(help="Learners to compare, with commas between.")] = LEARNERS,
) -> None:
    """Compare learners on labelled texts of your own."""
    import csv

    from fewtext import FewShotClassifier

    with open(support, newline="", encoding="utf-8-sig") as file:
        rows = list(csv.DictReader(file))
    if not rows or not {"text", "label"} <= rows[0].keys():
        raise typer.BadParameter(f"{support} has no columns text and label")
    texts, labels = [row["text"] for row in rows], [row["label"] for row in rows]
    for name in learner.split(","):
        report = FewShotClassifier(learner=name).fit(texts, labels).check()
        typer.echo(f"{name:12}{report.accuracy.held_out.value:.1%} of {len(texts)} held-out examples right")


@hookimpl
def register_commands(app: typer.Typer) -> None:
    app.command("which")(which)
