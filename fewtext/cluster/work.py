"""What a worker of a cluster does with a part of the texts; each has one classifier, or encoder, of its own.

A result depends on its part alone, so that a worker that takes the place of a killed one gives the same.
"""

from __future__ import annotations

import json
import warnings
from abc import ABC, abstractmethod
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from itertools import islice
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from fewtext.classify.encoded import Batches
from fewtext.classify.multi_label import MultiLabelClassifier
from fewtext.classify.predict import classify, shift_of
from fewtext.classify.prediction import Prediction
from fewtext.classify.shift import Tally
from fewtext.classify.single_label import SingleLabelClassifier
from fewtext.cluster.reading import digest_of_texts
from fewtext.contracts.encoder import Encoder
from fewtext.encoders.encode import encode
from fewtext.errors import FewtextError, FewtextWarning
from fewtext.version import __version__


@dataclass(frozen=True)
class Done:
    """What became of a part: by how much the encoder's counts have grown, and warnings."""

    digest: bytes
    truncated: int
    unknown: int
    warnings: list[str]


@dataclass(frozen=True)
class Answered(Done):
    """The answers to a part, and which of its texts are unlike the examples."""

    answers: list[Prediction]
    tally: Tally


@dataclass(frozen=True)
class Featured(Done):
    """The features of the texts of a part that are not blank: ``[n, *shape]``."""

    features: NDArray[np.float32]


class Task(ABC):
    """What a worker is made for; it is sent to each, and ``start`` is called there."""

    threads: int
    version: str

    def check(self) -> None:
        """Take as many threads as the driver; raise ``FewtextError`` where the worker has another fewtext."""
        if self.version != __version__:
            message = f"a worker has fewtext {__version__}, and this is {self.version}"
            raise FewtextError(message, hint="install one version on all machines")
        torch.set_num_threads(self.threads)

    @abstractmethod
    def start(self) -> Worker:
        """Return a worker."""


class Worker(ABC):
    """Does one part after another."""

    encoder: Encoder

    def __call__(self, part: bytes) -> Done:
        """Return what becomes of a part, which is JSON."""
        texts = json.loads(part)
        before = self.encoder.truncated, self.encoder.unknown
        with warnings.catch_warnings(record=True) as heard:
            warnings.simplefilter("always", FewtextWarning)
            own = self.do(texts)
        said = [str(one.message) for one in heard if issubclass(one.category, FewtextWarning)]
        counts = self.encoder.truncated - before[0], self.encoder.unknown - before[1]
        return self.done((digest_of_texts(texts), *counts, said), own)

    @abstractmethod
    def do(self, texts: list[str]) -> Any:
        """Return what is made of the texts."""

    @abstractmethod
    def done(self, facts: tuple[bytes, int, int, list[str]], own: Any) -> Done:
        """Return it with the facts of every part."""


@dataclass(frozen=True)
class Classifying(Task):
    """Answer texts; ``parameters`` are those of ``fewtext.classify.predict.classify``."""

    model: SingleLabelClassifier | MultiLabelClassifier
    parameters: Mapping[str, Any]
    threads: int = field(default_factory=lambda: torch.get_num_threads())
    version: str = __version__

    def start(self) -> Worker:
        """Return a worker with a classifier."""
        self.check()
        return _Answering(self.model, self.parameters)


class _Answering(Worker):
    """One stream of parts: what the classifier makes ready for its answers is made once."""

    def __init__(self, model: SingleLabelClassifier | MultiLabelClassifier, parameters: Mapping[str, Any]) -> None:
        self.encoder, self._part = model.encoder_, list[str]()
        self._shift = shift_of(model, parameters.get("ood_keep"), silent=True)
        self._answers = classify(model, Batches(self._parts()), shift=self._shift, **parameters)

    def _parts(self) -> Iterator[list[str]]:
        while True:
            yield self._part

    def do(self, texts: list[str]) -> tuple[list[Prediction], Tally]:
        """Return the answers, and the count of what is unlike the examples."""
        self._part, before = texts, self._shift.tally()
        answers = list(islice(self._answers, len(texts)))
        return answers, self._shift.tally().since(before)

    def done(self, facts: tuple[bytes, int, int, list[str]], own: Any) -> Answered:
        """Return them with the facts of the part."""
        return Answered(*facts, *own)


@dataclass(frozen=True)
class Encoding(Task):
    """Encode texts."""

    encoder: Encoder
    threads: int = field(default_factory=lambda: torch.get_num_threads())
    version: str = __version__

    def start(self) -> Worker:
        """Return a worker with an encoder."""
        self.check()
        return _Featuring(self.encoder)


class _Featuring(Worker):
    def __init__(self, encoder: Encoder) -> None:
        self.encoder = encoder

    def do(self, texts: list[str]) -> NDArray[np.float32]:
        """Return the features of texts that are not blank."""
        found: NDArray[np.float32] = encode(self.encoder, [text for text in texts if text.strip()]).numpy()
        return found

    def done(self, facts: tuple[bytes, int, int, list[str]], own: Any) -> Featured:
        """Return them with the facts of the part."""
        return Featured(*facts, own)
