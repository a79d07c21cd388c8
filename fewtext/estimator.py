"""The estimator: one class for one or several labels a text, by scikit-learn's contract."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self

import numpy as np

from fewtext.classify import predict, update
from fewtext.classify.active_learning import Suggestion, suggest
from fewtext.classify.defaults import DEFAULT_LEARNER
from fewtext.classify.indicators import column_places, indicators_from_sets
from fewtext.classify.label_names import NAME_WEIGHT
from fewtext.classify.load import load_classifier
from fewtext.classify.multi_label import MultiLabelClassifier
from fewtext.classify.parameters import Parameters
from fewtext.classify.prediction import Prediction
from fewtext.classify.scikit_learn import ScikitLearnProtocol
from fewtext.classify.scoring import accuracy
from fewtext.classify.selective import CONFIDENCE
from fewtext.classify.single_label import SingleLabelClassifier
from fewtext.classify.support_set import LabelNames
from fewtext.classify.targets import read_targets
from fewtext.contracts.encoder import Encoder, Progress
from fewtext.learners.spec import LearnerSpec
from fewtext.quality.check import quality_report
from fewtext.quality.report import QualityReport

if TYPE_CHECKING:
    from numpy.typing import NDArray


class FewShotClassifier(Parameters, ScikitLearnProtocol):
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

    After ``fit``: ``classes_``, and ``model_``, the fitted ``SingleLabelClassifier`` or ``MultiLabelClassifier``.

    """

    model_: SingleLabelClassifier | MultiLabelClassifier
    _columns: list[Any] | None = None  # labels of the indicator matrix that it was fitted to

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

    def fit(self, texts: Sequence[Any] = (), labels: Any = (), *, progress: Progress | None = None) -> Self:
        """Learn from texts and their labels; without any, from the descriptions in ``label_names`` (zero-shot).

        ``labels`` has an item a text: a label, or a collection of them, an empty one too. An indicator matrix
        ``[n, labels]`` does as well: an array, a data frame whose columns are the labels, or a sparse matrix.
        """
        targets = read_targets(texts, labels, self.multi_label)
        parameters = {name: value for name, value in self.get_params(deep=False).items() if name != "multi_label"}
        kind = MultiLabelClassifier if targets.several else SingleLabelClassifier
        model = kind(**parameters).fit(texts, targets.labels, progress=progress)
        return self._take_over(model, targets.columns)

    def _take_over(self, model: SingleLabelClassifier | MultiLabelClassifier, columns: list[Any] | None) -> Self:
        if columns is not None:
            column_places(model.classes_.tolist(), columns)
        self.model_, self._columns = model, columns
        return self

    @property
    def classes_(self) -> NDArray[Any]:
        """The labels, sorted; of an indicator matrix those of all its columns, in their order."""
        return self._fitted().classes_ if self._columns is None else np.array(self._columns)

    def predict(self, texts: Sequence[Any], *, transductive: bool = False) -> NDArray[Any] | list[tuple[Any, ...]]:
        """Return the label of each text: ``[n]``, or ``oos_label`` where a text is like the out-of-scope examples.

        Where texts may have several, return the tuple of labels of each, most probable first; after a fit to an
        indicator matrix, return one ``[n, labels]`` of integers. ``transductive`` predicts the texts jointly.
        """
        model = self._fitted()
        if isinstance(model, SingleLabelClassifier):
            return model.predict(texts, transductive=transductive)
        predict.check_one_label_only(transductive=transductive)
        label_sets = model.predict(texts)
        if self._columns is None:
            return label_sets
        return indicators_from_sets(label_sets, model.classes_.tolist(), self._columns)

    def predict_proba(
        self, texts: Sequence[Any], *, transductive: bool = False, progress: Progress | None = None
    ) -> NDArray[np.float64]:
        """Return calibrated probabilities ``[n, classes]``, columns in the order of ``classes_``.

        Where texts may have several labels, each column is a probability of its own, and rows do not sum to one; a
        column of an indicator matrix that had no 1 in ``fit`` is 0. Raises ``FewtextError`` for an image that cannot
        be read, which ``classify`` leaves unanswered.
        """
        model = self._fitted()
        if isinstance(model, SingleLabelClassifier):
            return model.predict_proba(texts, transductive=transductive, progress=progress)
        predict.check_one_label_only(transductive=transductive)
        probabilities = model.predict_proba(texts, progress=progress)
        if self._columns is None:
            return probabilities
        every_column = np.zeros((len(probabilities), len(self._columns)))
        every_column[:, column_places(model.classes_.tolist(), self._columns)] = probabilities
        return every_column

    def predict_set(self, texts: Sequence[Any], coverage: float = 0.9) -> list[list[Any]]:
        """Return labels for each text, the most probable first, with the right one this often (cross-conformal)."""
        return predict.predict_set(self._fitted(), texts, coverage)

    def score(self, texts: Sequence[Any], labels: Any, sample_weight: Any = None) -> float:
        """Return the accuracy on labelled texts, a fraction: the share whose label, or whole set of labels, is right.

        With ``sample_weight`` ``[n]`` each text counts that much.
        """
        model = self._fitted()
        return accuracy(model, texts, self._labels(texts, labels), sample_weight)

    def classify(
        self,
        texts: Sequence[Any],
        *,
        top: int = 1,
        explain: int = 0,
        precision: float | None = None,
        coverage: float | None = None,
        ood_keep: float | None = None,
        transductive: bool = False,
        unknown: str = "",
        confidence: float = CONFIDENCE,
        set_coverage: float | None = None,
        on_message: Callable[[str], None] = lambda sentence: None,
        progress: Progress | None = None,
    ) -> list[Prediction]:
        """Return an answer for each text, as the command ``fewtext classify`` gives them.

        ``top`` labels come with their probabilities, and the ``explain`` nearest examples. The classifier abstains, and
        gives the label ``unknown``, below the threshold at which a ``precision`` holds with a stated ``confidence``,
        or on all but a fraction ``coverage``; with ``ood_keep``, on texts less similar to the examples than that share
        of them is. ``set_coverage`` adds prediction sets, ``transductive`` predicts jointly. A blank text has none.
        """
        answers = predict.classify(
            self._fitted(), texts, top=top, explain=explain, precision=precision, coverage=coverage, ood_keep=ood_keep,
            transductive=transductive, unknown=unknown, confidence=confidence, set_coverage=set_coverage,
            on_message=on_message, progress=progress,
        )  # fmt: skip
        return list(answers)

    def check(self) -> QualityReport:
        """Return a data-quality report of the examples: the accuracy to expect, and labels that look wrong."""
        return quality_report(self._fitted())

    def suggest(
        self, texts: Sequence[Any], count: int = 20, *, seed: int = 0, progress: Progress | None = None
    ) -> list[Suggestion]:
        """Return which ``count`` of a pool of texts to label next, the most useful first."""
        return suggest(self._fitted(), texts, count, seed=seed, progress=progress)

    def add(self, texts: Sequence[Any], labels: Any, *, progress: Progress | None = None) -> Self:
        """Add labelled examples, of new labels too: the same as a fit to all of them.

        A warning counts those that are there already.
        """
        new = update.new_examples(self._fitted(), texts, self._labels(texts, labels))
        return self._take_over(update.add(self.model_, *new, progress=progress), self._columns)

    def remove(self, texts: Sequence[Any], labels: Any = None, *, progress: Progress | None = None) -> Self:
        """Remove examples by their texts, under any label or under the given ones: the same as a fit without them.

        A warning names texts that are no example. A label goes with its last example.
        """
        wanted = None if labels is None else self._labels(texts, labels)
        places = update.examples_to_remove(self._fitted(), texts, wanted)
        return self._take_over(update.remove(self.model_, places, progress=progress), self._columns)

    def save(self, folder: str | Path) -> None:
        """Write the fitted classifier to a folder, with the texts of its examples.

        The columns of an indicator matrix are not kept: what is loaded gives tuples of labels.
        """
        self._fitted().save(folder)

    @classmethod
    def load(
        cls, folder: str | Path, *, encoder: Encoder | None = None, device: str = "auto", dtype: str = "auto"
    ) -> Self:
        """Read a saved classifier, without network; ``encoder`` where it was fitted with an instance of one's own.

        The learner is fitted again to the saved examples, which takes milliseconds.
        """
        model = load_classifier(folder, encoder=encoder, device=device, dtype=dtype)
        loaded = cls(**model.get_params(deep=False), multi_label=isinstance(model, MultiLabelClassifier))
        loaded.model_ = model
        return loaded

    def _labels(self, texts: Sequence[Any], labels: Any) -> Any:
        """Return labels for the fitted classifier; columns of an indicator matrix without names are its classes."""
        several = isinstance(self._fitted(), MultiLabelClassifier)
        return read_targets(texts, labels, several, self.classes_.tolist()).labels

    def _fitted(self) -> SingleLabelClassifier | MultiLabelClassifier:
        """Return the fitted classifier; raise ``NotFittedError`` before ``fit``."""
        if not self.__sklearn_is_fitted__():
            from fewtext.classify.not_fitted import NotFittedError

            raise NotFittedError
        return self.model_


load = FewShotClassifier.load
