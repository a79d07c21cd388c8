"""Devices and dtypes by name."""

from __future__ import annotations

import torch

from fewtext.errors import FewtextError


def choose_device(device: str) -> torch.device:
    """Return the device of this name; ``auto`` is CUDA, else Apple's MPS, else the CPU."""
    if device == "auto":
        device = "cuda" if torch.cuda.is_available() else "mps" if torch.backends.mps.is_available() else "cpu"
    try:
        chosen = torch.device(device)
        torch.zeros(1, device=chosen).tolist()
    except (RuntimeError, AssertionError, ImportError) as error:
        raise FewtextError(f"device {device!r} cannot be used here", hint="use auto or cpu") from error
    return chosen


def choose_dtype(dtype: str, device: torch.device) -> torch.dtype:
    """Return the dtype of this name; ``auto`` is bfloat16 where the hardware multiplies it natively, else float32."""
    named = {"float32": torch.float32, "bfloat16": torch.bfloat16, "float16": torch.float16}
    if dtype == "auto":
        return torch.bfloat16 if _has_native_bfloat16(device) else torch.float32
    if dtype not in named:
        raise FewtextError(f"no dtype {dtype!r}", hint=f"use auto, {', '.join(named)} or int8")
    return named[dtype]


def _has_native_bfloat16(device: torch.device) -> bool:
    if device.type == "cuda":
        return torch.cuda.get_device_capability(device) >= (8, 0)
    if device.type == "cpu":
        probes = (getattr(torch.cpu, name, None) for name in ("_is_avx512_bf16_supported", "_is_amx_tile_supported"))
        return any(probe() for probe in probes if probe)
    return False
