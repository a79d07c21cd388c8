"""Encoding: items to feature vectors, once, in batches, by a frozen encoder."""

from __future__ import annotations

import os
import threading
import warnings
from abc import ABC, abstractmethod
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, ClassVar
from weakref import WeakKeyDictionary, WeakValueDictionary

import torch
from torch import Tensor, nn

from fewtext.errors import FewtextError, FewtextWarning, listed
from fewtext.registry import discovery
from fewtext.registry.failures import naming


def _after_fork() -> None:
    """Use one thread in a child process: the pools of OpenMP and of the tokenizers do not live on there."""
    torch.set_num_threads(1)
    os.environ.setdefault("TOKENIZERS_PARALLELISM", "false")


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_after_fork)

Progress = Callable[[int, int], None]
"""Called with how much is done and how much there is, in whatever unit the encoder counts."""

DEFAULT_ENCODER, PIXELS = "bert", "pixels"  # of texts, of pictures
CLASSIFYING = "layers"  # where nothing is trained: more to go by, and three times the size


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
    _found_by: tuple[str, dict[str, Any]] | None = None  # a spec and options, of one that ``load_encoder`` gave
    made_from_support: ClassVar[bool] = False
    """True for one that ``made_from`` has to be called on first."""

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

    def made_from(self, texts: Sequence[Any]) -> Encoder:
        """Return the encoder to use with a support of these texts: itself, unless it learns from them."""
        return self

    def trainable(self) -> nn.Module:
        """Return a copy of the model that maps items to unit vectors ``[n, d]``, in float32 and with gradients.

        Its parameters that require gradients are those to be trained. Raises ``FewtextError`` where there is none.
        """
        raise FewtextError(f"the encoder {self.name} cannot be tuned", cure="choose bert or layers, with any model")

    def with_weights(self, weights: Mapping[str, Tensor]) -> Encoder:
        """Return this encoder with what was trained of ``trainable`` in the place of its own, by parameters' names."""
        raise FewtextError(f"the encoder {self.name} cannot be tuned")

    def __deepcopy__(self, memo: dict[int, Any]) -> Encoder:
        return self

    def __reduce_ex__(self, protocol: Any) -> Any:
        """Pickle what finds the encoder again, and what was tuned; not its model."""
        if self._found_by is None:
            return super().__reduce_ex__(protocol)
        return found_again, (*self._found_by, self.fingerprint, dict(self.weights or {}))


def encode(encoder: Encoder, items: Sequence[Any], progress: Progress | None = None) -> Tensor:
    """Encode items, each distinct one once, and return features ``[n, *shape]`` in input order."""
    check_modality(encoder, items)
    places: dict[Any, int] = {}
    inverse = [places.setdefault(_clean(item), len(places)) for item in items]
    if not places:
        return torch.zeros(0, *encoder.shape)
    with torch.no_grad(), naming("encoder", encoder.name):
        x = encoder.encode(list(places), progress)
        fault = _fault(x, (len(places), *encoder.shape))
        if fault:
            raise ValueError(fault)
        return x[torch.tensor(inverse)]


def _fault(x: object, shape: tuple[int, ...]) -> str:
    """Return what is wrong with features that should be of this shape."""
    if not isinstance(x, Tensor):
        return f"encode returned a {type(x).__name__}, which is no torch.Tensor"
    if tuple(x.shape) != shape:
        return f"encode returned features of shape {tuple(x.shape)}, not {shape}"
    if x.dtype != torch.float32 or x.device.type != "cpu":
        return f"encode returned {x.dtype} on {x.device}, not torch.float32 on the CPU"
    return ""


def made_from(encoder: Encoder, texts: Sequence[Any]) -> Encoder:
    """Return the encoder to use with a support of these texts."""
    with naming("encoder", encoder.name):
        made = encoder.made_from(texts)
    return made if made is encoder else checked_encoder(made, encoder.name)


def checked_encoder(encoder: Encoder, name: str) -> Encoder:
    """Return an encoder whose attributes are what ``Encoder`` says; raise ``PluginError`` where one is not."""
    with naming("encoder", name):
        if not isinstance(encoder, Encoder):
            raise TypeError(f"a {type(encoder).__name__} is no Encoder")
        shape = encoder.shape
        if not (isinstance(shape, tuple) and shape and all(type(size) is int and size > 0 for size in shape)):
            raise TypeError(f"shape is {shape!r:.60}, not a tuple of sizes")
        kinds: dict[str, Any] = {
            "name": str,
            "fingerprint": str,
            "device": torch.device,
            "truncated": int,
            "unknown": int,
        }
        for attribute, kind in {**kinds, "max_length": (int, type(None))}.items():
            if not isinstance(value := getattr(encoder, attribute), kind):
                raise TypeError(f"{attribute} is {value!r:.60}")
        if isinstance(encoder.modalities, str) or not {"text", "image"}.issuperset(encoder.modalities):
            raise TypeError(f"modalities are {encoder.modalities!r:.60}, not text and image")
    return encoder


