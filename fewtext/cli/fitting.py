"""What several commands begin with: a classifier from examples, from descriptions, or from a folder."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated

import typer

from fewtext.classify.label_names import NAME_WEIGHT
from fewtext.cli.applicable import refuse
from fewtext.cli.terminal import say
from fewtext.contracts.labels import normal_form
from fewtext.errors import FewtextError

if TYPE_CHECKING:
    from fewtext.classify.multi_label import MultiLabelClassifier
    from fewtext.classify.single_label import SingleLabelClassifier
    from fewtext.contracts.encoder import Progress
    from fewtext.files.examples import Examples

Support = Annotated[
    str | None,
    typer.Option(metavar="FILE", help="Labelled examples: csv, tsv, jsonl, parquet; folders of images."),
]
Labels = Annotated[
    str | None, typer.Option(metavar="FILE", help="Labels: a file with label,description, or of labels alone.")
]
Model = Annotated[
    str | None, typer.Option(metavar="DIR", help="A classifier kept by classify --save, in the place of --support.")
]
LearnerName = Annotated[
    str | None, typer.Option(metavar="NAME|DIR", help="A learner, what train wrote, or auto; default: logistic.")
]
Tune = Annotated[
    str | None,
    typer.Option(metavar="NAME", help="Train the encoder on the examples first: contrastive, say."),
]
Names = Annotated[bool, typer.Option(help="Use each label's name as an example of it.")]

NameWeight = Annotated[float, typer.Option(metavar="NUMBER", help="How much a name counts beside an example's 1.")]
LabelColumns = Annotated[
    str | None, typer.Option(metavar="NAME", help="Default: label; A,B for columns of 0 and 1, or of labels.")
]
SingleLabel = Annotated[bool, typer.Option("--single-label", help="A label is what stands there, also with a | in it.")]


LEARNING = {
    "support", "labels", "label_column", "single_label", "learner", "option", "encoder", "max_length", "label_names",
    "name_weight", "tune", "oos_label",
}  # fmt: skip
"""The parameters that say how to learn a classifier."""
OF_EXAMPLES = {"single_label", "tune"}


def check_applicable(context: typer.Context) -> None:
    """Raise ``FewtextError`` where parameters of a command that learns would be ignored beside others."""
    given = context.params
    if given.get("model") is not None:
        hint = "leave out what says how to learn one"
        refuse(context, LEARNING, "--model, which is a whole classifier", hint=hint)
    elif given["support"] is None and given["labels"] is not None:
        refuse(context, OF_EXAMPLES, "--labels without --support", hint="give examples, or leave it out")
    elif not given["label_names"]:
        refuse(context, {"name_weight"}, "--no-label-names")
    refuse_columns(context, {"label_column", "single_label"}, given["support"], given["labels"])
    refuse_columns(context, {"text_column"}, given["support"], given.get("query") or given.get("pool"))


def refuse_columns(context: typer.Context, names: Collection[str], *files: str | None) -> None:
    """Raise ``FewtextError`` where parameters about columns are given, and all the files are images."""
    from fewtext.files.examples import holds_images

    read = [file for file in files if file is not None]
    if read and all(map(holds_images, read)):
        refuse(context, names, "folders and zips of images, which have no columns")


@dataclass(frozen=True)
class Given:
    """What a command line says about the classifier."""

    support: str | None = None
    labels: str | None = None
    model: str | None = None
    learner: str | None = None
    option: Sequence[str] | None = None
    encoder: str | None = None
    label_names: bool = True
    name_weight: float = NAME_WEIGHT
    tune: str | None = None
    text_column: str | None = None
    label_column: str | None = None
    single_label: bool = False
    oos_label: str | None = None
    device: str = "auto"
    dtype: str = "auto"
    max_length: int | None = None

    def __post_init__(self) -> None:
        if self.model is None and self.support is None and self.labels is None:
            raise FewtextError("nothing to learn from", hint="give --support, --labels or --model")
        if self.labels is not None and not self.label_names:
            raise FewtextError("--labels and --no-label-names contradict each other", hint="leave out one of them")
        if self.oos_label is not None and not self.oos_label.strip():
            raise FewtextError("--oos-label is empty", hint="name the label of examples that have none")

    def read(self) -> tuple[Examples | None, Callable[[Progress | None], SingleLabelClassifier | MultiLabelClassifier]]:
        """Read the files, so that a typing error is said in a second.

        Return the examples, where there are any, and what fits or loads the classifier.
        """
        from fewtext.files.examples import read_label_names, read_support

        several = False if self.single_label else None
        examples = read_support(self.support, self.text_column, self.label_column, several) if self.support else None
        if examples and examples.multi_label:
            labels = {normal_form(label) for own in examples.labels for label in own}
            mean = sum(map(len, examples.labels)) / len(examples.labels)
            say(f"{self.support}: several labels a text, {mean:.1f} of {len(labels)} on average")
        descriptions = read_label_names(self.labels, self.label_column) if self.labels else None

        def fitted(progress: Progress | None) -> SingleLabelClassifier | MultiLabelClassifier:
            from fewtext.classify.defaults import AUTO, CANDIDATES, DEFAULT_LEARNER
            from fewtext.classify.load import load_classifier
            from fewtext.classify.multi_label import MultiLabelClassifier
            from fewtext.classify.single_label import SingleLabelClassifier
            from fewtext.learners.spec import find_learner
            from fewtext.registry.options import parse_options

            if self.model is not None:
                return load_classifier(self.model, device=self.device, dtype=self.dtype)
            name = self.learner or DEFAULT_LEARNER
            options = list(self.option or [])
            kind = MultiLabelClassifier if examples and examples.multi_label else SingleLabelClassifier
            classifier = kind(
                learner=name,
                options=parse_options(find_learner(CANDIDATES[0] if name == AUTO else name).learner, options),
                encoder=self.encoder,
                label_names=self.label_names if descriptions is None else descriptions,
                name_weight=self.name_weight,
                tuner=self.tune,
                device=self.device,
                dtype=self.dtype,
                max_length=self.max_length,
                oos_label=self.oos_label.strip() if self.oos_label is not None else None,
            )
            texts, labels = (examples.texts, examples.labels) if examples else ([], [])
            classifier.fit(texts, labels, progress=progress)
            if isinstance(classifier, SingleLabelClassifier) and classifier.choice_:
                say(classifier.choice_)
            return classifier

        return examples, fitted
