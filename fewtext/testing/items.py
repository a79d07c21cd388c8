"""What encoders are checked on: texts, or small images made here."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from fewtext.contracts.encoder import Encoder
from fewtext.contracts.image import Picture

TEXTS = ("the printer is out of toner", "pay my salary", "a room for eight", "the printer", "no")
STRANGE = ("", " ", "\u200b", "\x00", "🙂👩‍🚀", "مرحبا", "日本語", "\ud800", "a" * 3000, "no\n\tmore")
"""Texts that people really send: blank, invisible, in other writing, cut in the middle of a character, very long."""
SIDE = 16
UNREADABLE = Picture("unreadable.png", content=b"this is no image")


def images() -> list[Picture]:
    """Return different small greyscale images."""
    patterns = [[(x * (k + 3) + y * (k * k + 1)) % 256 for y in range(SIDE) for x in range(SIDE)] for k in range(5)]
    return [Picture(f"image-{k}", pixels=bytes(pattern)) for k, pattern in enumerate(patterns)]


def items_for(encoder: Encoder) -> Sequence[Any]:
    """Return what an encoder can read: texts where it reads them."""
    return TEXTS if "text" in encoder.modalities else images()
