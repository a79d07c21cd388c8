"""From texts to features, some thousands at a time: a GPU encodes some while the host tokenizes those after them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence

import torch
from torch import Tensor

from fewtext.contracts.encoder import Progress
from fewtext.contracts.progress import within
from fewtext.encoders.tokens import Tokenized, batches
from fewtext.files.reading_ahead import ahead

AT_ONCE = {"cuda": 2048}  # texts that are sorted and batched together: few, where others are tokenized meanwhile
OTHERWISE = 16384


def encode_texts(
    texts: Sequence[str],
    features: Tensor,
    device: torch.device,
    tokenize: Callable[[Sequence[str]], Tokenized],
    encode_batches: Callable[[Tokenized, Progress | None], Tensor],
    progress: Progress | None,
) -> None:
    """Put the vectors of texts into ``features`` ``[n, d]`` on the CPU, ``tokenize`` being called in another thread.

    ``encode_batches`` returns vectors ``[some, d]`` on the device, and need not wait for it.
    """
    size = AT_ONCE.get(device.type, OTHERWISE)
    starts = range(0, len(texts), size)
    parts = map(tokenize, (texts[start : start + size] for start in starts))
    arriving: _Arriving | None = None
    for start, tokens in zip(starts, ahead(parts) if len(starts) > 1 else parts, strict=True):
        vectors = encode_batches(tokens, within(progress, start, len(tokens.ids), len(texts)))
        if arriving:
            arriving.put_into(features)
        arriving = _Arriving(vectors, start)
    if arriving:
        arriving.put_into(features)


def in_order(vectors: Sequence[Tensor], places: Sequence[Sequence[int]]) -> Tensor:
    """Join the vectors of batches ``[b, d]``, and put them in the order of their texts' ``places``."""
    joined = torch.cat(list(vectors))
    back = torch.tensor([i for batch in places for i in batch]).argsort()
    return joined[back.pin_memory().to(joined.device, non_blocking=True) if joined.is_cuda else back.to(joined.device)]


def in_batches(
    ids: Sequence[list[int]],
    budget: int,
    encode_batch: Callable[[list[list[int]]], Tensor],
    progress: Progress | None,
    mapped: Callable[..., Iterable[Tensor]] = map,
) -> Tensor:
    """Return the vectors ``[n, d]`` of texts of such token ids, encoded in batches of at most ``budget`` tokens.

    Texts are sorted by length and then by tokens, so that features do not depend on their order. A pool's
    ``mapped`` encodes batches side by side.
    """
    places, vectors = list(batches(ids, budget)), list[Tensor]()
    done, total = 0, sum(map(len, ids))
    for batch, found in zip(places, mapped(encode_batch, ([ids[i] for i in batch] for batch in places)), strict=True):
        vectors.append(found)
        done += sum(len(ids[i]) for i in batch)
        if progress:
            progress(done, total)
    return in_order(vectors, places)


class _Arriving:
    """Vectors ``[n, d]`` on their way from a device, which may still be computing them."""

    def __init__(self, vectors: Tensor, start: int) -> None:
        self._start, self._sent = start, None
        self._vectors = vectors.to("cpu", non_blocking=vectors.is_cuda)
        if vectors.is_cuda:
            self._sent = torch.cuda.current_stream(vectors.device).record_event()

    def put_into(self, features: Tensor) -> None:
        """Wait for the vectors, and put them into rows of ``features``."""
        if self._sent:
            self._sent.synchronize()
        features[self._start : self._start + len(self._vectors)] = self._vectors
