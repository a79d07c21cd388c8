"""What a fitted estimator answers: labels, probabilities, prediction sets, and predictions with their reasons."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any

import numpy as np

from fewtext.classify import predict
from fewtext.classify.blank import Filled
from fewtext.classify.columns import LabelColumn, labels_in, texts_in
from fewtext.classify.encoded import CHUNK, Stream
from fewtext.classify.indicators import column_places, indicators_from_sets
from fewtext.classify.multi_label import MultiLabelClassifier
from fewtext.classify.prediction import Prediction
from fewtext.classify.scoring import accuracy
from fewtext.classify.selective import CONFIDENCE
from fewtext.classify.single_label import SingleLabelClassifier
from fewtext.classify.targets import read_targets
from fewtext.contracts.encoder import Progress
from fewtext.contracts.texts import Texts
from fewtext.files.text_columns import TextColumn

if TYPE_CHECKING:
    from numpy.typing import NDArray

STREAMED = 256  # texts of a stream encoded at once: the first answers come soon


class Answering(ABC):
    """Answers for texts, which may be a column, or a table whose columns are named."""

    text_column: TextColumn
    label_column: LabelColumn

    @property
    @abstractmethod
    def classes_(self) -> NDArray[Any]:
        """The labels."""

    @abstractmethod
    def _fitted(self) -> SingleLabelClassifier | MultiLabelClassifier:
        """Return the fitted classifier; raise ``NotFittedError`` before ``fit``."""

    def predict(self, X: Texts, *, transductive: bool = False) -> NDArray[Any] | list[tuple[Any, ...]]:
        """Return the label of each text: ``[n]``, or ``oos_label`` where a text is like the out-of-scope examples.

        Where texts may have several, return the tuple of labels of each, most probable first; after a fit to an
        indicator matrix, return one ``[n, labels]`` of integers. ``transductive`` predicts the texts jointly. A blank
        text has no label, and a warning says so: an empty string, None where labels are numbers, or an empty tuple.
        """
        model, filled = self._fitted(), Filled(texts_in(X, self.text_column))
        if isinstance(model, SingleLabelClassifier):
            labels = model.predict(filled.texts, transductive=transductive)
            return filled.labels(labels, model.classes_.tolist())
        predict.check_one_label_only(transductive=transductive)
        label_sets = filled.label_sets(model.predict(filled.texts))
        if model.matrix_columns_ is None:
            return label_sets
        return indicators_from_sets(label_sets, model.classes_.tolist(), model.matrix_columns_)

    def predict_proba(
        self, X: Texts, *, transductive: bool = False, progress: Progress | None = None
    ) -> NDArray[np.float64]:
        """Return calibrated probabilities ``[n, classes]``, columns in the order of ``classes_``.

        Where texts may have several labels, each column is a probability of its own, and rows do not sum to one; a
        column of an indicator matrix that had no 1 in ``fit`` is 0. The row of a blank text is NaN. Raises
        ``FewtextError`` for an image that cannot be read, which ``classify`` leaves unanswered.
        """
        model, filled = self._fitted(), Filled(texts_in(X, self.text_column))
        if isinstance(model, SingleLabelClassifier):
            own = model.predict_proba(filled.texts, transductive=transductive, progress=progress)
            return filled.probabilities(own)
        predict.check_one_label_only(transductive=transductive)
        probabilities = filled.probabilities(model.predict_proba(filled.texts, progress=progress))
        if model.matrix_columns_ is None:
            return probabilities
        every_column = np.zeros((len(probabilities), len(model.matrix_columns_)))
        every_column[:, column_places(model.classes_.tolist(), model.matrix_columns_)] = probabilities
        return every_column

    def predict_log_proba(self, X: Texts) -> NDArray[np.float64]:
        """Return the natural logarithms of ``predict_proba``: ``[n, classes]``, -inf for a probability of 0."""
        with np.errstate(divide="ignore"):
            logarithms: NDArray[np.float64] = np.log(self.predict_proba(X))
        return logarithms

    def predict_set(self, X: Texts, coverage: float = 0.9) -> list[list[Any]]:
        """Return labels for each text, the most probable first, with the right one this often (cross-conformal).

        A blank text has none.
        """
        model, filled = self._fitted(), Filled(texts_in(X, self.text_column))
        sets = predict.predict_set(model, filled.texts, coverage)
        return [list(own) for own in filled.label_sets(list(map(tuple, sets)))]

    def score(self, X: Texts, y: Any = None, sample_weight: Any = None) -> float:
        """Return the accuracy on labelled texts, a fraction: the share whose label, or whole set of labels, is right.

        With ``sample_weight`` ``[n]`` each text counts that much. A blank text, which has no answer, counts as wrong.
        """
        return accuracy(self._fitted(), *self._pairs(X, y), sample_weight)

    def classify(
        self,
        texts: Texts,
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
        batch_size: int = CHUNK,
    ) -> list[Prediction]:
        """Return an answer for each text, as the command ``fewtext classify`` gives them.

        ``top`` labels come with their probabilities, and the ``explain`` nearest examples. The classifier abstains, and
        gives the label ``unknown``, below the threshold at which a ``precision`` holds with a stated ``confidence``,
        or on all but a fraction ``coverage``; with ``ood_keep``, on texts less similar to the examples than that share
        of them is. ``set_coverage`` adds prediction sets, ``transductive`` predicts jointly. A blank text has none.
        ``batch_size`` texts are encoded at once. ``progress`` is called with the number of texts done and that of all.
        """
        answers = predict.classify(
            self._fitted(), texts_in(texts, self.text_column), top=top, explain=explain, precision=precision,
            coverage=coverage, ood_keep=ood_keep, transductive=transductive, unknown=unknown, confidence=confidence,
            set_coverage=set_coverage, on_message=on_message, progress=progress, batch_size=batch_size,
        )  # fmt: skip
        return list(answers)

    def classify_stream(self, texts: Texts, *, batch_size: int = STREAMED, **parameters: Any) -> Iterator[Prediction]:
        """Yield an answer for each text as it comes, from an iterator that may be longer than memory.

        ``batch_size`` texts are read and encoded at once, and their answers yielded before more are read.
        ``parameters`` are those of ``classify`` but for ``transductive``, which takes all texts together; the second
        number that ``progress`` gets is how many texts have been read.
        """
        stream = Stream(texts_in(texts, self.text_column))
        return predict.classify(self._fitted(), stream, batch_size=batch_size, **parameters)

    def _pairs(self, texts: Any, labels: Any) -> tuple[Any, Any]:
        """Return texts and labels for the fitted classifier; columns of a matrix without names are its classes."""
        several = isinstance(self._fitted(), MultiLabelClassifier)
        labels, names = labels_in(texts, labels, self.label_column)
        texts = texts_in(texts, self.text_column)
        return texts, read_targets(texts, labels, several, names or self.classes_.tolist()).labels
