"""Recipe: what a paper prescribes about training, as data that can be overridden."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal, NamedTuple

from fewtext.errors import FewtextError


class Range(NamedTuple):
    """A number, or a range of numbers that includes both ends."""

    low: int
    high: int

    @classmethod
    def parse(cls, text: str, least: int = 1) -> Range:
        """Parse ``5`` or ``1-5``; raise ``FewtextError`` where it is neither, or begins below ``least``."""
        low, dash, high = text.partition("-")
        try:
            if not all(part.isascii() and part.isdigit() and len(part) < 7 for part in (low, high if dash else low)):
                raise ValueError
            found = cls(int(low), int(high if dash else low))
        except ValueError as error:
            raise FewtextError(f"{text!r} is not a number or range", hint="write 5 or 1-5") from error
        if found.low < least:
            raise FewtextError(f"{text!r} is too low", hint=f"give {least} or more")
        if found.high < found.low:
            raise FewtextError(f"{text!r} ends below its start", hint=f"write {found.high}-{found.low}")
        return found

    def __str__(self) -> str:
        return str(self.low) if self.low == self.high else f"{self.low}-{self.high}"


@dataclass(frozen=True)
class Recipe:
    """How a learner is meta-trained by default.

    ``options`` are the learner's own where they are not its defaults. An outer step takes ``tasks`` episodes of
    ``ways`` classes, with ``shots`` support examples and ``queries`` queries a class; ``unequal`` draws the shots of a
    range for each class, not for the task. ``rate`` is the outer optimiser's and falls along ``schedule`` over all
    ``steps``; ``clip`` is the largest norm of the outer gradient. ``average`` is the decay of an exponential moving
    average of the weights, which is then validated and kept in their place. Images are moved by ``jitter`` and bent by
    ``distort`` at random, and ``mirror`` trains on mirror images as further classes
    (``fewtext.training.augmentation``). Every ``validate_every`` steps the learner is validated on
    ``validation_episodes`` (0: 300, or fewer of many images) of classes that it has not seen, and after ``patience``
    validations without a new best training stops. ``start`` is the folder of a trained learner, of any kind, whose
    backbone's weights are those that training starts from.
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
    average: float = 0.0
    jitter: float = 0.0
    distort: float = 0.0
    mirror: bool = False
    validation_episodes: int = 0
    validate_every: int = 25
    patience: int = 10
    start: str | None = None


DEFAULT_RECIPES: Mapping[str, Recipe] = {
    "text": Recipe(),
    "image": Recipe(backbone="conv4", rate=1e-3, validate_every=100, patience=20),
}
"""By modality: for learners whose paper prescribes nothing."""
