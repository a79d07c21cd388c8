"""The estimator: one class for one or several labels a text, by scikit-learn's contract."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self

import numpy as np

from fewtext.classify import feedback, marking, update
from fewtext.classify.active_learning import Suggestion, suggest
from fewtext.classify.answering import Answering
from fewtext.classify.columns import LabelColumn, column_names, has_labels, labels_in, texts_in
from fewtext.classify.decisions import answers_in, corrections_in
from fewtext.classify.defaults import DEFAULT_LEARNER
from fewtext.classify.indicators import column_places
from fewtext.classify.label_names import NAME_WEIGHT
from fewtext.classify.load import load_classifier
from fewtext.classify.multi_label import MultiLabelClassifier
from fewtext.classify.parameters import Parameters
from fewtext.classify.scikit_learn import ScikitLearnProtocol
from fewtext.classify.single_label import SingleLabelClassifier
from fewtext.classify.support_set import LabelNames
from fewtext.classify.targets import read_targets
from fewtext.contracts.encoder import Encoder, Progress
from fewtext.contracts.texts import Texts
from fewtext.files.text_columns import TextColumn
from fewtext.learners.spec import LearnerSpec
from fewtext.quality.check import quality_report
from fewtext.quality.doubts import Doubt, examples_in_doubt
from fewtext.quality.report import QualityReport

if TYPE_CHECKING:
    from numpy.typing import NDArray


class FewShotClassifier(Parameters, ScikitLearnProtocol, Answering):
    """Classifies texts, or images, from a few labelled examples, on top of a pretrained encoder.

    Parameters
    ----------
    learner : name of a learner plugin (``fewtext learners`` lists them), the folder that ``fewtext train`` wrote, or
        ``auto`` for the one of a few that does best on held-out examples.
    options : the learner's options, as ``{"C": 1.0}``; ``options__C`` in a grid search.
    encoder : None for three layers of the default BERT, or for what the learner was trained with; a name, a model's
        folder, ``owner/model``, ``NAME:MODEL``, or an ``Encoder``.
    label_names : True to use the words of each label's name as one more example of it, False not to, or descriptions
        by label (a text or a list of texts each); labels that only have a description become classes too.
    name_weight : how much one name or description counts, where an example counts 1.
    tuner : None for the encoder as it is, or what fine-tunes it on the examples first: ``contrastive``, with options
        ``contrastive:steps=20``.
    device, dtype, max_length : of the encoder, when it is given by name.
    oos_label : the label that marks out-of-scope examples: ``predict`` gives it to texts that are like them.
    multi_label : whether a text may have several labels; None to decide by the labels, which are several where an item
        is a list, tuple or set of them, or where they are an indicator matrix.
    text_column : the name of the column of texts, where they are given in a table: a data frame of pandas or polars, an
        Arrow table, or a Hugging Face data set. Several, as a list or ``"Subject,Body"``, are joined.
    label_column : the name of the column of labels, where ``fit`` or ``score`` gets a table alone; several names for
        columns of 0 and 1. A saved model keeps both names.

    After ``fit``: ``classes_``, and ``model_``, the fitted ``SingleLabelClassifier`` or ``MultiLabelClassifier``.

    """

    model_: SingleLabelClassifier | MultiLabelClassifier
    feature_names_in_: NDArray[Any]

    def __init__(
        self,
        *,
        learner: str | LearnerSpec = DEFAULT_LEARNER,
        options: Mapping[str, Any] | None = None,
        encoder: str | Encoder | None = None,
        label_names: LabelNames = True,
        name_weight: float = NAME_WEIGHT,
        tuner: str | None = None,
        device: str = "auto",
        dtype: str = "auto",
        max_length: int | None = None,
        oos_label: Any = None,
        multi_label: bool | None = None,
        text_column: TextColumn = None,
        label_column: LabelColumn = None,
    ) -> None:
        self.learner = learner
        self.options = options
        self.encoder = encoder
        self.label_names = label_names
        self.name_weight = name_weight
        self.tuner = tuner
        self.device = device
        self.dtype = dtype
        self.max_length = max_length
        self.oos_label = oos_label
        self.multi_label = multi_label
        self.text_column = text_column
        self.label_column = label_column

    def fit(self, X: Texts = (), y: Any = (), *, progress: Progress | None = None) -> Self:
        """Learn from texts and their labels; without any, from the descriptions in ``label_names`` (zero-shot).

        ``y`` has an item a text: a label, or a collection of them, an empty one too. An indicator matrix
        ``[n, labels]`` does as well: an array, a data frame whose columns are the labels, or a sparse matrix. Without
        ``y`` the labels are those in the ``label_column`` of a table. A blank text is skipped, with a warning.
        """
        labels, own_names = labels_in(X, y, self.label_column)
        texts, names = texts_in(X, self.text_column), column_names(X)
        targets = read_targets(texts, labels, self.multi_label, own_names)
        parameters = {name: value for name, value in self.get_params(deep=False).items() if name != "multi_label"}
        kind = MultiLabelClassifier if targets.several else SingleLabelClassifier
        model = kind(**parameters).fit(texts, targets.labels, progress=progress)
        self.__dict__.pop("feature_names_in_", None)
        if names is not None and all(isinstance(name, str) for name in names):
            self.feature_names_in_ = np.array(names, dtype=object)
        return self._take_over(model, targets.columns)

    def _take_over(self, model: SingleLabelClassifier | MultiLabelClassifier, columns: list[Any] | None) -> Self:
        if columns is not None:
            column_places(model.classes_.tolist(), columns)
        model.matrix_columns_ = columns
        self.model_ = model
        return self

    @property
    def classes_(self) -> NDArray[Any]:
        """The labels, sorted; of an indicator matrix those of all its columns, in their order."""
        model = self._fitted()
        return model.classes_ if model.matrix_columns_ is None else np.array(model.matrix_columns_)

    def check(self) -> QualityReport:
        """Return a data-quality report of the examples: the accuracy to expect, and labels that look wrong."""
        return quality_report(self._fitted())

    def suggest(
        self, texts: Texts, count: int = 20, *, seed: int = 0, progress: Progress | None = None
    ) -> list[Suggestion]:
        """Return which ``count`` of a pool of texts to label next, the most useful first."""
        return suggest(self._fitted(), texts_in(texts, self.text_column), count, seed=seed, progress=progress)

    def add(self, texts: Texts, labels: Any = None, *, progress: Progress | None = None) -> Self:
        """Add labelled examples, of new labels too: the same as a fit to all of them.

        A warning counts those that are there already.
        """
        self._fitted()
        new = update.new_examples(self.model_, *self._pairs(texts, labels))
        return self._take_over(update.add(self.model_, *new, progress=progress), self.model_.matrix_columns_)

    def remove(self, texts: Texts, labels: Any = None, *, progress: Progress | None = None) -> Self:
        """Remove examples by their texts, under any label or under the given ones: the same as a fit without them.

        Labels are also those in the ``label_column`` of a table. A warning names texts that are no example. A label
        goes with its last example.
        """
        self._fitted()
        wanted = None
        if labels is not None or has_labels(texts, self.label_column):
            texts, wanted = self._pairs(texts, labels)
        places = update.examples_to_remove(self.model_, texts_in(texts, self.text_column), wanted)
        return self._take_over(update.remove(self.model_, places, progress=progress), self.model_.matrix_columns_)

    def doubts(self) -> list[Doubt]:
        """Return the examples in doubt, the most doubtful first: what ``fewtext check --output`` writes, a row each."""
        return examples_in_doubt(self._fitted())

    def correct(self, decisions: Texts, *, new_labels: bool = False, progress: Progress | None = None) -> Self:
        """Correct examples: the same as a fit to the corrected ones, in their order.

        ``decisions`` is a table with columns ``text``, ``label`` and ``decision``, such as the doubts with one more
        column: the right label (``a|b`` or a list where a text may have several), ``remove``, or nothing to leave the
        example as it is. Raises ``FewtextError``, and changes nothing, where one does not fit: its text is no example
        of the label, its example has two decisions, or its label is not known, unless ``new_labels`` are welcome.
        """
        corrections = corrections_in(decisions, self._fitted())
        found = feedback.changes(self.model_, corrections, new_labels=new_labels)
        if not found:
            return self
        return self._take_over(feedback.corrected(self.model_, found, progress=progress), self.model_.matrix_columns_)

    def update(self, answers: Texts, *, progress: Progress | None = None) -> Self:
        """Learn from answers that were marked right or wrong.

        ``answers`` is a table with columns ``text``, ``label`` and ``right``: what was answered, and whether it is
        right (true or false, or nothing where nobody said). A right answer is learned as an example, a wrong one as
        what the text is not. Raises ``FewtextError``, and changes nothing, where a label is not known, an answer
        contradicts another or an example, or the learner cannot weigh its examples.
        """
        found = marking.new_answers(self._fitted(), answers_in(answers, self.model_))
        if not found.changes:
            return self
        return self._take_over(
            marking.taught(self.model_, found.answers, progress=progress), self.model_.matrix_columns_
        )

    def save(self, folder: str | Path) -> None:
        """Write the fitted classifier to a folder, with the texts of its examples and the names of columns.

        What was fitted to an indicator matrix gives one when it is loaded.
        """
        model = self._fitted()
        model.text_column, model.label_column = self.text_column, self.label_column  # may be named after the fit
        model.save(folder)

    @classmethod
    def load(
        cls, folder: str | Path, *, encoder: Encoder | None = None, device: str = "auto", dtype: str = "auto"
    ) -> Self:
        """Read a saved classifier, without network; ``encoder`` where it was fitted with an instance of one's own.

        ``hub:owner/name`` or ``hub:owner/name@revision`` is one on the Hugging Face Hub, fetched and verified.

        What the fit gave was kept where it is linear; where it was not, the learner is fitted again.
        """
        model = load_classifier(folder, encoder=encoder, device=device, dtype=dtype)
        loaded = cls(**model.get_params(deep=False), multi_label=isinstance(model, MultiLabelClassifier))
        loaded.model_ = model
        return loaded

    def _fitted(self) -> SingleLabelClassifier | MultiLabelClassifier:
        """Return the fitted classifier; raise ``NotFittedError`` before ``fit``."""
        if not self.__sklearn_is_fitted__():
            from fewtext.classify.not_fitted import NotFittedError

            raise NotFittedError
        return self.model_


load = FewShotClassifier.load
