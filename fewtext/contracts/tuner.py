"""Tuner: fine-tunes an encoder on labelled texts."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence
from typing import ClassVar

from torch import Tensor

from fewtext.contracts.encoder import Encoder, Progress


class Tuner(ABC):
    """Fine-tunes an encoder on labelled texts.

    Options are keyword-only constructor parameters with types and defaults.
    """

    name: ClassVar[str]

    @abstractmethod
    def tune(
        self, encoder: Encoder, texts: Sequence[str], y: Tensor, *, seed: int = 0, progress: Progress | None = None
    ) -> Encoder:
        """Return ``encoder.with_weights`` of a trained ``encoder.trainable``; ``y`` ``[n]`` are class numbers.

        Neither the given encoder nor the global random state may change.
        """
