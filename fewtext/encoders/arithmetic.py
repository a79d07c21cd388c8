"""How near an encoder comes to what the machine can do: its products of matrices, and how fast they alone would be."""

from __future__ import annotations

import time
from collections.abc import Sequence
from typing import NamedTuple

import torch

from fewtext.encoders.packed_linear import Packed

ROUNDS, LEAST_SECONDS = 5, 0.05  # of each measurement: the best of several
TOGETHER = 8  # products between two looks at the clock, for which a GPU has to be waited


class Sizes(NamedTuple):
    """What the products of a BERT-family model depend on."""

    layers: int
    hidden: int
    inner: int

    @classmethod
    def of(cls, config: object) -> Sizes | None:
        """Return the sizes in a model's configuration; None where it has others."""
        names = "num_hidden_layers", "hidden_size", "intermediate_size"
        sizes = [size for name in names if isinstance(size := getattr(config, name, None), int)]
        return cls(*sizes) if len(sizes) == len(names) else None

    def operations(self, lengths: Sequence[int]) -> int:
        """Return the additions and multiplications in the products for texts of so many tokens, without padding.

        Of every token with the weights, and of queries with keys and weights with values among the tokens of a text.
        """
        weights = 4 * self.hidden**2 + 2 * self.hidden * self.inner
        return 2 * self.layers * sum(n * weights + 2 * n * n * self.hidden for n in lengths)


def matrix_rate(sizes: Sizes, rows: int, dtype: torch.dtype, device: torch.device) -> float:
    """Return operations a second that this machine reaches on the model's largest product, for batches of ``rows``."""
    x = torch.randn(rows, sizes.hidden, device=device).to(dtype)
    weight = torch.randn(sizes.inner, sizes.hidden, device=device).to(dtype)
    layer = Packed(weight, None) if device.type == "cpu" else None
    best = 0.0
    with torch.inference_mode():
        for _ in range(ROUNDS):
            start, done = time.perf_counter(), 0
            while (passed := time.perf_counter() - start) < LEAST_SECONDS or not done:
                for _ in range(TOGETHER):
                    layer(x) if layer else x @ weight.T
                if device.type == "cuda":
                    torch.cuda.synchronize(device)
                done += TOGETHER
            best = max(best, done * 2 * rows * sizes.hidden * sizes.inner / passed)
    return best
