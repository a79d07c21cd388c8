"""Fingerprints of BERT encoders: they change with the model, its adapter, the parts of the features and the length."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from typing import Any

from torch import Tensor

from fewtext.encoders.adapter import Adapter
from fewtext.encoders.dense import dense_digest
from fewtext.encoders.model_folder import Settings, fingerprint
from fewtext.encoders.pooling import Part


def encoder_fingerprint(
    settings: Settings, max_length: int | None, parts: Sequence[Part], adapter: Adapter | None
) -> str:
    """Return the fingerprint of an encoder: its model's, with all settings that features depend on."""
    facts: list[Any] = [settings.pooling, settings.normalize, settings.prompt, max_length]
    facts += [(part.layer, part.pooling, part.share) for part in parts]
    facts += [adapter.fingerprint if adapter else None, *map(dense_digest, settings.dense)]
    return fingerprint(settings.transformer, *facts)


def trained_fingerprint(pretrained: str, weights: Mapping[str, Tensor]) -> str:
    """Return the fingerprint of an encoder with trained weights."""
    digest = hashlib.sha256(pretrained.encode())
    for name in sorted(weights):
        digest.update(weights[name].contiguous().numpy().tobytes())
    return digest.hexdigest()[:16]
