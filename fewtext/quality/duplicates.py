"""What a check-up finds in texts, however many labels each may have: repeated, almost alike, labelled in two ways."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Hashable, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from torch import Tensor
from torch.nn.functional import normalize

from fewtext.classify.multi_label import MultiLabelClassifier
from fewtext.classify.single_label import FewShotClassifier

NEAR = 0.98  # cosine from which two texts are near-duplicates
FEW = 3
_CHUNK = 2048


@dataclass(frozen=True)
class TextCheckup:
    """What was found in ``examples`` texts, by their places; ``labels`` has a report for each label."""

    examples: int
    labels: list[Any]
    duplicates: list[list[int]]
    near_duplicates: list[tuple[int, int]]
    contradictions: list[list[int]]
    truncated: int

    @property
    def few(self) -> list[str]:
        """Labels with fewer than three examples."""
        return [report.label for report in self.labels if report.examples < FEW]

    def as_json(self) -> dict[str, Any]:
        """Return what a script reads."""
        return {**asdict(self), "few": self.few}


def found_in_texts(model: FewShotClassifier | MultiLabelClassifier) -> dict[str, Any]:
    """Return the fields of a ``TextCheckup`` but for the reports of labels."""
    n = model.n_examples_
    texts = model.support_texts_[:n]
    same, opposed = _repeated(texts, model.owners_of_support()[:n])
    return {
        "examples": n,
        "duplicates": same,
        "near_duplicates": _near_duplicates(model.support_.x[:n], texts),
        "contradictions": opposed,
        "truncated": model.encoder_.truncated,
    }


def _repeated(texts: Sequence[str], y: Sequence[Hashable]) -> tuple[list[list[int]], list[list[int]]]:
    """Return groups of places with one text, case and spaces aside: under one label, and under several."""
    groups: dict[str, list[int]] = defaultdict(list)
    for place, text in enumerate(texts):
        groups[_plain(text)].append(place)
    repeated = [places for places in groups.values() if len(places) > 1]
    same = [places for places in repeated if len({y[place] for place in places}) == 1]
    return same, [places for places in repeated if places not in same]


def _plain(text: str) -> str:
    return " ".join(text.casefold().split())


def _near_duplicates(x: Tensor, texts: Sequence[str]) -> list[tuple[int, int]]:
    """Return pairs of different texts that are encoded almost alike, nearest first."""
    unit = normalize(x.flatten(1).double(), dim=-1)
    found: list[tuple[float, int, int]] = []
    for start in range(0, len(unit), _CHUNK):
        near = unit[start : start + _CHUNK] @ unit.T
        for a, b in (near > NEAR).nonzero().tolist():
            if start + a < b and _plain(texts[start + a]) != _plain(texts[b]):
                found.append((-float(near[a, b]), start + a, b))
    return [(a, b) for _, a, b in sorted(found)]
