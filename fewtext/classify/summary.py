"""A summary of answers: how many texts got one, how many did not and why, and how often each label was given."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, fields
from typing import Any

from fewtext.classify.prediction import Prediction


@dataclass
class AnswerSummary:
    """Counts of answers, and the sum of the probabilities of each label where it was given.

    ``read`` texts are ``answered``, or ``abstained`` on, or ``out_of_scope`` by examples of such, or have none of
    several possible labels (``without_label``), or cannot be answered (``blank``, or images that cannot be read).
    """

    read: int = 0
    answered: int = 0
    abstained: int = 0
    out_of_scope: int = 0
    without_label: int = 0
    blank: int = 0
    labels: Counter[str] = field(default_factory=Counter)
    confidence: dict[str, float] = field(default_factory=dict)

    def counting(self, answers: Iterable[Prediction]) -> Iterator[Prediction]:
        """Yield the answers, and count each."""
        for answer in answers:
            self._count(answer)
            yield answer

    def _count(self, answer: Prediction) -> None:
        self.read += 1
        if not answer.ranked:
            self.blank += 1
        elif answer.given:
            self.answered += 1
            for label, probability in answer.ranked[:1] if answer.labels is None else answer.labels:
                self.labels[label] += 1
                self.confidence[label] = self.confidence.get(label, 0.0) + probability
        elif answer.labels is not None:
            self.without_label += 1
        elif answer.out_of_scope:
            self.out_of_scope += 1
        else:
            self.abstained += 1

    def facts(self) -> dict[str, Any]:
        """Return the counts as JSON can hold them, for ``add``."""
        return {field.name: getattr(self, field.name) for field in fields(self)}

    def add(self, facts: Mapping[str, Any]) -> None:
        """Add what was counted before."""
        for name, value in facts.items():
            if not isinstance(value, dict):
                setattr(self, name, getattr(self, name) + value)
        self.labels.update(facts["labels"])
        for label, total in facts["confidence"].items():
            self.confidence[label] = self.confidence.get(label, 0.0) + total

    def mean_confidence(self, label: str) -> float:
        """Return the mean probability of a label where it was given."""
        return self.confidence[label] / self.labels[label]

    @property
    def unanswered(self) -> dict[str, int]:
        """Why texts have no answer, in words, and how many; reasons that no text has are left out."""
        reasons = {
            "abstained": self.abstained,
            "out of scope": self.out_of_scope,
            "without any label": self.without_label,
            "set aside as blank or unreadable": self.blank,
        }
        return {reason: count for reason, count in reasons.items() if count}
