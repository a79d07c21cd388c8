"""Answers of classifiers that are linear in the embeddings: many tasks fitted at once, a product for a block of them.

It is what ``answer_tasks`` computes, but queries are not gathered on a processor where a task has few classes, and
otherwise into one buffer that stays in its cache.
"""

from __future__ import annotations

import warnings
from collections.abc import Iterator
from dataclasses import dataclass

import torch
from torch import Tensor
from torch.nn.functional import normalize

from fewtext.classify.company import answers_jointly
from fewtext.contracts.learner import Learner, Support
from fewtext.contracts.linear_head import LinearHead
from fewtext.datasets.features import Features
from fewtext.learners.backbones import Identity
from fewtext.registry.failures import plugin_errors
from fewtext.training.batching import logits_of
from fewtext.training.episodes import EpisodeList

# Numbers at once, on a processor and on a GPU: of the supports and heads that are fitted, and of queries gathered.
FITTED = {False: 1 << 20, True: 1 << 27}
FUSED_WAYS = 6  # classes of a task: with more, gathering its queries for one product pays
GATHERED = {False: 1 << 18, True: 1 << 27}


def has_linear_heads(learner: Learner, features: Features, episodes: EpisodeList) -> bool:
    """Whether the learner, on embeddings, fits ``LinearHead`` to tasks that do not depend on one another."""
    if not isinstance(learner.backbone, Identity) or learner.inner_steps or not learner.vectorizes:
        return False
    if features.are_images or answers_jointly(learner) or learner.keeps_state:
        return False
    episode = next(episodes.batches(features, 1)).episode(0)
    with plugin_errors("learner", learner.name, learner):
        head = learner.fit(episode.support)
        if not isinstance(head, LinearHead) or head.backbone is not learner.backbone:
            return False
        logits_of(head(episode.query), episode)
    return True


def linear_answers(learner: Learner, features: Features, episodes: EpisodeList) -> Iterator[tuple[Tensor, Tensor]]:
    """Yield logits ``[tasks, m, ways]`` and targets ``[tasks, m]``, some tasks at a time, from fits of ``LinearHead``.

    The logits lie in memory with one row for each class of a task, which is the order that is fast to reduce.
    """
    x, width = features.x, features.x.shape[1]
    support, queries = episodes.rows.shape[1], episodes.query.shape[1]
    each = max((support + episodes.ways) * width, queries * episodes.ways)
    for part in episodes.parts(max(1, FITTED[x.is_cuda] // each), x.device):
        with plugin_errors("learner", learner.name, learner):
            heads = _fit(learner, x, part)
        yield heads.logits(x, part.query).mT, part.target


@dataclass(frozen=True)
class _Heads:
    """The heads of many tasks: ``weight`` is ``[tasks, ways, d]``, the others have a leading dimension of tasks."""

    weight: Tensor
    bias: Tensor | None
    centre: Tensor | None
    scale: Tensor | float
    unit: bool

    def logits(self, x: Tensor, query: Tensor) -> Tensor:
        """Return ``[tasks, ways, m]`` for rows ``query`` ``[tasks, m]`` of the embeddings ``x`` ``[n, d]``."""
        x = normalize(x, dim=-1) if self.unit else x
        few = self.weight.shape[1] <= FUSED_WAYS and self.centre is None
        fused = few and x.device.type == "cpu" and x.dtype in (torch.float32, torch.float64)
        found = self._fused(x, query) if fused else self._gathered(x, query)
        if isinstance(self.scale, Tensor) or self.scale != 1:
            found *= self.scale.view(-1, 1, 1) if isinstance(self.scale, Tensor) else self.scale
        return found if self.bias is None else found.add_(self.bias.view(len(query), -1, 1))

    def _fused(self, x: Tensor, query: Tensor) -> Tensor:
        """Take the products of classes and rows one by one where the rows are, without gathering them."""
        tasks, ways, width = self.weight.shape
        asked = query.shape[1]
        columns = query[:, None].expand(tasks, ways, asked).reshape(-1)
        ends = torch.arange(0, len(columns) + 1, asked)
        with warnings.catch_warnings():
            warnings.filterwarnings("ignore", "Sparse CSR tensor support is in beta state")
            shape = tasks * ways, len(x)
            wanted = torch.sparse_csr_tensor(ends, columns, x.new_zeros(len(columns)), shape, check_invariants=False)
        found: Tensor = torch.sparse.sampled_addmm(wanted, self.weight.reshape(-1, width), x.mT, beta=0.0).values()
        return found.view(tasks, ways, asked)

    def _gathered(self, x: Tensor, query: Tensor) -> Tensor:
        """Gather a block of rows at a time into one buffer, and multiply."""
        tasks, asked = query.shape
        size = min(tasks, max(1, GATHERED[x.is_cuda] // (asked * x.shape[1])))
        buffer = x.new_empty(size * asked, x.shape[1])
        found = x.new_empty(tasks, self.weight.shape[1], asked)
        for start in range(0, tasks, size):
            block = slice(start, start + size)
            index = query[block]
            z = torch.index_select(x, 0, index.flatten(), out=buffer[: index.numel()]).view(*index.shape, -1)
            if self.centre is not None:
                z -= self.centre[block, None]
            torch.bmm(self.weight[block], z.mT, out=found[block])
        return found


def _fit(learner: Learner, x: Tensor, tasks: EpisodeList) -> _Heads:
    alike: dict[str, bool | float] = {}  # what is no tensor does not depend on the task

    def fit(x: Tensor, y: Tensor, weight: Tensor) -> dict[str, Tensor]:
        head = learner.fit(Support(x, y, tasks.ways, weight))
        if not isinstance(head, LinearHead):
            raise TypeError(f"fit returned a LinearHead for one task and a {type(head).__name__} for many")
        parts = {"weight": head.weight.mT, "bias": head.bias, "centre": head.centre, "scale": head.scale}
        alike.update(unit=head.unit, **({} if isinstance(head.scale, Tensor) else {"scale": head.scale}))
        return {name: part for name, part in parts.items() if isinstance(part, Tensor)}

    rows = x.index_select(0, tasks.rows.flatten()).view(*tasks.rows.shape, -1)
    found = torch.func.vmap(fit)(rows, tasks.y, tasks.weight.to(x.dtype))
    scale = found.get("scale", alike.get("scale", 1.0))
    return _Heads(found["weight"], found.get("bias"), found.get("centre"), scale, bool(alike["unit"]))
