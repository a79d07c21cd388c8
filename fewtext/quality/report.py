"""The data-quality report: what is found in the examples of any classifier, and shares with their intervals."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any, ClassVar, Protocol

from fewtext.quality.label_variants import LabelVariant
from fewtext.quality.text_variants import TextVariants

FEW = 3


class LabelReport(Protocol):
    """What a report says of each label, beside how well it is predicted."""

    @property
    def label(self) -> str:
        """Its name."""

    @property
    def examples(self) -> int:
        """How many texts have it."""


@dataclass(frozen=True)
class Estimate:
    """A fraction with its 95 % interval."""

    value: float
    low: float
    high: float


@dataclass(frozen=True)
class QualityReport(ABC):
    """What was found in ``examples`` texts, by their places, which count from 0; ``labels`` has an entry a label."""

    measure: ClassVar[str]
    """What ``expected`` is: accuracy, or F1."""

    examples: int
    labels: Sequence[LabelReport]
    duplicates: list[list[int]]
    near_duplicates: list[tuple[int, int]]
    contradictions: list[list[int]]
    label_variants: list[LabelVariant]
    text_variants: list[TextVariants]
    truncated: int

    @property
    def few(self) -> list[str]:
        """Labels with fewer than three examples."""
        return [report.label for report in self.labels if report.examples < FEW]

    @property
    @abstractmethod
    def expected(self) -> float | None:
        """The accuracy or F1 to expect on new texts; None where it cannot be estimated."""

    def as_json(self) -> dict[str, Any]:
        """Return the report as plain values."""
        return {**asdict(self), "few": self.few}
