"""A classifier from a command line: from examples, from descriptions of the labels, or from a folder."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import typer

from fewtext.classify.label_names import NAME_WEIGHT
from fewtext.classify.remembered import Columns, columns_for
from fewtext.cli.applicable import refuse
from fewtext.cli.terminal import say
from fewtext.contracts.labels import normal_form
from fewtext.errors import FewtextError, FewtextWarning
from fewtext.files.source import AnyPath

if TYPE_CHECKING:
    from fewtext.classify.multi_label import MultiLabelClassifier
    from fewtext.classify.single_label import SingleLabelClassifier
    from fewtext.contracts.encoder import Progress
    from fewtext.files.examples import Examples

LEARNING = {
    "support", "labels", "label_column", "single_label", "learner", "option", "encoder", "max_length", "label_names",
    "name_weight", "tune", "oos_label",
}  # fmt: skip
"""Parameters that say how to learn a classifier."""
OF_EXAMPLES = {"single_label", "tune"}


def check_applicable(context: typer.Context, of_queries: Collection[str] = ()) -> None:
    """Raise ``FewtextError`` where a parameter would have no effect beside the others that are given.

    ``of_queries`` are parameters that tell how the queries are read, too, so that they go with ``--model``.
    """
    given = context.params
    if given.get("model") is not None:
        refuse(
            context,
            LEARNING - set(of_queries),
            "--model, a classifier that is already fitted",
            hint="leave out one or the other",
        )
    elif given["support"] is None and given["labels"] is not None:
        refuse(context, OF_EXAMPLES, "--labels without --support", hint="add --support, or leave it out")
    elif not given["label_names"]:
        refuse(context, {"name_weight"}, "--no-label-names")
    refuse_columns(context, {"label_column", "single_label"}, given["support"], given["labels"])
    texts = next((given[name] for name in ("query", "pool", "test") if given.get(name)), None)
    refuse_columns(context, {"text_column"}, given["support"], texts)


def refuse_columns(context: typer.Context, names: Collection[str], *files: str | None) -> None:
    """Raise ``FewtextError`` where columns are named and all the files are folders or zips of images."""
    from fewtext.files.examples import holds_images

    read = [file for file in files if file is not None]
    if read and all(map(holds_images, read)):
        refuse(context, names, "folders and zips of images: they have no columns")


@dataclass(frozen=True)
class ClassifierArguments:
    """What a command line says about the classifier."""

    support: AnyPath | None = None
    labels: AnyPath | None = None
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
    needs_oos_examples: bool = True
    """Whether a support without any example of ``oos_label`` is an error."""
    device: str = "auto"
    dtype: str = "auto"
    max_length: int | None = None

    def __post_init__(self) -> None:
        if self.model is None and self.support is None and self.labels is None:
            raise FewtextError("nothing to learn from", hint="give --support, --labels or --model")
        if self.labels is not None and not self.label_names:
            raise FewtextError("--labels and --no-label-names contradict each other", hint="leave one of them out")
        if self.oos_label is not None and not self.oos_label.strip():
            raise FewtextError("--oos-label is empty", hint="name the label that marks out-of-scope examples")

    @property
    def columns(self) -> Columns:
        """The names of columns: those given, or those that the model remembers."""
        return columns_for(self.model, self.text_column, self.label_column)

    def _oos_label(self, examples: Examples | None) -> str | None:
        """Return the label that the classifier learns from out-of-scope examples."""
        if self.oos_label is None:
            return None
        wanted = self.oos_label.strip()
        known = {normal_form(label) for label in examples.labels if isinstance(label, str)} if examples else set()
        return wanted if self.needs_oos_examples or normal_form(wanted) in known else None

    def read(self) -> tuple[Examples | None, Callable[[Progress | None], SingleLabelClassifier | MultiLabelClassifier]]:
        """Read the files, before torch is loaded, so that a typing error is reported in a second.

        Return the examples, where there are any, and a function that fits or loads the classifier.
        """
        from fewtext.files.examples import read_label_names, read_support

        several = False if self.single_label else None
        examples = read_support(self.support, self.text_column, self.label_column, several) if self.support else None
        if examples and examples.multi_label:
            labels = {normal_form(label) for own in examples.labels for label in own}
            mean = sum(map(len, examples.labels)) / len(examples.labels)
            say(f"{self.support}: texts may have several labels, {mean:.1f} of {len(labels)} on average")
        descriptions = read_label_names(self.labels, self.label_column) if self.labels else None

        def fitted(progress: Progress | None) -> SingleLabelClassifier | MultiLabelClassifier:
            from fewtext.classify.defaults import AUTO, CANDIDATES, DEFAULT_LEARNER
            from fewtext.classify.load import load_classifier
            from fewtext.classify.multi_label import MultiLabelClassifier
            from fewtext.classify.oos_comparison import better_as_ordinary_label
            from fewtext.classify.single_label import SingleLabelClassifier
            from fewtext.learners.spec import find_learner
            from fewtext.registry.options import parse_options

            if self.model is not None:
                return load_classifier(self.model, device=self.device, dtype=self.dtype)
            name = self.learner or DEFAULT_LEARNER
            own = find_learner(CANDIDATES[0] if name.partition(":")[0] == AUTO else name).learner
            kind = MultiLabelClassifier if examples and examples.multi_label else SingleLabelClassifier
            classifier = kind(
                learner=name,
                options=parse_options(own, self.option or []),
                encoder=self.encoder,
                label_names=self.label_names if descriptions is None else descriptions,
                name_weight=self.name_weight,
                tuner=self.tune,
                device=self.device,
                dtype=self.dtype,
                max_length=self.max_length,
                oos_label=self._oos_label(examples),
                text_column=self.text_column,
                label_column=self.label_column,
            )
            texts, labels = (examples.texts, examples.labels) if examples else ([], [])
            classifier.fit(texts, labels, progress=progress)
            if isinstance(classifier, SingleLabelClassifier) and classifier.choice_:
                say(classifier.choice_)
            if isinstance(classifier, SingleLabelClassifier) and (sentence := better_as_ordinary_label(classifier)):
                warnings.warn(sentence, FewtextWarning, stacklevel=2)
            return classifier

        return examples, fitted
