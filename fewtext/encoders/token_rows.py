"""Token ids of a batch on their way to a model: padded to a rectangle, or of all texts in one row, without padding."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property
from itertools import accumulate, chain

import numpy as np
import torch
from torch import Tensor


def padded_ids(batch: Sequence[list[int]], filler: int, device: torch.device) -> tuple[Tensor, Tensor, bool]:
    """Return token ids and the mask of real ones, both ``[b, longest]``, and whether there is any padding."""
    lengths = torch.tensor([len(ids) for ids in batch])
    longest = int(lengths.max())
    ids = torch.tensor([row + [filler] * (longest - len(row)) for row in batch]).to(device)
    mask = (torch.arange(longest) < lengths[:, None]).to(device)
    return ids, mask, bool(lengths.min() < longest)


class TokenRow:
    """The tokens of all texts of a batch in one row ``[tokens]``, and where each text begins.

    Nothing here waits for the device: sizes are known on the host, and what is copied is copied from pinned memory.
    """

    def __init__(self, batch: Sequence[list[int]], device: torch.device) -> None:
        self.lengths = [len(ids) for ids in batch]
        self.longest = max(self.lengths)
        self._tokens, self._device = sum(self.lengths), device
        self.ids = self._moved(np.fromiter(chain.from_iterable(batch), np.int64, self._tokens))
        starts = self._moved(np.fromiter(accumulate(self.lengths, initial=0), np.int64, len(batch) + 1))
        self.bounds = starts.int()
        """The first token of each text, and the end of the last: ``[b + 1]``, 32 bits."""
        self._counts = starts.diff()
        self.places = torch.arange(self._tokens, device=device) - self._for_each_token(starts[:-1])
        """The place of each token in its text ``[tokens]``."""

    @cached_property
    def mask(self) -> Tensor:
        """Which tokens of the padded batch are real, ``[b, longest]``."""
        return torch.arange(self.longest, device=self._device) < self._counts[:, None]

    def padded(self, x: Tensor) -> Tensor:
        """Return vectors ``[tokens, d]`` as ``[b, longest, d]``, with 0 for padding."""
        texts, width = len(self.lengths), x.shape[-1]
        if texts * self.longest == self._tokens:
            return x.view(texts, self.longest, width)
        return x.new_zeros(texts * self.longest, width).index_copy_(0, self._padded_places, x).view(texts, -1, width)

    @cached_property
    def _padded_places(self) -> Tensor:
        first = torch.arange(len(self.lengths), device=self._device) * self.longest
        return self._for_each_token(first) + self.places

    def _for_each_token(self, x: Tensor) -> Tensor:
        return x.repeat_interleave(self._counts, output_size=self._tokens)

    def _moved(self, values: np.ndarray) -> Tensor:
        x = torch.from_numpy(values)
        return x.pin_memory().to(self._device, non_blocking=True) if self._device.type == "cuda" else x
