"""Active learning: which texts to label next, those that represent many others with uncertain answers."""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor
from torch.nn.functional import normalize

from fewtext.classify.encoded import encoded_texts
from fewtext.classify.input_validation import check_count, checked_texts
from fewtext.classify.multi_label import MultiLabelClassifier
from fewtext.classify.predict import classify
from fewtext.classify.single_label import SingleLabelClassifier
from fewtext.classify.wording import wordings
from fewtext.contracts.encoder import Progress

CONSIDERED = 4000  # texts: from a larger pool as many are drawn at random
SHARPNESS = 4  # a text represents another by their cosine, to this power


@dataclass(frozen=True)
class Suggestion:
    """A text worth labelling, by its place in the pool, and its most probable label, or labels as ``a|b``, until then.

    ``probability`` is that of the label, of several the smallest.
    """

    place: int
    label: str
    probability: float


def suggest(
    model: SingleLabelClassifier | MultiLabelClassifier,
    texts: Sequence[Any],
    count: int,
    *,
    seed: int = 0,
    progress: Progress | None = None,
) -> list[Suggestion]:
    """Return the ``count`` most useful of a pool of texts, best first.

    Each is chosen for how much better it represents the pool than what is labelled or chosen already, where every text
    counts by the uncertainty of its answer: a facility location, whose greedy solution is near the best (Nemhauser et
    al., 1978). So neither outliers nor many similar texts are chosen, and no two that differ in numbers or names alone;
    there may be fewer than ``count`` others.
    """
    check_count("count", count, 1)
    texts = checked_texts(texts)
    drawn = sorted(random.Random(seed).sample(range(len(texts)), min(len(texts), CONSIDERED)))
    pool = [texts[i] for i in drawn]
    parts = list(encoded_texts(model, pool, len(pool), progress))
    if not parts or not parts[0].rows:
        return []
    x = parts[0].features
    uncertainty = _uncertainty(model, x).to(x.dtype)
    labelled = normalize(_labelled(model).flatten(1), dim=-1)
    unit = normalize(x.flatten(1), dim=-1)
    near = (unit @ unit.T).clamp(min=0) ** SHARPNESS
    covered = torch.zeros(len(unit))
    for part in torch.split(labelled, CONSIDERED) if len(labelled) else ():
        covered = torch.maximum(covered, (unit @ part.T).clamp(min=0).amax(1) ** SHARPNESS)
    number: dict[str, int] = {}
    own = [number.setdefault(form, len(number)) for form in wordings([str(pool[row]) for row in parts[0].rows])]
    forms, left = torch.tensor(own), torch.ones(len(unit), dtype=torch.bool)
    chosen: list[int] = []
    for _ in range(min(count, len(number))):
        gain = ((near - covered).clamp(min=0) @ uncertainty).masked_fill(~left, -1.0)
        best = int(gain.argmax())
        chosen.append(best)
        left &= forms != forms[best]
        covered = torch.maximum(covered, near[best])
    places = [drawn[parts[0].rows[i]] for i in chosen]
    answers = classify(model, [texts[place] for place in places])
    return [
        Suggestion(place, answer.guess, answer.probability or 0.0)
        for place, answer in zip(places, answers, strict=True)
    ]


def _labelled(model: SingleLabelClassifier | MultiLabelClassifier) -> Tensor:
    """Return the features of examples, and of texts with an answer that was marked right: ``[n, *shape]``."""
    examples, marked = model.support_.x[: model.n_examples_], model.marked_
    return examples if marked is None else torch.cat([examples, marked.x[(marked.weight >= 1).any(1)]])


def _uncertainty(model: SingleLabelClassifier | MultiLabelClassifier, x: Tensor) -> Tensor:
    """Return how uncertain the answers to encoded texts are: ``[n]``, of several labels how many errors to expect."""
    probabilities = model.probabilities(x)
    if isinstance(model, MultiLabelClassifier):
        return torch.minimum(probabilities, 1 - probabilities).sum(1)
    best = probabilities.topk(2).values
    return 1 - (best[:, 0] - best[:, 1])
