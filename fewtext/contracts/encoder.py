"""Encoder: a frozen map from items to feature tensors."""

from __future__ import annotations

import threading
from abc import ABC, abstractmethod
from collections.abc import Callable, Collection, Mapping, Sequence
from typing import Any, ClassVar
from weakref import WeakKeyDictionary

import torch
from torch import Tensor, nn

from fewtext.errors import FewtextError

Progress = Callable[[int, int], None]
"""Called with the amount done and the total, in a unit of the encoder's choice."""


class PerThread:
    """A count per thread, so that a thread is warned only of the texts that it has encoded."""

    def __init__(self) -> None:
        self._thread = threading.local()

    def __get__(self, encoder: Encoder | None, owner: type[Encoder]) -> int:
        return self._counts().get(encoder, 0) if encoder is not None else 0

    def __set__(self, encoder: Encoder, count: int) -> None:
        self._counts()[encoder] = count

    def _counts(self) -> WeakKeyDictionary[Encoder, int]:
        counts: WeakKeyDictionary[Encoder, int] = self._thread.__dict__.setdefault("counts", WeakKeyDictionary())
        return counts


class Encoder(ABC):
    """A frozen map from items to feature tensors.

    ``modalities`` are the items it takes, ``text`` or ``image`` or both, ``shape`` is the shape of one item's features,
    ``fingerprint`` changes whenever the features of an item would. ``truncated`` counts the distinct items that were
    cut to ``max_length``, ``unknown`` those without any token of the vocabulary; each thread has its own counts.
    Several threads may encode at once. Copies share the model.
    """

    name: ClassVar[str]
    modalities: Collection[str] = ("text",)
    shape: tuple[int, ...]
    fingerprint: str
    device: torch.device
    max_length: int | None = None
    languages: Collection[str] = ()
    """The languages that the model was trained on, by their ISO 639 codes; none where that is not known."""
    shares: tuple[float, ...] = ()
    """What each of the equally wide parts of the features has of a similarity, where a task may choose; else none."""
    truncated = PerThread()
    unknown = PerThread()
    marks: Callable[[Sequence[Any]], Sequence[int]] | None = None
    """Tells of each item whether it counts as cut (1), as unknown (2), as both (3) or neither (0), where that is known.

    Without it, features of a call in which any item is counted are not cached.
    """
    weights: Mapping[str, Tensor] | None = None
    """The trained weights of a fine-tuned encoder."""
    found_by: tuple[Callable[..., Encoder], str, dict[str, Any]] | None = None
    """How another process loads it again, given its fingerprint and ``weights``: set by ``load_encoder``."""
    needs_fit: ClassVar[bool] = False
    """True where only ``fit`` returns an encoder that can encode."""

    @abstractmethod
    def __init__(
        self,
        model: str | None = None,
        *,
        device: str = "auto",
        dtype: str = "auto",
        max_length: int | None = None,
        offline: bool = False,
    ) -> None:
        """Load a model (None: the default one); with ``offline`` nothing may be downloaded."""

    @abstractmethod
    def encode(self, items: Sequence[Any], progress: Progress | None = None) -> Tensor:
        """Return float32 features ``[n, *shape]`` on the CPU, in the order of the items; no gradient is kept."""

    @classmethod
    def fingerprint_of(cls, model: str | None, max_length: int | None, weights: Mapping[str, Tensor]) -> str | None:
        """Return the fingerprint of a model with trained ``weights`` without loading it; None if that is impossible."""
        return None

    @property
    def longest(self) -> str:
        """The longest text that is read, in words for a message."""
        return f"{self.max_length} tokens"

    @property
    def feature_modality(self) -> str:
        """What learners see, and recipes go by: ``image``, pixels ``[channels, h, w]``, or ``text``, any vectors."""
        return "image" if len(self.shape) == 3 else "text"

    def fit(self, texts: Sequence[Any]) -> Encoder:
        """Return an encoder fitted to the texts of a support; by default the encoder itself, which learns nothing."""
        return self

    def trainable(self) -> nn.Module:
        """Return a copy of the model that maps items to unit vectors ``[n, d]``, in float32 and with gradients.

        The parameters that require gradients are the ones to train. Raises ``FewtextError`` where none can be trained.
        """
        raise FewtextError(
            f"the encoder {self.name} cannot be fine-tuned", hint="choose bert or layers, with any model"
        )

    def with_weights(self, weights: Mapping[str, Tensor]) -> Encoder:
        """Return this encoder with trained parameters of ``trainable`` in place of its own, by name."""
        raise FewtextError(f"the encoder {self.name} cannot be fine-tuned")

    def __deepcopy__(self, memo: dict[int, Any]) -> Encoder:
        return self

    def __reduce_ex__(self, protocol: Any) -> Any:
        """Pickle how to load the encoder and its trained weights, not its model."""
        if self.found_by is None:
            return super().__reduce_ex__(protocol)
        find, spec, options = self.found_by
        return find, (spec, options, self.fingerprint, dict(self.weights or {}))
