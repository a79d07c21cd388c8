"""Episodes: tasks drawn from encoded examples, many at once by tensor operations, from one generator."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass

import torch
from torch import Tensor

from fewtext.contracts.recipe import Range
from fewtext.datasets.features import Features
from fewtext.errors import InputError
from fewtext.training.batching import Batch
from fewtext.training.smallest import smallest

IMAGES = 1000  # in a network at once: more do not fit into the processor's caches
GPU_MORE = {True: 16, False: 256}  # so many times as much work at once fills a GPU, with images and with vectors
_KEYS = 1 << 24  # random keys drawn at once, one for every example that an episode could take


@dataclass(frozen=True)
class EpisodeList:
    """Tasks as row numbers: support ``rows``, classes ``y`` and ``weight`` ``[tasks, n]``, queries ``[tasks, m]``."""

    rows: Tensor
    y: Tensor
    weight: Tensor
    query: Tensor
    target: Tensor
    ways: int

    def __len__(self) -> int:
        return len(self.rows)

    @property
    def fingerprint(self) -> str:
        """16 hex digits that are equal where the very same tasks were drawn."""
        digest = hashlib.sha256()
        for part in (self.rows, self.y, self.weight.to(torch.int64), self.query, self.target):
            digest.update(repr(tuple(part.shape)).encode() + part.cpu().numpy().tobytes())
        return digest.hexdigest()[:16]

    def at_once(self, features: Features, most: int) -> int:
        """Return how many tasks to answer at once: ``most``, or fewer where they have many images."""
        more = GPU_MORE[features.are_images] if features.x.is_cuda else 1
        return more * most if not features.are_images else min(more * most, max(1, more * IMAGES // self.examples))

    @property
    def examples(self) -> int:
        """The examples of a task, its queries among them."""
        return self.rows.shape[1] + self.query.shape[1]

    def batches(self, features: Features, size: int) -> Iterator[Batch]:
        """Yield the tasks with their features, ``size`` at a time."""
        for part in self.parts(size, features.x.device):
            x, asked = (_rows(features.x, index) for index in (part.rows, part.query))
            yield Batch(x, part.y, part.weight.to(x.dtype), asked, part.target, self.ways)

    def parts(self, size: int, device: torch.device) -> Iterator[EpisodeList]:
        """Yield the tasks on a device, ``size`` at a time."""
        whole = (self.rows, self.y, self.weight, self.query, self.target)
        for start in range(0, len(self), size):
            rows, y, weight, query, target = (part[start : start + size].to(device) for part in whole)
            yield EpisodeList(rows, y, weight, query, target, self.ways)


class EpisodeSampler:
    """Draws tasks of ``ways`` classes with ``shots`` support examples and ``queries`` queries each.

    Classes, examples and class numbers are drawn for each task, and no example is both support and query. All tasks of
    a draw have the same ways; shots are drawn for each task (``unequal``: for each of its classes) and padded with
    weight 0 to the most. The support is in random order.
    """

    def __init__(self, features: Features, ways: Range, shots: Range, queries: int, unequal: bool = False) -> None:
        self.ways, self.shots, self.queries, self.unequal = ways, shots, queries, unequal
        y = features.y.cpu()
        self.counts = torch.bincount(y, minlength=len(features.labels))
        self._check(features.labels)
        # Row numbers by class, padded on the right: [classes, most examples of a class].
        order = y.argsort(stable=True)
        starts = self.counts.cumsum(0) - self.counts
        self._table = torch.zeros(len(self.counts), int(self.counts.max()), dtype=torch.int64)
        self._table[y[order], torch.arange(len(y)) - starts[y[order]]] = order

    def _check(self, labels: tuple[str, ...]) -> None:
        needed = self.shots.high + self.queries
        if len(labels) < self.ways.high:
            message = f"there are {len(labels)} classes to draw {self.ways.high} ways from"
            raise InputError(message, hint="ask for fewer ways")
        if int(self.counts.min()) < needed:
            least = int(self.counts.argmin())
            more = int((self.counts < needed).sum()) - 1
            raise InputError(
                f"class {labels[least]!r} has {self.counts[least]} examples"
                + (f" ({more} more classes have too few)" if more else "")
                + f"; an episode of {self.shots} shots and {self.queries} queries needs {needed}",
                hint="ask for fewer shots or queries, or leave the class out",
            )

    def draw(self, tasks: int, generator: torch.Generator) -> EpisodeList:
        """Draw tasks on the generator's device; the same generator state gives the same tasks."""
        device = generator.device
        ways = _between(self.ways, (), generator)
        most = self.shots.high
        each = most + self.queries
        keys = torch.rand(tasks, len(self.counts), generator=generator, device=device)
        classes = smallest(keys, int(ways))
        table, counts = self._table.to(device), self.counts.to(device)
        chosen = torch.empty(tasks, int(ways), each, dtype=torch.int64, device=device)
        size = max(1, _KEYS // (int(ways) * table.shape[1]))
        for start in range(0, tasks, size):
            part = classes[start : start + size]
            keys = torch.rand(*part.shape, table.shape[1], generator=generator, device=device)
            absent = torch.arange(table.shape[1], device=device) >= counts[part][..., None]
            places = smallest(keys.masked_fill(absent, 2.0), each)
            chosen[start : start + size] = table.take(part[..., None] * table.shape[1] + places)
        shots = _between(self.shots, (tasks, int(ways) if self.unequal else 1, 1), generator)
        present = torch.arange(most, device=device) < shots
        numbers = torch.arange(int(ways), device=device)[None, :, None].expand(tasks, -1, each)
        order = torch.rand(tasks, int(ways) * most, generator=generator, device=device).argsort(1)

        def shuffled(part: Tensor) -> Tensor:
            return part.expand(tasks, int(ways), most).flatten(1).gather(1, order)

        return EpisodeList(
            rows=shuffled(chosen[..., :most]),
            y=shuffled(numbers[..., :most]),
            weight=shuffled(present).to(torch.float32),
            query=chosen[..., most:].flatten(1),
            target=numbers[..., most:].flatten(1),
            ways=int(ways),
        )


def _rows(x: Tensor, index: Tensor) -> Tensor:
    return x.index_select(0, index.flatten()).view(*index.shape, *x.shape[1:])  # takes half the time of x[index]


def _between(span: Range, shape: tuple[int, ...], generator: torch.Generator) -> Tensor:
    return torch.randint(span.low, span.high + 1, shape, generator=generator, device=generator.device)
