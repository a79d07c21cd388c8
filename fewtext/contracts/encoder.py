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
"""Called with how much is done and how much there is, in whatever unit the encoder counts."""


class PerThread:
    """A count that each thread keeps for itself, so that it is told of the texts that it encoded and of no others."""

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

    ``modalities`` says which items it takes, ``text`` or ``image`` or both, ``shape`` is the shape of one item's
    features, ``fingerprint`` changes when the same item would be encoded otherwise. ``truncated`` counts the distinct
    items that a thread has had cut to ``max_length`` so far, and ``unknown`` those of which the encoder knew nothing.
    Several threads may encode at once. Copies share the model.
    """

    name: ClassVar[str]
    modalities: Collection[str] = ("text",)
    shape: tuple[int, ...]
    fingerprint: str
    device: torch.device
    max_length: int | None = None
    truncated = PerThread()
    unknown = PerThread()
    weights: Mapping[str, Tensor] | None = None
    """What was trained, where the encoder was tuned."""
    found_by: tuple[Callable[..., Encoder], str, dict[str, Any]] | None = None
    """What finds it again in another process, given its fingerprint and ``weights``: set by ``load_encoder``."""
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
        """Load a model (None: the default one); ``offline`` promises that nothing is downloaded."""

    @abstractmethod
    def encode(self, items: Sequence[Any], progress: Progress | None = None) -> Tensor:
        """Return float32 features ``[n, *shape]`` on the CPU, in the order of the items; no gradient is kept."""

    @classmethod
    def fingerprint_of(cls, model: str | None, max_length: int | None, weights: Mapping[str, Tensor]) -> str | None:
        """Return the fingerprint of a model with tuned ``weights`` before it is loaded; None where only that tells."""
        return None

    @property
    def longest(self) -> str:
        """What ``max_length`` counts, in words."""
        return f"{self.max_length} tokens"

    @property
    def feature_modality(self) -> str:
        """What learners see, and recipes go by: ``image``, pixels ``[channels, h, w]``, or ``text``, any vectors."""
        return "image" if len(self.shape) == 3 else "text"

    def fit(self, texts: Sequence[Any]) -> Encoder:
        """Return the encoder to use with a support of these texts: itself, unless it learns from them."""
        return self

    def trainable(self) -> nn.Module:
        """Return a copy of the model that maps items to unit vectors ``[n, d]``, in float32 and with gradients.

        Its parameters that require gradients are those to be trained. Raises ``FewtextError`` where there is none.
        """
        raise FewtextError(f"the encoder {self.name} cannot be tuned", hint="choose bert or layers, with any model")

    def with_weights(self, weights: Mapping[str, Tensor]) -> Encoder:
        """Return this encoder with what was trained of ``trainable`` in the place of its own, by parameters' names."""
        raise FewtextError(f"the encoder {self.name} cannot be tuned")

    def __deepcopy__(self, memo: dict[int, Any]) -> Encoder:
        return self

    def __reduce_ex__(self, protocol: Any) -> Any:
        """Pickle what finds the encoder again, and what was tuned; not its model."""
        if self.found_by is None:
            return super().__reduce_ex__(protocol)
        find, spec, options = self.found_by
        return find, (spec, options, self.fingerprint, dict(self.weights or {}))
