"""Pixels: images as tensors of one size, for a backbone such as Conv4."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import numpy as np
import torch
from torch import Tensor

from fewtext.contracts.encoder import Encoder, Progress
from fewtext.contracts.image import Picture
from fewtext.encoders.devices import choose_device
from fewtext.errors import FewtextError
from fewtext.files.images import decode, need_pillow, read_bytes
from fewtext.registry.hookspecs import hookimpl

DEFAULT = "32x32x3"
MOST_SIDE = 1024
CHUNK = 2048  # images whose files are in memory at once


class Pixels(Encoder):
    """Images as tensors ``[channels, height, width]`` in 0..1; ``model`` is ``28x28x1`` or ``28x28x1,invert``.

    One channel is brightness; ``invert`` makes ink 1 and paper 0. An image that cannot be decoded becomes NaN.
    """

    name = "pixels"
    modalities = ("image",)

    def __init__(
        self,
        model: str | None = None,
        *,
        device: str = "auto",
        dtype: str = "auto",
        max_length: int | None = None,
        offline: bool = False,
    ) -> None:
        match = re.fullmatch(r"(\d{1,4})x(\d{1,4})x([13])(,invert)?", model or DEFAULT)
        if match is None or not all(1 <= int(side) <= MOST_SIDE for side in match.groups()[:2]):
            raise FewtextError(f"pixels: {model!r} is not a size", hint="write pixels:28x28x1 or pixels:28x28x1,invert")
        need_pillow()
        self.device = choose_device(device)
        self.shape = int(match[3]), int(match[1]), int(match[2])
        self.invert = match[4] is not None
        self.fingerprint = f"pixels-1-{match[0]}"

    def encode(self, items: Sequence[Any], progress: Progress | None = None) -> Tensor:
        """Return float32 pixels ``[n, channels, height, width]``; an image is decoded once for all of its rotations."""
        turns = torch.tensor([image.turns for image in items], dtype=torch.int64)
        if turns.any() and self.shape[1] != self.shape[2]:
            raise FewtextError("rotated images must be square", hint="use an encoder such as pixels:28x28x1")
        upright = list(dict.fromkeys(image.upright for image in items))
        places = {image: i for i, image in enumerate(upright)}
        decoded = torch.empty(len(upright), *self.shape)
        with ThreadPoolExecutor() as pool:
            for start in range(0, len(upright), CHUNK):
                chunk = upright[start : start + CHUNK]
                for i, values in enumerate(pool.map(self._decode, chunk, read_bytes(chunk)), start):
                    decoded[i] = values
                if progress:
                    progress(min(start + CHUNK, len(upright)), len(upright))
        x = decoded
        if len(upright) < len(items):  # else they are in place already, and a copy would take as much memory again
            x = decoded[torch.tensor([places[image.upright] for image in items], dtype=torch.int64)]
        for quarter in (1, 2, 3) if turns.any() else ():
            x[turns == quarter] = torch.rot90(x[turns == quarter], quarter, (2, 3))
        return x

    def _decode(self, source: Picture, content: bytes) -> Tensor:
        from PIL import Image

        channels, height, width = self.shape
        image = decode(source, content, "L" if channels == 1 else "RGB")
        if image is None:
            return torch.full(self.shape, torch.nan)
        image = image.resize((width, height), Image.Resampling.LANCZOS)
        values = torch.from_numpy(np.array(image))
        values = values[None] if channels == 1 else values.permute(2, 0, 1)
        return (255 - values if self.invert else values) / 255


@hookimpl
def encoders() -> Iterable[type[Encoder]]:
    """Offer the encoder."""
    return [Pixels]
