"""Tracker: receives the metrics of one training run."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping
from pathlib import Path
from typing import Any, ClassVar


class Tracker(ABC):
    """Receives the metrics of one training run.

    ``folder`` is the run's, where a tracker may write files into a subfolder with its own name; ``settings`` are those
    of the run, as JSON types. A resumed run passes the same folder.
    """

    name: ClassVar[str]

    @abstractmethod
    def __init__(self, folder: Path, settings: Mapping[str, Any]) -> None: ...

    @abstractmethod
    def log(self, step: int, metrics: Mapping[str, float]) -> None:
        """Log the metrics of an outer step, such as ``{"loss": …, "accuracy": …}``."""

    def close(self) -> None:  # noqa: B027
        """Flush and close; called once, also when training is interrupted. Does nothing by default."""
