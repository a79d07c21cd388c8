"""Trackers: where the metrics of a training run are logged, beside the JSON lines in its folder."""

from __future__ import annotations

import warnings
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from fewtext.contracts.tracker import Tracker
from fewtext.errors import FewtextWarning
from fewtext.registry import discovery
from fewtext.registry.failures import reason, strict, warn_once
from fewtext.registry.guard import Guard


class Trackers:
    """Several trackers as one. A tracker that fails is dropped with a warning that names it; training goes on."""

    def __init__(self, names: Iterable[str], folder: Path, settings: Mapping[str, Any]) -> None:
        self._running: dict[str, Tracker] = {}
        for name, tracker in {name: discovery.tracker(name) for name in names}.items():  # look all up before any starts
            with self._tolerated(name):
                self._running[name] = tracker(folder, settings)

    def log(self, step: int, metrics: Mapping[str, float]) -> None:
        """Log to all of them."""
        for name, tracker in list(self._running.items()):
            with self._tolerated(name):
                tracker.log(step, dict(metrics))

    def close(self) -> None:
        """Close all of them."""
        for name, tracker in list(self._running.items()):
            with self._tolerated(name):
                tracker.close()
        self._running.clear()

    @contextmanager
    def _tolerated(self, name: str) -> Iterator[None]:
        with Guard(f"tracker {name}") as guard:
            yield
        if guard.error is not None:
            if strict():
                raise guard.error
            self._running.pop(name, None)
            message = f"tracker {name} failed and is skipped from here on: {reason(guard.error)}"
            warnings.warn(message, FewtextWarning, stacklevel=4)
        elif guard.changes:
            warn_once(f"tracker {name} {' and '.join(guard.changes)}, which is undone")
