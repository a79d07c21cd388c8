"""Repeated texts: under one label, under several, and almost the same."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Hashable, Sequence
from typing import Any

from fewtext.classify.multi_label import MultiLabelClassifier
from fewtext.classify.single_label import SingleLabelClassifier
from fewtext.quality.label_variants import label_variants
from fewtext.quality.near_duplicates import near_duplicates
from fewtext.quality.text_variants import simplified, text_variants


def text_findings(model: SingleLabelClassifier | MultiLabelClassifier) -> dict[str, Any]:
    """Return the fields of a ``QualityReport``, but for its labels."""
    n = model.n_examples_
    texts = model.support_texts_[:n]
    labels = model.support_labels()[:n]
    same, contradicting = _repeated(texts, labels)
    variants = [] if "image" in model.encoder_.modalities else text_variants(texts, labels)
    near = near_duplicates(model.support_.x[:n], texts, list(map(simplified, texts)))
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
    return same, [places for places in repeated if len({labels[place] for place in places}) > 1]
