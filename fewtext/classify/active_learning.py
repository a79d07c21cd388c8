"""Suggestions: which texts to label next, those that stand for many others of which the classifier is not sure."""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor
from torch.nn.functional import normalize

from fewtext.classify.input_validation import checked_texts
from fewtext.classify.multi_label import MultiLabelClassifier
from fewtext.classify.predict import classify, encoded_texts
from fewtext.classify.single_label import FewShotClassifier
from fewtext.contracts.encoder import Progress

CONSIDERED = 4000  # texts: of a larger pool as many are drawn at random
SHARPNESS = 4  # a text stands for another by their cosine, to this power


@dataclass(frozen=True)
class Suggestion:
    """A text worth labelling, by its place in the pool, and what it is taken for until then: a label, or ``a|b``."""

    place: int
    label: str
    probability: float


def suggest(
    model: FewShotClassifier | MultiLabelClassifier,
    texts: Sequence[Any],
    count: int,
    *,
    seed: int = 0,
    progress: Progress | None = None,
) -> list[Suggestion]:
    """Return the ``count`` most useful of a pool of texts, best first.

    Each is chosen for what it adds: to how well every text of the pool is represented by a labelled or a chosen one
    near it, weighted by how unsure its answer is (a facility location, whose greedy solution is near the best;
    Nemhauser et al., 1978). So neither outliers nor many of a kind come up.
    """
    texts = checked_texts(texts)
    drawn = sorted(random.Random(seed).sample(range(len(texts)), min(len(texts), CONSIDERED)))
    pool = [texts[i] for i in drawn]
    parts = list(encoded_texts(model, pool, len(pool), progress))
    if not parts or not parts[0].rows:
        return []
    x = parts[0].features
    unsure = _unsure(model, x).to(x.dtype)
    labelled = normalize(model.support_.x[: model.n_examples_].flatten(1), dim=-1)
    unit = normalize(x.flatten(1), dim=-1)
    near = (unit @ unit.T).clamp(min=0) ** SHARPNESS
    covered = (unit @ labelled.T).clamp(min=0).amax(1) ** SHARPNESS if len(labelled) else torch.zeros(len(unit))
    chosen: list[int] = []
    for _ in range(min(count, len(unit))):
        gain = (near - covered).clamp(min=0) @ unsure
        gain[chosen] = -1.0
        best = int(gain.argmax())
        chosen.append(best)
        covered = torch.maximum(covered, near[best])
    places = [drawn[parts[0].rows[i]] for i in chosen]
    answers = classify(model, [texts[place] for place in places])
    return [
        Suggestion(place, answer.guess, answer.probability or 0.0)
        for place, answer in zip(places, answers, strict=True)
    ]


def _unsure(model: FewShotClassifier | MultiLabelClassifier, x: Tensor) -> Tensor:
    """Return how unsure answers to encoded texts are: ``[n]``, of several labels how many are likely to be wrong."""
    chances = model.probabilities(x)
    if isinstance(model, MultiLabelClassifier):
        return torch.minimum(chances, 1 - chances).sum(1)
    best = chances.topk(2).values
    return 1 - (best[:, 0] - best[:, 1])
