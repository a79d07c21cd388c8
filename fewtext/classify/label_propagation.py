"""Label propagation (Zhou et al., 2004): probabilities of queries are smoothed over their nearest neighbours."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor
from torch.nn.functional import normalize

from fewtext.metrics.calibration import fit_temperature

NEIGHBOURS = 10
MOST_HELD_OUT = 10_000  # examples that join the queries: all pairs are compared
SHARPNESS = 4  # a neighbour counts by its cosine, to this power
STEPS = 20
STRONGEST = 0.8  # the largest share of an answer that comes from its neighbours
LEAST = 0.15  # below this share, neighbours correct answers no more often than they spoil them
ENOUGH = 5.0  # queries a class at which half of ``STRONGEST`` is reached: few queries show little of their distribution
RELATED = 0.3  # agreement of neighbours beyond chance, from which on neighbours count in full
FLATTENING = 1.2  # averages are less confident than what they average: how much less, times the strength
_CELLS = 2**26  # similarities in memory at once


@dataclass(frozen=True)
class Transduced:
    """Probabilities of queries ``[n, ways]``, and of held-out examples ``[m, ways]`` with their classes.

    ``strength`` is the share of each answer that comes from its neighbours, ``learner`` the name of a transductive one
    that has answered jointly by itself.
    """

    probabilities: Tensor
    held_out: Tensor
    target: Tensor
    strength: float
    learner: str = ""

    def __str__(self) -> str:
        if self.learner:
            return (
                f"transductive: predicted jointly by {self.learner}; other texts beside them would change the answers"
            )
        if not self.strength:
            return (
                "transductive: neighbouring texts agree too little to count, so labels are as without them, and "
                "probabilities are calibrated again"
            )
        return (
            f"transductive: predicted jointly, with {self.strength:.0%} of each answer from the {NEIGHBOURS} nearest "
            "texts, so that other texts beside them would change the answers"
        )


def transduce(x: Tensor, probabilities: Tensor, held_x: Tensor, held_out: Tensor, target: Tensor) -> Transduced:
    """Draw the ``probabilities`` ``[n, ways]`` of queries ``x`` ``[n, d]`` towards those of their neighbours.

    They are calibrated, by a classifier that sees one query at a time. Examples held out of its support, ``held_x``
    ``[m, d]`` with probabilities ``held_out`` and classes ``target``, join the graph as further queries, and the result
    is calibrated on them. Neighbours count as much as they are expected to agree: little among few queries, and little
    where classes are not what makes texts similar. No balance of the classes is assumed.
    """
    held = len(held_x)
    graph = neighbour_graph(torch.cat([held_x, x]))
    before = torch.cat([held_out, probabilities]).double()
    strength = _strength(graph, before, held)
    after = before
    for _ in range(STEPS):
        after = strength * (graph @ after) + (1 - strength) * before
    logits = after.clamp(min=1e-12).log()
    temperature = fit_temperature(logits[:held], target, 1 / (1 + FLATTENING * strength))
    smoothed = (logits / temperature).softmax(-1)
    return Transduced(smoothed[held:], smoothed[:held], target, strength)


def neighbour_graph(x: Tensor) -> Tensor:
    """Return the graph of nearest neighbours, sparse ``[n, n]``: cosines, symmetric, normalised by degrees."""
    unit = normalize(x, dim=-1)
    n = len(unit)
    near, place = [], []
    for rows in torch.split(torch.arange(n, device=x.device), max(1, _CELLS // max(n, 1))):
        cosine = unit[rows] @ unit.T
        cosine[torch.arange(len(rows)), rows] = -1.0
        found = cosine.topk(min(NEIGHBOURS, max(0, n - 1)))
        near.append(found.values)
        place.append(found.indices)
    weight, to = torch.cat(near).clamp(min=0) ** SHARPNESS, torch.cat(place)
    start = torch.arange(n, device=x.device)[:, None].expand_as(to)
    one_way = torch.stack([start, to]).flatten(1)
    both = torch.cat([one_way, one_way.flip(0)], 1)
    values = torch.cat([weight.flatten()] * 2).double()
    graph = torch.sparse_coo_tensor(both, values, (n, n), check_invariants=True).coalesce()
    degree = torch.zeros(n, dtype=values.dtype, device=x.device).index_add(0, graph.indices()[0], graph.values())
    scale = degree.clamp(min=1e-12).rsqrt()
    rows, columns = graph.indices()
    values = graph.values() * scale[rows] * scale[columns]
    return torch.sparse_coo_tensor(graph.indices(), values, (n, n), check_invariants=True, is_coalesced=True)


def _strength(graph: Tensor, probabilities: Tensor, held: int) -> float:
    """Return how much neighbours count, by how far queries (all but the first ``held``) agree beyond chance."""
    rows, columns = graph.indices()
    ours = (rows >= held) & (columns >= held)
    weight = graph.values()[ours]
    if not weight.sum():
        return 0.0
    agreeing = sum(
        (probabilities[rows[part]] * probabilities[columns[part]]).sum(-1) @ graph.values()[part]
        for part in torch.split(ours.nonzero()[:, 0], max(1, _CELLS // probabilities.shape[1] // 4))
    )
    by_chance = probabilities[held:].mean(0).square().sum()
    related = float((agreeing / weight.sum() - by_chance) / (1 - by_chance).clamp(min=1e-9))
    per_class = (len(probabilities) - held) / probabilities.shape[1]
    strength = STRONGEST * min(1.0, max(0.0, related) / RELATED) ** 2 * per_class**2 / (per_class**2 + ENOUGH**2)
    return strength if strength >= LEAST else 0.0
