"""The smallest of many random keys in each of many short rows: what drawing without replacement comes down to."""

from __future__ import annotations

import numpy as np
import torch
from torch import Tensor

_AT_ONCE = 1 << 16  # keys sorted at once: they stay in a processor's cache
_LONG = 256  # keys in a row: from here on the smallest are separated from the others before they are sorted


def smallest(keys: Tensor, count: int) -> Tensor:
    """Return the places of the ``count`` smallest keys of each row ``[..., n]``, in ascending order: ``[..., count]``.

    Keys are not negative. The places are those of ``keys.topk(count, largest=False)``, in a third of its time on a
    processor: whole numbers that consist of a key and its place are sorted by numpy, whose sort is vectorised. Where
    two keys are equal, which place comes first is topk's own affair, so that these few rows are left to it.
    """
    if keys.device.type != "cpu" or keys.dtype != torch.float32 or not keys.numel():
        return keys.topk(count, largest=False).indices
    rows = keys.reshape(-1, keys.shape[-1])
    places = torch.empty(len(rows), count, dtype=torch.int64)
    size = max(1, _AT_ONCE // rows.shape[1])
    for start in range(0, len(rows), size):
        places[start : start + size] = _smallest(rows[start : start + size], count)
    return places.view(*keys.shape[:-1], count)


def _smallest(rows: Tensor, count: int) -> Tensor:
    n = rows.shape[1]
    # The bits of floating-point numbers that are not negative are in the numbers' order.
    marked = (rows.contiguous().view(torch.int32).to(torch.int64) << 32).add_(torch.arange(n)).numpy()
    if n > max(_LONG, 4 * count):
        marked = np.partition(marked, count, axis=1)[:, : count + 1]
    first = torch.from_numpy(np.sort(marked, axis=1)[:, : count + 1])
    places, values = first[:, :count] & 0xFFFFFFFF, first >> 32
    if len(tied := (values[:, 1:] == values[:, :-1]).any(1).nonzero()[:, 0]):
        places[tied] = rows[tied].topk(count, largest=False).indices
    return places