def check_modality(encoder: Encoder, items: Sequence[Any]) -> None:
    """Raise ``FewtextError`` where items are texts to an encoder of pictures, or the other way round."""
    for item in items:
        kind = "text" if isinstance(item, str) else "image"
        if kind not in encoder.modalities:
            raise FewtextError(
                f"the encoder {encoder.name} takes {' and '.join(encoder.modalities)}, not {kind}: {item!s:.60}",
                cure="give --encoder: pixels, or sentence-transformers:MODEL with a CLIP or ViT model"
                if kind == "image"
                else "choose an encoder of texts",
            )


def readable(x: Tensor) -> Tensor:
    """Return which features ``[n, *shape]`` are numbers: ``[n]``. An encoder gives NaN for what it cannot read."""
    return x.isfinite().flatten(1).all(1) if len(x) else torch.zeros(0, dtype=torch.bool)


def usable_rows(x: Tensor, items: Sequence[Any], fate: str) -> Tensor:
    """Return which features ``[n, *shape]`` are numbers: ``[n]``; warn of the items that could not be read."""
    usable = readable(x)
    if lost := [str(items[i]) for i in (~usable).nonzero()[:, 0].tolist()]:
        told = f"{len(lost)} of {len(usable)} items cannot be read and are {fate}: {listed(lost)}"
        warnings.warn(told, FewtextWarning, stacklevel=3)
    return usable


def _clean(item: Any) -> Any:
    """Replace lone surrogates of a text, which no tokenizer takes; other items are left as they are."""
    return item.encode("utf-8", "replace").decode() if isinstance(item, str) and not item.isascii() else item


@contextmanager
def telling_of_truncation(encoder: Encoder) -> Iterator[None]:
    """Warn, once for all that is encoded in the block, of distinct texts that were cut and of those not understood."""
    truncated, unknown = encoder.truncated, encoder.unknown
    yield
    if cut := encoder.truncated - truncated:
        told = f"{_texts(cut)} longer than {encoder.longest} and cut there"
        warnings.warn(told, FewtextWarning, stacklevel=4)
    if strange := encoder.unknown - unknown:
        told = f"{_texts(strange)} without any word that the encoder knows (emoji or another script, say)"
        warnings.warn(f"{told}: what is answered there says nothing", FewtextWarning, stacklevel=4)


def _texts(count: int) -> str:
    return "1 text was" if count == 1 else f"{count:,} texts were"


def spec_of(encoder: str | None) -> str:
    """Return what finds the same encoder from anywhere: a model's folder by its absolute path."""
    name, colon, model = (encoder or DEFAULT_ENCODER).rpartition(":")
    return name + colon + (str(Path(model).resolve()) if model and Path(model).is_dir() else model)


def load_encoder(spec: str | None = None, **options: Any) -> Encoder:
    """Load an encoder by what a person writes.

    ``NAME`` of an encoder, a folder or ``owner/model`` for the ``bert`` encoder, or ``NAME:MODEL`` for another one.
    ``options`` are the keyword arguments of ``Encoder``.
    """
    kind, model = find_encoder(spec)
    with naming("encoder", kind.name):
        encoder = kind(model, **options)
    checked_encoder(encoder, kind.name)
    kept = {name: value for name, value in options.items() if name != "offline"}
    encoder._found_by = spec_of(spec), {**kept, "max_length": encoder.max_length}
    _LOADED[encoder.fingerprint] = encoder
    return encoder


_LOADED: WeakValueDictionary[str, Encoder] = WeakValueDictionary()  # by fingerprint, the latest each


def found_again(spec: str, options: dict[str, Any], fingerprint: str, weights: dict[str, Tensor]) -> Encoder:
    """Return the encoder that was pickled: one that is still in use, or from its files; nothing is downloaded."""
    known = _LOADED.get(fingerprint)
    if known is not None and known._found_by == (spec, options):
        return known
    kind, model = find_encoder(spec)
    found = kind.fingerprint_of(model, options["max_length"], weights)
    if found in (None, fingerprint):
        encoder = load_encoder(spec, **options, offline=True)
        encoder = encoder.with_weights(weights) if weights else encoder
        if encoder.fingerprint == fingerprint:
            return encoder
        found = encoder.fingerprint
    raise FewtextError(
        f"the classifier was fitted with another encoder {spec} ({fingerprint}, here {found})",
        cure="put back its model, or fit again",
    )


def find_encoder(spec: str | None) -> tuple[type[Encoder], str | None]:
    """Return the class of an encoder and its model, by what a person writes."""
    name, _, model = (spec or DEFAULT_ENCODER).partition(":")
    if not model and (Path(name).is_dir() or "/" in name or "\\" in name):
        name, model = DEFAULT_ENCODER, name
    return discovery.encoder(name), model or None


def spec_within(folder: Path, spec: str) -> str:
    """Return a spec that a saved model's folder holds: a folder that it names is inside that, not where we are."""
    name, colon, model = spec.rpartition(":")
    if not model or Path(model).is_absolute():
        return spec
    if (folder / model).is_dir():
        return name + colon + str((folder / model).resolve())
    if (colon or "/" in model) and Path(model).is_dir():
        told = f"its encoder {spec} would be taken from the current folder"
        raise FewtextError(told, where=str(folder), cure="run this in another folder")
    return spec
