"""TensorBoard: the metrics of a training run as curves; ``tensorboard --logdir DIR`` on the run's folder shows them."""

import json
from collections.abc import Iterable, Mapping
from importlib.util import find_spec
from pathlib import Path
from textwrap import indent
from typing import TYPE_CHECKING, Any

from fewtext.api import Tracker, hookimpl

if TYPE_CHECKING:
    from torch.utils.tensorboard import SummaryWriter


class TensorBoard(Tracker):
    """Writes event files into the run's ``tensorboard`` folder.

    The writer opens at the first step that it receives, and has TensorBoard purge what an earlier start of the run,
    killed later, logged from that step on: a resumed run is one curve.
    """

    name = "tensorboard"

    def __init__(self, folder: Path, settings: Mapping[str, Any]) -> None:
        self.folder, self.settings = folder / self.name, settings
        self._writer: SummaryWriter | None = None

    def log(self, step: int, metrics: Mapping[str, float]) -> None:
        """Add a point to each curve."""
        if self._writer is None:
            self._writer = self._open(step)
        for name, value in metrics.items():
            self._writer.add_scalar(name, value, step)

    def _open(self, step: int) -> "SummaryWriter":
        from torch.utils.tensorboard import SummaryWriter  # slow

        writer = SummaryWriter(str(self.folder), purge_step=step)
        if step <= 1:  # a resumed run has them already
            text = json.dumps(self.settings, indent=2, ensure_ascii=False)
            writer.add_text("settings", indent(text, "    "), step)  # Markdown: code is indented
        return writer

    def close(self) -> None:
        """Write what is still buffered."""
        if self._writer is not None:
            self._writer.close()


@hookimpl
def trackers() -> Iterable[type[Tracker]]:
    """Offer the tracker where its library is installed: ``fewtext[tensorboard]``."""
    return [TensorBoard] if find_spec("tensorboard") else []
