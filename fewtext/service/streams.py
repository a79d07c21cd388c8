"""Answers of one model under some parameters: a stream that never ends, so that what they need is computed once."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator, Mapping
from itertools import islice
from typing import Any

from fewtext.classify.encoded import Batches
from fewtext.classify.multi_label import MultiLabelClassifier
from fewtext.classify.predict import classify
from fewtext.classify.prediction import Prediction
from fewtext.classify.single_label import SingleLabelClassifier

Classifier = SingleLabelClassifier | MultiLabelClassifier


class AnswerStream:
    """Classifies batches of texts as the command classifies a stream; ``messages`` say what to expect of answers.

    Raises ``FewtextError`` for parameters that the model cannot serve.
    """

    def __init__(self, model: Classifier, parameters: Mapping[str, Any]) -> None:
        self._given: deque[list[str]] = deque()
        self.messages: list[str] = []
        self._answers = classify(model, Batches(self._batches()), on_message=self.messages.append, **parameters)

    def answers(self, texts: list[str]) -> list[Prediction]:
        """Return the answers to a batch of at least one text."""
        self._given.append(texts)
        return list(islice(self._answers, len(texts)))

    def _batches(self) -> Iterator[list[str]]:
        while True:  # the next batch is asked for with its first answer, when it is there
            yield self._given.popleft()
