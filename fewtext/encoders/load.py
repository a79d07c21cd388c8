"""Loading an encoder by its spec, such as ``bert`` or ``bert:FOLDER``, and again after saving or pickling."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any
from weakref import WeakValueDictionary

import torch
from torch import Tensor

from fewtext.contracts.encoder import Encoder
from fewtext.encoders.adapter import split_adapter
from fewtext.encoders.catalogue import CATALOGUE
from fewtext.encoders.found import FoundEncoder, split_options
from fewtext.errors import FewtextError, PluginError, did_you_mean
from fewtext.registry import discovery
from fewtext.registry.failures import plugin_errors
from fewtext.registry.options import parse_options

DEFAULT_ENCODER, PIXELS = "bert", "pixels"  # for texts, for images
CLASSIFYING = "layers"  # for classifying without training: better features, three times as wide


def spec_of(encoder: str | None) -> str:
    """Return a spec that is independent of the current folder: with the absolute path of a model or adapter."""
    spec, adapter = split_adapter(encoder or DEFAULT_ENCODER)
    name, colon, model = spec.rpartition(":")
    model, options = split_options(model, bool(colon))
    is_folder = model and model not in CATALOGUE and Path(model).is_dir()
    if adapter and Path(adapter).is_file():
        adapter = str(Path(adapter).resolve())
    model = ",".join(filter(None, [str(Path(model).resolve()) if is_folder else model, *options]))
    return name + colon + model + (f"+{adapter}" if adapter else "")


def load_encoder(spec: str | None = None, **options: Any) -> Encoder:
    """Load an encoder by its spec.

    ``NAME`` of an encoder or of the catalogue, a folder or ``owner/model`` for the ``bert`` encoder, or ``NAME:MODEL``
    for another one, each with ``+ADAPTER`` where an adapter is to change the model, or ``+none`` where none is to.
    Options of the encoder's own follow the model or stand in its place: ``NAME:MODEL,key=value``, ``NAME:key=value``.
    ``options`` are the keyword arguments of ``Encoder``.
    """
    found = find_encoder(spec)
    in_8_bits = options.get("dtype") == INT8
    with plugin_errors("encoder", found.kind.name):
        encoder = found.load({**options, "dtype": "float32"} if in_8_bits else options)
        if in_8_bits:
            from fewtext.encoders.int8_encoder import Int8Encoder

            encoder = Int8Encoder(encoder)
    checked_encoder(encoder, found.kind.name)
    kept = {name: value for name, value in options.items() if name != "offline"}
    encoder.found_by = load_again, spec_of(spec), {**kept, "max_length": encoder.max_length}
    _LOADED[encoder.fingerprint] = encoder
    return encoder


INT8 = "int8"  # a number format that onnxruntime computes in
_LOADED: WeakValueDictionary[str, Encoder] = WeakValueDictionary()  # by fingerprint, the latest each


def load_again(spec: str, options: dict[str, Any], fingerprint: str, weights: dict[str, Tensor]) -> Encoder:
    """Return a pickled encoder: the loaded one if it is still in use, else from its files, without a download."""
    in_use = _LOADED.get(fingerprint)
    if in_use is not None and in_use.found_by == (load_again, spec, options):
        return in_use
    actual = find_encoder(spec).fingerprint(options["max_length"], weights)
    if actual in (None, fingerprint):
        encoder = load_encoder(spec, **options, offline=True)
        encoder = encoder.with_weights(weights) if weights else encoder
        if encoder.fingerprint == fingerprint:
            return encoder
        actual = encoder.fingerprint
    raise FewtextError(
        f"the classifier was fitted with another encoder {spec} (fingerprint {fingerprint}, here {actual})",
        hint="restore its model, or fit again",
    )


def find_encoder(spec: str | None) -> FoundEncoder:
    """Return the class of an encoder by its spec, with the model, the adapter and the options that are named."""
    spec, adapter = split_adapter(spec or DEFAULT_ENCODER)
    name, colon, model = spec.partition(":")
    model, options = split_options(model, bool(colon))
    if not (model or options) and name in CATALOGUE:
        name, model = _of_catalogue(name), name
    elif not (model or options) and (Path(name).is_dir() or "/" in name or "\\" in name):
        name, model = DEFAULT_ENCODER, name
    try:
        kind = discovery.encoder(name)
    except PluginError as error:
        if not (close := did_you_mean(name, CATALOGUE)):
            raise
        raise PluginError(error.what, where=error.where, hint=f"{close} models: {', '.join(CATALOGUE)}") from error
    return FoundEncoder(kind, (f"{model}+{adapter}" if adapter else model) or None, parse_options(kind, options))


def _of_catalogue(name: str) -> str:
    """Return the kind of encoder for a short name; raise ``FewtextError`` where a plugin offers an encoder of it."""
    kind = CATALOGUE[name].encoder
    if discovery.is_offered("encoders", name):
        raise FewtextError(
            f"{name} is the name of a model in the catalogue, and of a plugin's encoder",
            hint=f"write {kind}:{name} for the model, or {name}@DISTRIBUTION for the plugin's",
        )
    return kind


def spec_within(folder: Path, spec: str) -> str:
    """Return the spec in a saved model with a relative folder resolved in the model's folder, not the current one."""
    name, colon, model = spec.rpartition(":")
    if not model or Path(model).is_absolute():
        return spec
    if (folder / model).is_dir():
        return name + colon + str((folder / model).resolve())
    if (colon or "/" in model) and Path(model).is_dir():
        message = f"its encoder {spec} is the name of a folder in the current folder, which may be another model"
        raise FewtextError(message, where=str(folder), hint="run the command in another folder")
    return spec


def fit_encoder(encoder: Encoder, texts: Sequence[Any]) -> Encoder:
    """Return the encoder fitted to the texts of a support; most encoders are returned as they are."""
    with plugin_errors("encoder", encoder.name):
        fitted = encoder.fit(texts)
    return fitted if fitted is encoder else checked_encoder(fitted, encoder.name)


def checked_encoder(encoder: Encoder, name: str) -> Encoder:
    """Return an encoder; raise ``PluginError`` where an attribute is not as ``Encoder`` declares it."""
    with plugin_errors("encoder", name):
        if not isinstance(encoder, Encoder):
            raise TypeError(f"a {type(encoder).__name__} is not an Encoder")
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
            raise TypeError(f"modalities are {encoder.modalities!r:.60}, not text or image")
    return encoder
