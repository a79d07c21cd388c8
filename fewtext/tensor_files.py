"""Tensor files: safetensors with facts in JSON and a digest of both; written whole or not at all, never unpickled."""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import torch
from safetensors import SafetensorError, safe_open
from safetensors.torch import save_file
from torch import Tensor

from fewtext.errors import InputError

PART = ".part"  # ends the name of a file that is being written


def write_tensors(path: Path, tensors: Mapping[str, Tensor], facts: Mapping[str, Any]) -> None:
    """Write tensors and the facts that go with them; raise ``InputError`` where the disk does not take them."""
    part = _part_of(path)
    plain = {key: value.detach().cpu().contiguous() for key, value in tensors.items()}
    # One entry: the library writes several in an order that changes, and equal runs are to give equal files.
    content = json.dumps({"facts": facts, "digest": _digest(plain, facts)})
    try:
        save_file(plain, part, {"fewtext": content})
        part.chmod(0o644)
        part.replace(path)
    except (OSError, SafetensorError) as error:
        raise _not_written(path, error) from error
    finally:
        part.unlink(missing_ok=True)


def read_tensors(path: Path) -> tuple[dict[str, Tensor], dict[str, Any]]:
    """Read tensors and facts; raise ``InputError`` where the file is not, to the bit, as it was written."""
    try:
        with safe_open(path, framework="pt") as file:
            content = json.loads(file.metadata()["fewtext"])
            tensors = {key: file.get_tensor(key) for key in file.keys()}  # noqa: SIM118
        facts = dict(content["facts"])
        if _digest(tensors, facts) != content["digest"]:
            raise ValueError("its content is not what was written")
    except Exception as error:  # a missing file, no metadata, or the library's own class of errors
        raise damaged(path, str(error)) from error
    return tensors, facts


def write_text(path: Path, content: str) -> None:
    """Write a small text file, whole or not at all."""
    part = _part_of(path)
    try:
        part.write_text(content, encoding="utf-8", errors="backslashreplace")
        part.replace(path)
    except OSError as error:
        raise _not_written(path, error) from error
    finally:
        part.unlink(missing_ok=True)


def is_part(name: str) -> bool:
    """Whether a file of this name is what a killed process was writing."""
    return name.startswith(".") and name.endswith(PART)


def damaged(path: Path, reason: str) -> InputError:
    """Return the error for a file that is not as it was written."""
    return InputError(f"is damaged: {reason}", where=str(path), cure="take it from a backup, or train again")


def _part_of(path: Path) -> Path:
    return path.with_name(f".{path.name}.{os.getpid()}{PART}")


def _not_written(path: Path, error: Exception) -> InputError:
    reason = getattr(error, "strerror", None) or str(error).strip().splitlines()[0]
    return InputError(f"cannot be written: {reason}", where=str(path), cure="make room or choose another place")


def _digest(tensors: Mapping[str, Tensor], facts: Mapping[str, Any]) -> str:
    digest = hashlib.sha256(json.dumps(facts).encode())
    for key in sorted(tensors):
        value = tensors[key]
        digest.update(repr((key, value.dtype, tuple(value.shape))).encode())
        digest.update(value.reshape(-1).view(torch.uint8).numpy().data)
    return digest.hexdigest()
