"""Loading an encoder by what a person writes, and finding it again from what was saved or pickled."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any
from weakref import WeakValueDictionary

import torch
from torch import Tensor

from fewtext.contracts.encoder import Encoder
from fewtext.errors import FewtextError
from fewtext.registry import discovery
from fewtext.registry.failures import plugin_errors

DEFAULT_ENCODER, PIXELS = "bert", "pixels"  # of texts, of images
CLASSIFYING = "layers"  # where nothing is trained: more to go by, and three times the size


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
    with plugin_errors("encoder", kind.name):
        encoder = kind(model, **options)
    checked_encoder(encoder, kind.name)
    kept = {name: value for name, value in options.items() if name != "offline"}
    encoder.found_by = found_again, spec_of(spec), {**kept, "max_length": encoder.max_length}
    _LOADED[encoder.fingerprint] = encoder
    return encoder


_LOADED: WeakValueDictionary[str, Encoder] = WeakValueDictionary()  # by fingerprint, the latest each


def found_again(spec: str, options: dict[str, Any], fingerprint: str, weights: dict[str, Tensor]) -> Encoder:
    """Return the encoder that was pickled: one that is still in use, or from its files; nothing is downloaded."""
    known = _LOADED.get(fingerprint)
    if known is not None and known.found_by == (found_again, spec, options):
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
        hint="put back its model, or fit again",
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
        message = f"its encoder {spec} would be taken from the current folder"
        raise FewtextError(message, where=str(folder), hint="run this in another folder")
    return spec


def fit_encoder(encoder: Encoder, texts: Sequence[Any]) -> Encoder:
    """Return the encoder to use with a support of these texts."""
    with plugin_errors("encoder", encoder.name):
        made = encoder.fit(texts)
    return made if made is encoder else checked_encoder(made, encoder.name)


def checked_encoder(encoder: Encoder, name: str) -> Encoder:
    """Return an encoder whose attributes are what ``Encoder`` says; raise ``PluginError`` where one is not."""
    with plugin_errors("encoder", name):
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
