"""Dense layers after pooling, as sentence-transformers folders set them: a linear map and an activation, frozen."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from torch import Tensor, nn

from fewtext.encoders.transformers_models import loading
from fewtext.errors import FewtextError, InputError

# What a folder may name: looked up here and never imported.
_ACTIVATIONS: dict[str, type[nn.Module]] = {
    "torch.nn.modules.linear.Identity": nn.Identity,
    "torch.nn.modules.activation.Tanh": nn.Tanh,
    "torch.nn.modules.activation.ReLU": nn.ReLU,
    "torch.nn.modules.activation.GELU": nn.GELU,
    "torch.nn.modules.activation.Sigmoid": nn.Sigmoid,
}
_DEFAULT = "torch.nn.modules.activation.Tanh"  # sentence-transformers' own, where the folder names none


@dataclass(frozen=True)
class DenseSettings:
    """A layer ``[..., inputs]`` to ``[..., outputs]`` and the file of its weights."""

    inputs: int
    outputs: int
    bias: bool
    activation: str
    weights: Path


def dense_settings(folder: Path, config: dict[str, Any]) -> DenseSettings:
    """Check a Dense module's settings; raise ``FewtextError`` for what this module does not compute."""
    where, hint = str(folder / "config.json"), "use the encoder sentence-transformers:MODEL"
    settings = DenseSettings(
        config["in_features"],
        config["out_features"],
        config.get("bias", True),
        config.get("activation_function", _DEFAULT),
        folder / "model.safetensors",
    )
    if settings.activation not in _ACTIVATIONS:
        message = f"has the activation {settings.activation!s:.100}, which the encoder bert does not support"
        raise FewtextError(message, where=where, hint=hint)
    name = "sentence_embedding"
    other = config.get("module_input_name", name), config.get("module_output_name") or name
    if config.get("use_residual") or other != (name, name):
        raise FewtextError(
            "has a Dense layer of another kind, which the encoder bert does not support", where=where, hint=hint
        )
    sizes = settings.inputs, settings.outputs
    if not isinstance(settings.bias, bool) or any(type(size) is not int or size < 1 for size in sizes):
        raise TypeError("a size or a bias of the wrong type")
    if not settings.weights.is_file():
        raise InputError("a Dense layer has no weights as safetensors", where=str(settings.weights))
    return settings


def load_dense(layers: Sequence[DenseSettings], width: int) -> nn.Sequential:
    """Load the layers in a row, in float32, for vectors ``[..., width]``; none of them changes nothing."""
    modules: list[nn.Module] = []
    for layer in layers:
        if layer.inputs != width:
            message = f"a Dense layer takes {layer.inputs} numbers where there are {width}"
            raise InputError(message, where=str(layer.weights.parent))
        modules += [_linear(layer), _ACTIVATIONS[layer.activation]()]
        width = layer.outputs
    return nn.Sequential(*modules).requires_grad_(False)


def _linear(layer: DenseSettings) -> nn.Linear:
    linear = nn.Linear(layer.inputs, layer.outputs, bias=layer.bias, device="meta")
    with loading(layer.weights, "safetensors"):
        from safetensors.torch import load_file

        tensors: dict[str, Tensor] = load_file(layer.weights)
        own = {name.removeprefix("linear."): tensor.float() for name, tensor in tensors.items()}
        linear.load_state_dict(own, assign=True)
    return linear


def width_after(layers: Sequence[DenseSettings], width: int) -> int:
    """Return the width of vectors after the layers, before them ``width``."""
    return layers[-1].outputs if layers else width


def dense_digest(layer: DenseSettings) -> str:
    """Return what changes with the layer's settings or weights."""
    settings = repr((layer.inputs, layer.outputs, layer.bias, layer.activation)).encode()
    return hashlib.sha256(settings + layer.weights.read_bytes()).hexdigest()
