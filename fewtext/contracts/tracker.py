"""Tracker: receives the metrics of one training run."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping
from pathlib import Path
from typing import Any, ClassVar


class Tracker(ABC):
    """Receives the metrics of one training run.

    ``folder`` is the run's, for a tracker that writes files (into a folder of its own name); ``settings`` is what the
    run was started with, as JSON holds it. The same folder comes again when a run is resumed.
    """

    name: ClassVar[str]

    @abstractmethod
    def __init__(self, folder: Path, settings: Mapping[str, Any]) -> None: ...

    @abstractmethod
    def log(self, step: int, metrics: Mapping[str, float]) -> None:
        """Take the metrics of an outer step, as ``{"loss": …, "accuracy": …}``."""

    def close(self) -> None:  # noqa: B027
        """End well; a tracker with nothing to end needs none: called once, also where training is interrupted."""
