"""A recipe: what a paper prescribes about training, as data that the command line can override."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal, NamedTuple

from fewtext.errors import FewtextError


class Range(NamedTuple):
    """A number, or a range of numbers with both ends in it."""

    low: int
    high: int

    @classmethod
    def parse(cls, text: str, least: int = 1) -> Range:
        """Read ``5`` or ``1-5``; raise ``FewtextError`` where it is neither or begins below ``least``."""
        low, dash, high = text.partition("-")
        try:
            if not all(part.isascii() and part.isdigit() and len(part) < 7 for part in (low, high if dash else low)):
                raise ValueError
            found = cls(int(low), int(high if dash else low))
        except ValueError as error:
            raise FewtextError(f"{text!r} is no number or range", hint="write 5 or 1-5") from error
        if not least <= found.low <= found.high:
            raise FewtextError(f"{text!r} is not possible", hint=f"begin at {least} or above, and end no lower")
        return found

    def __str__(self) -> str:
        return str(self.low) if self.low == self.high else f"{self.low}-{self.high}"


@dataclass(frozen=True)
class Recipe:
    """How a learner is meta-trained unless somebody says otherwise.

    ``options`` are the learner's own where they are not its defaults. An outer step takes ``tasks`` episodes of
    ``ways`` classes, ``shots`` support examples and ``queries`` queries a class; ``unequal`` draws the shots of a range
    for every class, not for the task. ``rate`` belongs to the outer optimiser and falls along ``schedule`` over all
    ``steps``; ``clip`` is the largest norm of the outer gradient. ``jitter`` moves every image at random
    (``fewtext.training.augmentation``). Every ``validate_every`` steps the unseen validation classes are tried, and
    after ``patience`` trials without a new best training stops.
    """

    backbone: str = "linear"
    options: Mapping[str, Any] = field(default_factory=dict)
    ways: Range = Range(5, 5)
    shots: Range = Range(1, 5)
    queries: int = 15
    unequal: bool = False
    tasks: int = 16
    steps: int = 2000
    optimizer: Literal["adam", "sgd"] = "adam"
    rate: float = 3e-4
    schedule: Literal["constant", "cosine", "linear"] = "cosine"
    clip: float = 10.0
    jitter: float = 0.0
    validate_every: int = 25
    patience: int = 10


DEFAULT_RECIPES: Mapping[str, Recipe] = {
    "text": Recipe(),
    "image": Recipe(backbone="conv4", rate=1e-3, validate_every=100, patience=20),
}
"""By modality: for learners whose paper prescribes nothing."""
