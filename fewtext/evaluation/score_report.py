"""The report of ``score``: what a classifier made of one's own labelled texts."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from typing import Any

from fewtext.evaluation.expectations import OutOfScopeCheck, PrecisionCheck
from fewtext.metrics.multi_label import SetMetrics
from fewtext.metrics.per_class import ClassMetrics, ConfusedPair

SCHEMA = 1
SHOWN_TEXTS = 5  # of a confused pair, in the JSON


@dataclass(frozen=True)
class WrongAnswer:
    """A wrong answer: the row of its text among those given, its label, the answer, and the answer's probability.

    The label of out-of-scope examples has no probability.
    """

    row: int
    text: str
    label: str
    answer: str
    probability: float | None


@dataclass(frozen=True)
class ScoreReport:
    """How right a classifier is on ``texts`` labelled texts. Accuracies and the like are fractions, intervals 95 %.

    The accuracy's interval is Wilson's, that of macro F1 a bootstrap over texts. ``reliability`` has a row per bin of
    confidence that is not empty: how many answers, their mean confidence, the share that is right; like
    ``mean_confidence`` it leaves out answers with the label of out-of-scope examples. ``precision`` and
    ``out_of_scope`` hold what was expected and what was measured, where it was asked for. ``unanswered`` texts are
    blank, or images that cannot be read. ``unknown_labels`` are labels that the classifier has no example of, and
    ``seen_texts`` counts texts that are examples of it.

    Where a text may have several labels the accuracy is the share of texts whose labels are all right, ``label_sets``
    has the F1 of all labels together, and there are no confused pairs and no calibration.
    """

    texts: int
    accuracy: float
    accuracy_interval: tuple[float, float]
    macro_f1: float
    macro_f1_interval: tuple[float, float] | None
    classes: list[ClassMetrics]
    wrong: list[WrongAnswer]
    unknown_labels: list[str]
    confused_pairs: list[ConfusedPair] = field(default_factory=list)
    mean_confidence: float | None = None
    calibration_error: float | None = None
    reliability: list[list[float]] = field(default_factory=list)
    precision: PrecisionCheck | None = None
    out_of_scope: OutOfScopeCheck | None = None
    label_sets: SetMetrics | None = None
    unanswered: int = 0
    seen_texts: int = 0
    described: dict[str, Any] = field(default_factory=dict)
    """Learner, options, encoder, versions: what it takes to reproduce the numbers."""

    def texts_of(self, pair: ConfusedPair, most: int = SHOWN_TEXTS) -> list[str]:
        """Return some texts of a confused pair."""
        text = {wrong.row: wrong.text for wrong in self.wrong}
        return [text[row] for row in pair.rows[:most]]

    def as_json(self) -> dict[str, Any]:
        """Return what a script reads."""
        content = asdict(self)
        described = content.pop("described")
        content["confused_pairs"] = [
            {"label": pair.label, "answer": pair.answer, "count": len(pair.rows), "texts": self.texts_of(pair)}
            for pair in self.confused_pairs
        ]
        return {"schema": SCHEMA, **described, **content}
