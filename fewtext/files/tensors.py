"""Tensor files: safetensors with facts in JSON and a digest of both; no pickles."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import torch
from safetensors import safe_open
from safetensors.torch import save
from torch import Tensor

from fewtext.errors import damaged, first_line
from fewtext.files.atomic import write_bytes
from fewtext.files.json_files import TRAIN_AGAIN


def write_tensors(path: Path, tensors: Mapping[str, Tensor], facts: Mapping[str, Any]) -> None:
    """Write tensors and the facts that go with them; raise ``InputError`` where that fails."""
    plain = {key: value.detach().cpu().contiguous() for key, value in tensors.items()}
    # One entry only: the library writes several in random order, and equal content should give equal files.
    write_bytes(path, save(plain, {"fewtext": _sealed(plain, facts)}))


def read_tensors(path: Path, hint: str = TRAIN_AGAIN) -> tuple[dict[str, Tensor], dict[str, Any]]:
    """Read tensors and facts; raise ``InputError``, with this hint, where the content is not what was written."""
    try:
        with safe_open(path, framework="pt") as file:
            content = file.metadata()["fewtext"]
            tensors = {key: file.get_tensor(key) for key in file.keys()}  # noqa: SIM118
        facts = dict(json.loads(content)["facts"])
        if _sealed(tensors, facts) != content:
            raise ValueError("its content is not what was written")
    except Exception as error:  # a missing file, no metadata, or the library's own class of errors
        raise damaged(path, first_line(error), hint) from error
    return tensors, facts


def digest_of(path: Path) -> str:
    """Return the digest that a file was written with, without reading its tensors."""
    with safe_open(path, framework="pt") as file:
        return str(json.loads(file.metadata()["fewtext"])["digest"])


def _sealed(tensors: Mapping[str, Tensor], facts: Mapping[str, Any]) -> str:
    return json.dumps({"facts": facts, "digest": _digest(tensors, facts)})


def _digest(tensors: Mapping[str, Tensor], facts: Mapping[str, Any]) -> str:
    digest = hashlib.sha256(json.dumps(facts).encode())
    for key in sorted(tensors):
        value = tensors[key]
        digest.update(repr((key, value.dtype, tuple(value.shape))).encode())
        digest.update(value.reshape(-1).view(torch.uint8).numpy().data)
    return digest.hexdigest()
