"""Tracking: where the metrics of a training run go, beside the JSON lines in its folder."""

from __future__ import annotations

import warnings
from abc import ABC, abstractmethod
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any, ClassVar

from fewtext import discovery
from fewtext.errors import FewtextWarning


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


class Trackers:
    """Many trackers as one. One that raises is a warning that names it and hears no more; training goes on."""

    def __init__(self, names: Iterable[str], folder: Path, settings: Mapping[str, Any]) -> None:
        self._running: dict[str, Tracker] = {}
        for name, tracker in {name: discovery.tracker(name) for name in names}.items():  # all known before any begins
            with _Excused(self._running, name):
                self._running[name] = tracker(folder, settings)

    def log(self, step: int, metrics: Mapping[str, float]) -> None:
        """Tell all of them."""
        for name, tracker in list(self._running.items()):
            with _Excused(self._running, name):
                tracker.log(step, metrics)

    def close(self) -> None:
        """Close all of them."""
        for name, tracker in list(self._running.items()):
            with _Excused(self._running, name):
                tracker.close()
        self._running.clear()


class _Excused:
    def __init__(self, running: dict[str, Tracker], name: str) -> None:
        self.running, self.name = running, name

    def __enter__(self) -> None: ...

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: object) -> bool:
        if not isinstance(error, Exception) or discovery.strict():
            return False
        self.running.pop(self.name, None)
        told = f"tracker {self.name} is left out from here: {type(error).__name__}: {error}"
        warnings.warn(told, FewtextWarning, stacklevel=3)
        return True
