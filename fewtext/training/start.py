"""Where training starts: the backbone's weights of a learner that was trained before, whatever its kind."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from fewtext.contracts.learner import Learner
from fewtext.errors import FewtextError
from fewtext.learners.spec import LearnerSpec, find_learner

BACKBONE = "backbone."


def trained_start(changes: Mapping[str, Any]) -> tuple[LearnerSpec | None, dict[str, Any]]:
    """Return the trained learner in the folder ``start`` of a recipe's changes, and the changes with its backbone.

    Raises ``FewtextError`` where it was never trained, or where another backbone is asked for.
    """
    folder = changes.get("start")
    if folder is None:
        return None, dict(changes)
    if not folder or not Path(str(folder)).is_dir():
        raise FewtextError(f"parameter 'start': no folder {str(folder)!r}", hint="give the folder of a training run")
    start = find_learner(str(folder))
    if start.weights is None:
        raise FewtextError(f"parameter 'start': {folder} is not trained", hint="give the folder of a training run")
    if changes.get("backbone", start.backbone) != start.backbone:
        message = f"parameter 'start': {folder} has the backbone {start.backbone}, not {changes['backbone']}"
        raise FewtextError(message, hint="leave the backbone out")
    return start, {**changes, "backbone": start.backbone}


def start_from(start: LearnerSpec | None, learner: Learner) -> None:
    """Give a learner's backbone the weights of the trained one."""
    if start is not None and start.weights is not None:
        of_backbone = {name: value for name, value in start.weights.items() if name.startswith(BACKBONE)}
        learner.backbone.load_state_dict({name.removeprefix(BACKBONE): value for name, value in of_backbone.items()})
