"""What several commands begin with: a classifier from examples, from descriptions, or from a folder."""

from __future__ import annotations

import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated

import typer

from fewtext.errors import FewtextError

if TYPE_CHECKING:
    from fewtext.classifier import FewShotClassifier
    from fewtext.encoding import Progress

Support = Annotated[
    str | None,
    typer.Option(metavar="FILE", help="Labelled examples: csv, tsv, jsonl, parquet; folders of pictures."),
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
    name_weight: float = 1.0
    tune: str | None = None
    text_column: str | None = None
    label_column: str | None = None
    device: str = "auto"
    dtype: str = "auto"
    max_length: int | None = None

    def __post_init__(self) -> None:
        changed = not self.label_names or self.name_weight != 1
        named = (
            self.support,
            self.labels,
            self.label_column,
            self.learner,
            self.option,
            self.encoder,
            self.max_length,
            self.tune,
        )
        if self.model is not None and (changed or any(named)):
            raise FewtextError("--model is a whole classifier", cure="leave out what says how to learn one")
        if self.model is None and self.support is None and self.labels is None:
            raise FewtextError("nothing to learn from", cure="give --support, --labels or --model")
        if self.labels is not None and not self.label_names:
            raise FewtextError("--labels and --no-label-names contradict each other", cure="leave out one of them")

    def read(self) -> Callable[[Progress | None], FewShotClassifier]:
        """Read the files, so that a typing error is said in a second; return what fits or loads the classifier."""
        from fewtext.inputs import read_label_names, read_support

        examples = read_support(self.support, self.text_column, self.label_column) if self.support else None
        descriptions = read_label_names(self.labels, self.label_column) if self.labels else None

        def fitted(progress: Progress | None) -> FewShotClassifier:
            from fewtext.blueprints import find_learner
            from fewtext.choosing import AUTO, CANDIDATES
            from fewtext.classifier import DEFAULT_LEARNER, FewShotClassifier
            from fewtext.options import parse_options

            if self.model is not None:
                return FewShotClassifier.load(self.model, device=self.device, dtype=self.dtype)
            name = self.learner or DEFAULT_LEARNER
            options = list(self.option or [])
            classifier = FewShotClassifier(
                learner=name,
                options=parse_options(find_learner(CANDIDATES[0] if name == AUTO else name).learner, options),
                encoder=self.encoder,
                label_names=self.label_names if descriptions is None else descriptions,
                name_weight=self.name_weight,
                tuner=self.tune,
                device=self.device,
                dtype=self.dtype,
                max_length=self.max_length,
            )
            texts, labels = (examples.texts, examples.labels) if examples else ([], [])
            classifier.fit(texts, labels, progress=progress)
            if classifier.choice_:
                print(classifier.choice_, file=sys.stderr)
            return classifier

        return fitted
