"""Where training starts: the backbone's weights of a learner that was trained before, whatever its kind."""

from __future__ import annotations

import warnings
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from fewtext.contracts.learner import Learner
from fewtext.errors import FewtextError, FewtextWarning
from fewtext.learners.spec import LearnerSpec, find_learner

BACKBONE = "backbone."


def trained_start(changes: Mapping[str, Any]) -> tuple[LearnerSpec | None, dict[str, Any]]:
    """Return the trained learner in the folder ``start`` of a recipe's changes, and these with a backbone, or its own.

    Raises ``FewtextError`` where it was never trained, and warns where another backbone is asked for.
    """
    folder = changes.get("start")
    if folder is None:
        return None, dict(changes)
    if not folder or not Path(str(folder)).is_dir():
        raise FewtextError(f"parameter 'start': no folder {str(folder)!r}", hint="give the folder of a training run")
    start = find_learner(str(folder))
    if start.weights is None:
        raise FewtextError(f"parameter 'start': {folder} is not trained", hint="give the folder of a training run")
    backbone = changes.get("backbone", start.backbone)
    if backbone != start.backbone:
        message = f"parameter 'start': weights that were trained as the backbone {start.backbone} go on as {backbone}"
        warnings.warn(message, FewtextWarning, stacklevel=3)
    return start, {**changes, "backbone": backbone}


def start_from(start: LearnerSpec | None, learner: Learner) -> None:
    """Give a learner's backbone the weights of the trained one; raise ``FewtextError`` where it has others."""
    if start is None or start.weights is None:
        return
    of_backbone = {name: value for name, value in start.weights.items() if name.startswith(BACKBONE)}
    try:
        learner.backbone.load_state_dict({name.removeprefix(BACKBONE): value for name, value in of_backbone.items()})
    except RuntimeError as error:
        message = f"parameter 'start': its backbone {start.backbone} has other weights than the one asked for"
        raise FewtextError(message, hint="leave the backbone out") from error
