"""Torch's process-wide state, its seed, default dtype and initialisers: one thread at a time changes it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from threading import RLock

import torch

LOCK = RLock()
"""Held while a model is loaded or built: transformers and torch change what all threads share meanwhile."""


@contextmanager
def seeded(seed: int, device: torch.device | None = None) -> Iterator[None]:
    """Seed torch's own generator in the block, for what takes no other, and put it back as it was after it."""
    devices = [device] if device is not None and device.type == "cuda" else []
    with LOCK, torch.random.fork_rng(devices=devices):
        torch.manual_seed(seed)
        yield
