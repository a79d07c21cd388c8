"""Repeated texts: under one label, under several, and almost the same."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Hashable, Sequence
from typing import Any

from torch import Tensor
from torch.nn.functional import normalize

from fewtext.classify.multi_label import MultiLabelClassifier
from fewtext.classify.single_label import SingleLabelClassifier
from fewtext.quality.label_variants import label_variants
from fewtext.quality.text_variants import simplified, text_variants

NEAR = 0.98  # cosine from which on two texts are near-duplicates
_CHUNK = 2048


def text_findings(model: SingleLabelClassifier | MultiLabelClassifier) -> dict[str, Any]:
    """Return the fields of a ``QualityReport``, but for its labels."""
    n = model.n_examples_
    texts = model.support_texts_[:n]
    labels = model.support_labels()[:n]
    same, contradicting = _repeated(texts, labels)
    variants = [] if "image" in model.encoder_.modalities else text_variants(texts, labels)
    near = _near_duplicates(model.support_.x[:n], texts)
    alike = {place: own.keep for own in variants for place in (own.keep, *own.others)}
    return {
        "examples": n,
        "duplicates": same,
        "near_duplicates": [pair for pair in near if alike.get(pair[0], -1) != alike.get(pair[1], -2)],
        "contradictions": contradicting,
        "label_variants": label_variants(labels),
        "text_variants": variants,
        "truncated": model.encoder_.truncated,
    }


def _repeated(texts: Sequence[str], labels: Sequence[Hashable]) -> tuple[list[list[int]], list[list[int]]]:
    """Return groups of places with the same text, but for case and spaces: under one label, and under several."""
    groups: dict[str, list[int]] = defaultdict(list)
    for place, text in enumerate(texts):
        groups[simplified(text)].append(place)
    repeated = [places for places in groups.values() if len(places) > 1]
    same = [places for places in repeated if len({labels[place] for place in places}) == 1]
    return same, [places for places in repeated if places not in same]


def _near_duplicates(x: Tensor, texts: Sequence[str]) -> list[tuple[int, int]]:
    """Return pairs of different texts with almost the same features, nearest first."""
    unit = normalize(x.flatten(1).double(), dim=-1)
    pairs: list[tuple[float, int, int]] = []
    for start in range(0, len(unit), _CHUNK):
        near = unit[start : start + _CHUNK] @ unit.T
        for a, b in (near > NEAR).nonzero().tolist():
            if start + a < b and simplified(texts[start + a]) != simplified(texts[b]):
                pairs.append((-float(near[a, b]), start + a, b))
    return [(a, b) for _, a, b in sorted(pairs)]
