"""Near-duplicates: pairs of texts with almost the same features, found without comparing all pairs in full."""

from __future__ import annotations

import warnings
from collections import defaultdict
from collections.abc import Hashable, Sequence

import torch
from torch import Tensor
from torch.nn.functional import cosine_similarity, normalize

from fewtext.errors import FewtextWarning

NEAR = 0.98  # cosine from which on two texts are near-duplicates
MOST_FOUND, MOST_LISTED = 1_000_000, 100_000  # pairs
WIDTH = 64  # of the projection that leaves most pairs out
FEW = 4096  # texts: no more are compared without a projection
_ROUNDING = 1e-4  # of cosines in single precision
_CELLS = 2**22  # numbers in memory at once


def near_duplicates(x: Tensor, texts: Sequence[str], forms: Sequence[Hashable]) -> list[tuple[int, int]]:
    """Return the places of texts with almost the same features ``[n, *shape]`` and different forms, nearest first.

    Equal texts are compared once. Where there are very many pairs, a warning says that not all are listed.
    """
    places: dict[str, list[int]] = defaultdict(list)
    for place, text in enumerate(texts):
        places[text].append(place)
    first = [own[0] for own in places.values()]
    number: dict[Hashable, int] = {}
    group = torch.tensor([number.setdefault(forms[place], len(number)) for place in first])
    cosines, pairs = near_pairs(x.flatten(1)[first] if len(first) < len(x) else x.flatten(1), group)
    found: list[tuple[float, int, int]] = []
    for cosine, (one, other) in zip(cosines.tolist(), pairs.tolist(), strict=True):
        for a in places[texts[first[one]]]:
            found += ((-cosine, min(a, b), max(a, b)) for b in places[texts[first[other]]])
        if len(found) > MOST_LISTED:
            break
    if len(pairs) > MOST_LISTED or len(found) > MOST_LISTED:
        message = f"more than {MOST_LISTED:,} pairs of texts are almost the same: the nearest of them are listed"
        if len(pairs) >= MOST_FOUND:
            message = f"more than {MOST_FOUND:,} pairs of texts are almost the same: {MOST_LISTED:,} of them are listed"
        warnings.warn(message, FewtextWarning, stacklevel=5)
    return [(a, b) for _, a, b in sorted(found)[:MOST_LISTED]]


def near_pairs(x: Tensor, group: Tensor) -> tuple[Tensor, Tensor]:
    """Return the cosines ``[m]`` of rows of ``x`` ``[n, d]`` above ``NEAR``, highest first, and the rows ``[m, 2]``.

    Rows of one ``group`` ``[n]`` are no pair. Unit vectors a and b are split into their parts in the space of the first
    principal directions and the rest. By the inequality of Cauchy and Schwarz, a'b is at most the product of the former
    plus that of the lengths of the latter, which is a product of short vectors: it leaves out most pairs, and none that
    is near. The search ends at ``MOST_FOUND`` pairs.
    """
    bounds = _bounds(normalize(x, dim=-1))
    cosines, pairs, found = [x.new_zeros(0, dtype=torch.float64)], [torch.zeros(0, 2, dtype=torch.int64)], 0
    rows = max(1, _CELLS // max(1, len(x)))
    for start in range(0, len(x), rows):
        product = bounds[start : start + rows] @ bounds[start:].T
        possible = start + (product > NEAR - _ROUNDING).nonzero()
        possible = possible[(possible[:, 0] < possible[:, 1]) & (group[possible[:, 0]] != group[possible[:, 1]])]
        for part in torch.split(possible, max(1, _CELLS // x.shape[1])):
            cosine = cosine_similarity(x[part[:, 0]].double(), x[part[:, 1]].double())
            near = cosine > NEAR
            cosines.append(cosine[near])
            pairs.append(part[near])
            found += len(pairs[-1])
            if found >= MOST_FOUND:
                break
        if found >= MOST_FOUND:
            break
    cosine = torch.cat(cosines)
    order = cosine.argsort(descending=True, stable=True)
    return cosine[order], torch.cat(pairs)[order]


def _bounds(unit: Tensor) -> Tensor:
    """Return vectors ``[n, WIDTH + 1]`` whose products are at least those of ``unit`` ``[n, d]``; of few, these."""
    if len(unit) <= FEW or unit.shape[1] <= 2 * WIDTH:
        return unit
    sample = unit[:: len(unit) // FEW]
    directions = torch.linalg.eigh((sample.T @ sample).double()).eigenvectors[:, -WIDTH:].to(unit.dtype)
    inner = unit @ directions
    rest = (unit.square().sum(1) - inner.square().sum(1)).clamp(min=0).sqrt()
    return torch.cat([inner, rest[:, None]], 1)
